#include "navajo/servlets/http_connector/auto_rewrite.h"

#include "navajo/servlets/http_connector/servlet_fixture.h"

using namespace navajo::servlets::http_connector;

TEST_GROUP_BASE(AutoRewrite, ServletFixture) {
  InitParams params{{"AutoRewrite", "all"}, {"AutoRewrite.InnerNames", "intra.test old.test:8080"}};
  FakeRequest request{"GET", "/shop/x"};
  std::string asked;  // the request as the backend got it

  std::string with_backend(std::string text, const std::string& address) {
    for (size_t at; (at = text.find("BACKEND")) != std::string::npos;) text.replace(at, 7, address);
    return text;
  }
  // One exchange; the body goes out in chunks of that size, or with a length.
  void exchange(const std::string& fields, const std::string& body, size_t chunk = 0) {
    std::string address;
    ScriptedBackend backend([&](Peer& peer) {
      while (peer.read_head()) {
        const std::string sent = with_backend(body, address);
        std::string text = "HTTP/1.1 200 OK\r\n" + with_backend(fields, address);
        if (chunk == 0) {
          text += "Content-Length: " + std::to_string(sent.size()) + "\r\n\r\n";
          if (request.the_method != "HEAD") text += sent;
        } else {
          text += "Transfer-Encoding: chunked\r\n\r\n";
          char size[24];
          for (size_t at = 0; at < sent.size(); at += chunk) {
            const std::string piece = sent.substr(at, chunk);
            snprintf(size, sizeof size, "%zx\r\n", piece.size());
            text += size + piece + "\r\n";
          }
          text += "0\r\n\r\n";
        }
        peer.send(text);
      }
    });
    address = backend.address();
    params["InetAddress"] = address;
    answered(servlet(params)->service(request, response));
    address_ = address;
    asked = backend.request(0).head;
  }
  std::string field(const char* name) { return std::string(response.fields.get(name).value_or("-")); }
  void body_is(const char* expected) { STRCMP_EQUAL(with_backend(expected, address_).c_str(), response.body.c_str()); }
  std::string address_;
};

TEST(AutoRewrite, links_of_a_page_become_this_servers) {
  request.is_secure = true;
  exchange("Content-Type: text/html; charset=utf-8\r\n",
           "<a href=\"http://BACKEND/a\"><img src=//intra.test/b><a href='https://intra.test:443/c'>"
           "<a href=http://old.test:8080/d?back=http%3A%2F%2Fintra.test%2Fe><a href=http://intra.test.evil/>"
           "<a href=http://www.example.test/f><a href=http://old.test/g>{\"u\":\"http:\\/\\/BACKEND\\/h\"}");
  body_is("<a href=\"https://www.example.test/a\"><img src=//www.example.test/b><a href='https://www.example.test/c'>"
          "<a href=https://www.example.test/d?back=https%3A%2F%2Fwww.example.test%2Fe><a href=http://intra.test.evil/>"
          "<a href=https://www.example.test/f><a href=http://old.test/g>"
          "{\"u\":\"https:\\/\\/www.example.test\\/h\"}");
  CHECK_FALSE(response.length.has_value());
}

TEST(AutoRewrite, a_link_cut_by_a_chunk_is_found) {
  for (size_t chunk = 1; chunk < 40; chunk++) {
    response = {};
    exchange("Content-Type: application/json\r\n", "{\"a\":\"http://BACKEND/x\",\"b\":\"http://intra.test\"}", chunk);
    body_is("{\"a\":\"http://www.example.test/x\",\"b\":\"http://www.example.test\"}");
  }
}

TEST(AutoRewrite, a_path_behind_the_prefix_becomes_the_mapped_one) {
  params["MappingType"] = "pathinfo";
  params["URIPrefix"] = "/base";
  request.mapped("/shop", "/x");
  exchange("Content-Type: text/html\r\nLocation: http://intra.test/base/y\r\nSet-Cookie: s=1; Path=/base; Secure\r\n"
           "Set-Cookie: t=1; path=/base/x; domain=.intra.test\r\nSet-Cookie: u=1; Path=/; Domain=other.test\r\n",
           "<a href=http://BACKEND/base/a><a href=http://BACKEND/based><a href=http://BACKEND/base>");
  body_is("<a href=http://www.example.test/shop/a><a href=http://BACKEND/based><a href=http://www.example.test/shop>");
  STRCMP_EQUAL("http://www.example.test/shop/y", field("Location").c_str());
  std::string cookies;
  response.fields.for_each([&](std::string_view name, std::string_view value) {
    if (name == "Set-Cookie") cookies += std::string(value) + "\n";
    return true;
  });
  STRCMP_EQUAL("s=1; Path=/shop; Secure\nt=1; path=/shop/x\nu=1; Path=/shop; Domain=other.test\n", cookies.c_str());
}

TEST(AutoRewrite, fields_that_hold_links_are_changed) {
  params["AutoRewrite"] = "header";
  exchange("Content-Type: text/html\r\nRefresh: 5; url=http://BACKEND/r\r\nLink: <http://intra.test/c>; rel=preload\r\n"
           "Content-Location: https://intra.test/l\r\nSet-Cookie: __Host-a=1; Path=/; Secure\r\nETag: \"1\"\r\n"
           "Location: http://login.test/?to=http%3a%2f%2fBACKEND%2fx\r\nX-Own: http://intra.test/\r\n",
           "http://BACKEND/");
  body_is("http://BACKEND/");
  STRCMP_EQUAL("5; url=http://www.example.test/r", field("Refresh").c_str());
  STRCMP_EQUAL("<http://www.example.test/c>; rel=preload", field("Link").c_str());
  STRCMP_EQUAL("http://www.example.test/l", field("Content-Location").c_str());
  STRCMP_EQUAL("__Host-a=1; Path=/; Secure", field("Set-Cookie").c_str());
  STRCMP_EQUAL("http://intra.test/", field("X-Own").c_str());
  STRCMP_EQUAL("\"1\"", field("ETag").c_str());
  CHECK_TRUE(response.length.has_value());
}

TEST(AutoRewrite, a_changed_body_loses_what_described_the_old_one) {
  exchange("Content-Type: text/css\r\nETag: \"abc\"\r\nContent-MD5: x\r\nDigest: sha-256=x\r\nRepr-Digest: x\r\n"
           "Accept-Ranges: bytes\r\n", "a{}");
  STRCMP_EQUAL("W/\"abc\"", field("ETag").c_str());
  for (const char* name : {"Content-MD5", "Digest", "Repr-Digest", "Accept-Ranges"})
    STRCMP_EQUAL_TEXT("-", field(name).c_str(), name);
  STRCMP_EQUAL("a{}", response.body.c_str());
}

TEST(AutoRewrite, the_backend_is_not_asked_for_compression_or_ranges) {
  request.with("Accept-Encoding", "gzip").with("Range", "bytes=0-1").with("If-Range", "\"x\"").with("X-A", "b");
  exchange("Content-Type: text/html\r\n", "x");
  for (const char* name : {"Accept-Encoding", "Range:", "If-Range"}) CHECK_TRUE(asked.find(name) == std::string::npos);
  STRCMP_CONTAINS("X-A: b", asked.c_str());
  STRCMP_EQUAL("gzip", std::string(*request.headers().get("Accept-Encoding")).c_str());  // mod_deflate still sees it
}

TEST(AutoRewrite, a_compressed_body_is_handed_on) {
  exchange("Content-Type: text/html\r\nContent-Encoding: gzip\r\nETag: \"1\"\r\n", "http://BACKEND/");
  body_is("http://BACKEND/");
  STRCMP_EQUAL("\"1\"", field("ETag").c_str());
  LONGS_EQUAL(response.body.size(), *response.length);
  STRCMP_CONTAINS("NVJ1280", lines.back().c_str());
}

TEST(AutoRewrite, other_types_keep_their_bodies_and_lengths) {
  for (const char* type : {"image/png", "application/octet-stream", "text/html; charset=UTF-16LE", ""}) {
    response = {};
    exchange(*type ? "Content-Type: " + std::string(type) + "\r\n" : "", "http://BACKEND/");
    body_is("http://BACKEND/");
    CHECK_TRUE(response.length.has_value());
  }
  params["AutoRewrite"] = "html";
  exchange("Content-Type: application/json\r\n", "http://BACKEND/");
  CHECK_TRUE(response.length.has_value());
}

TEST(AutoRewrite, the_head_of_a_page_has_no_length_and_a_weak_etag) {
  request.the_method = "HEAD";
  exchange("Content-Type: text/html\r\nETag: \"1\"\r\n", "http://BACKEND/");
  CHECK_FALSE(response.length.has_value());
  STRCMP_EQUAL("W/\"1\"", field("ETag").c_str());
  STRCMP_EQUAL("", response.body.c_str());
}

TEST(AutoRewrite, not_modified_names_the_weak_etag) {
  ScriptedBackend backend(always("HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n"));
  params["InetAddress"] = backend.address();
  answered(servlet(params)->service(request, response));
  STRCMP_EQUAL("W/\"1\"", field("ETag").c_str());
  LONGS_EQUAL(304, response.the_status);
  STRCMP_EQUAL("", response.body.c_str());
}

TEST(AutoRewrite, a_client_without_host_gets_the_page_as_it_is) {
  request.the_authority = "";
  exchange("Content-Type: text/html\r\n", "http://BACKEND/");
  body_is("http://BACKEND/");
}

TEST(AutoRewrite, a_host_name_of_its_own_is_an_inner_name) {
  params["HostName"] = "app.intern";
  exchange("Content-Type: text/html\r\n", "http://app.intern/ http://APP.intern:80/");
  body_is("http://www.example.test/ http://www.example.test/");
}

TEST(AutoRewrite, a_torn_body_stays_torn) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\nhttp://intra.te");
  });
  params["InetAddress"] = backend.address();
  answered(servlet(params)->service(request, response));
  CHECK_TRUE(response.is_aborted);
  CHECK_FALSE(response.is_finished);
}

TEST(AutoRewrite, settings_that_contradict_each_other_are_faults) {
  std::string faults;
  CHECK_FALSE(made_settings({{"InetAddress", "a"}, {"AutoRewrite.InnerNames", "b"}}, &faults));
  STRCMP_CONTAINS("says nothing while AutoRewrite is off", faults.c_str());
  CHECK_FALSE(made_settings({{"InetAddress", "a"}, {"AutoRewrite", "all"}, {"RewriteLocation", "false"}}, &faults));
  STRCMP_CONTAINS("is part of AutoRewrite", faults.c_str());
  InitParams no_host{{"InetAddress", "a"}, {"AutoRewrite", "all"}, {"AutoRewrite.InnerNames", "a@b"}};
  CHECK_FALSE(made_settings(no_host, &faults));
  STRCMP_CONTAINS("'a@b' is no host", faults.c_str());
}
