#include <memory>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/connector/buffer_pool.h"
#include "navajo/servlets/http_connector/made_settings.h"
#include "navajo/servlets/http_connector/request_head.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::servlets::http_connector;
using navajo::api::FakeRequest;
using navajo::connector::Cause;
using navajo::connector::Failure;

TEST_GROUP(RequestHead) {
  // Without the fields that every request gets, so that a test shows its own.
  InitParams params{{"InetAddress", "app1"},
                    {"XForwardedFor", "off"},
                    {"XForwardedProto", "off"},
                    {"XForwardedHost", "off"},
                    {"Via", "off"}};
  Failure failure;

  std::string head(FakeRequest & request, RequestFraming framing = {}, bool expect = false) {
    const auto settings = made_settings(params);
    CHECK_TRUE(settings != nullptr);
    navajo::connector::BufferLease buffer;
    buffer.take();
    navajo::http::HeadWriter writer(buffer.bytes());
    failure = write_request_head(*settings, request, {"/t", "app1", framing, expect}, writer);
    return std::string(writer.written());
  }
  // The lines after request line and Host.
  std::string fields(FakeRequest & request, RequestFraming framing = {}) {
    const std::string text = head(request, framing);
    CHECK_FALSE(failure.failed());
    const std::string start = request.the_method + " /t HTTP/1.1\r\nHost: app1\r\n";
    CHECK_TRUE(text.starts_with(start));
    CHECK_TRUE(text.ends_with("\r\n\r\n"));
    return text.substr(start.size(), text.size() - start.size() - 2);
  }
  std::string target(FakeRequest & request) {
    const auto settings = made_settings(params);
    const auto found = target_for(*settings, request);
    return found ? std::string(*found) : "(none)";
  }
};

TEST(RequestHead, forwards_end_to_end_fields_in_their_order) {
  FakeRequest request;
  request.with("User-Agent", "x").with("Cookie", "a=b").with("Accept", "1").with("Cookie", "c=d");
  STRCMP_EQUAL("User-Agent: x\r\nCookie: a=b\r\nAccept: 1\r\nCookie: c=d\r\n", fields(request).c_str());
}

TEST(RequestHead, the_clients_trace_gives_way_to_ours_and_passes_without_one) {
  FakeRequest request;
  request.with("TraceParent", "theirs").with("tracestate", "c=d").with("Accept", "1");
  STRCMP_EQUAL("TraceParent: theirs\r\ntracestate: c=d\r\nAccept: 1\r\n", fields(request).c_str());
  const auto settings = made_settings(params);
  navajo::connector::BufferLease buffer;
  buffer.take();
  navajo::http::HeadWriter writer(buffer.bytes());
  RequestHead with_trace{"/t", "app1", {}};
  with_trace.trace = {"ours", ""};
  CHECK_FALSE(write_request_head(*settings, request, with_trace, writer).failed());
  STRCMP_EQUAL("GET /t HTTP/1.1\r\nHost: app1\r\nAccept: 1\r\ntraceparent: ours\r\n\r\n",
               std::string(writer.written()).c_str());
}

TEST(RequestHead, fields_of_this_hop_end_here) {
  FakeRequest request;
  for (const char* name : {"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Upgrade", "HTTP2-Settings",
                           "Proxy-Authorization", "Proxy-Authenticate", "Proxy"})
    request.with(name, "x");
  request.with("Accept", "1");
  STRCMP_EQUAL("Accept: 1\r\n", fields(request).c_str());
}

TEST(RequestHead, fields_named_by_Connection_end_here_too) {
  FakeRequest request;
  request.with("X-Secret", "1").with("Connection", "close, x-secret").with("X-Other", "2");
  STRCMP_EQUAL("X-Other: 2\r\n", fields(request).c_str());
}

TEST(RequestHead, a_client_cannot_strip_what_is_added_here) {
  params["XForwardedFor"] = "replace";
  params["Via"] = "edge";
  FakeRequest request;
  request.with("Connection", "X-Forwarded-For, Via, Host, Content-Length");
  STRCMP_EQUAL("X-Forwarded-For: 192.0.2.7\r\nVia: 1.1 edge\r\nContent-Length: 5\r\n",
               fields(request, {RequestFraming::Kind::length, 5}).c_str());
}

TEST(RequestHead, framing_is_never_copied) {
  FakeRequest request("POST", "/");
  request.with("Content-Length", "99")
      .with("Transfer-Encoding", "chunked")
      .with("Host", "evil")
      .with("Expect", "100-continue");
  STRCMP_EQUAL("Content-Length: 5\r\n", fields(request, {RequestFraming::Kind::length, 5}).c_str());
  STRCMP_EQUAL("Transfer-Encoding: chunked\r\n", fields(request, {RequestFraming::Kind::chunked, 0}).c_str());
  STRCMP_EQUAL("Content-Length: 0\r\n", fields(request).c_str());
}

TEST(RequestHead, an_underscore_does_not_hide_a_special_name) {
  FakeRequest request;
  for (const char* name :
       {"Transfer_Encoding", "content_length", "X_Forwarded_For", "X-Forwarded_Proto", "X_Real_IP", "Proxy_Connection"})
    request.with(name, "x");
  request.with("My_Field", "1");
  STRCMP_EQUAL("My_Field: 1\r\n", fields(request).c_str());
}

TEST(RequestHead, what_clients_say_about_themselves_is_replaced) {
  params = {{"InetAddress", "app1"}};
  FakeRequest request;
  request.is_secure = true;
  request.the_authority = "www.example.test:8443";
  request.with("X-Forwarded-For", "10.0.0.1").with("X-Forwarded-Proto", "gopher").with("X-Forwarded-Host", "evil");
  request.with("X-Real-IP", "10.0.0.1").with("Forwarded", "for=10.0.0.1");
  STRCMP_EQUAL(
      "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: www.example.test:8443\r\n"
      "Via: 1.1 navajo\r\n",
      fields(request).c_str());
}

TEST(RequestHead, append_keeps_what_came_and_adds_the_peer) {
  params = {{"InetAddress", "app1"},      {"XForwardedFor", "append"}, {"XForwardedProto", "append"},
            {"XForwardedHost", "append"}, {"Forwarded", "append"},     {"Via", "off"}};
  FakeRequest request;
  request.the_client_address = "10.0.0.1";
  request.the_peer_address = "2001:db8::7";
  request.with("X-Forwarded-For", "10.0.0.1").with("x-forwarded-for", "10.0.0.2").with("X-Forwarded-Proto", "https");
  request.with("Forwarded", "for=10.0.0.1");
  STRCMP_EQUAL(
      "X-Forwarded-For: 10.0.0.1, 10.0.0.2, 2001:db8::7\r\nX-Forwarded-Proto: https, http\r\n"
      "X-Forwarded-Host: www.example.test\r\n"
      "Forwarded: for=10.0.0.1, for=\"[2001:db8::7]\";proto=http;host=\"www.example.test\"\r\n",
      fields(request).c_str());
}

TEST(RequestHead, pass_leaves_what_came_or_a_filter_set) {
  params = {{"InetAddress", "app1"},
            {"XForwardedFor", "pass"},
            {"XForwardedProto", "pass"},
            {"XForwardedHost", "pass"},
            {"XRealIP", "pass"},
            {"Forwarded", "pass"},
            {"Via", "off"}};
  FakeRequest request;
  request.with("X-Forwarded-For", "10.0.0.1").with("X-Real-IP", "10.0.0.2").with("Forwarded", "for=x");
  STRCMP_EQUAL("X-Forwarded-For: 10.0.0.1\r\nX-Real-IP: 10.0.0.2\r\nForwarded: for=x\r\n", fields(request).c_str());
}

TEST(RequestHead, X_Real_IP_and_Forwarded_are_made_when_asked_for) {
  params["XRealIP"] = "replace";
  params["Forwarded"] = "replace";
  FakeRequest request;
  request.with("X-Real-IP", "10.0.0.1").with("Forwarded", "for=10.0.0.1");
  request.the_authority = "a\"b";
  STRCMP_EQUAL("X-Real-IP: 192.0.2.7\r\nForwarded: for=192.0.2.7;proto=http\r\n", fields(request).c_str());
}

TEST(RequestHead, Via_names_this_server_behind_those_before_it) {
  params["Via"] = "edge";
  FakeRequest request;
  request.the_protocol = "HTTP/2.0";
  request.with("Via", "1.0 first, 1.1 second").with("Via", "1.1 third");
  STRCMP_EQUAL("Via: 1.0 first, 1.1 second, 1.1 third, 2.0 edge\r\n", fields(request).c_str());
  params["Via"] = "off";
  STRCMP_EQUAL("Via: 1.0 first, 1.1 second, 1.1 third\r\n", fields(request).c_str());
}

TEST(RequestHead, a_forwarding_loop_is_ended) {
  params["Via"] = "edge";
  std::string via = "1.1 Edge (x)";
  for (int i = 0; i < 7; i++) via += ", 1.1 edge";
  FakeRequest eight, nine;
  eight.with("Via", via);
  fields(eight);
  nine.with("Via", via + ", 1.1 edge");
  head(nine);
  CHECK_TRUE(failure.cause == Cause::forwarding_loop);
}

TEST(RequestHead, without_keep_alive_the_backend_is_told) {
  params["KeepAlive"] = "false";
  FakeRequest request;
  STRCMP_EQUAL("Connection: close\r\n", fields(request).c_str());
}

TEST(RequestHead, an_expectation_is_announced) {
  FakeRequest request("PUT", "/");
  STRCMP_CONTAINS("Expect: 100-continue\r\n", head(request, {RequestFraming::Kind::length, 5}, true).c_str());
}

TEST(RequestHead, a_field_that_would_start_a_line_is_refused) {
  FakeRequest request;
  request.with("X-User", "a\r\nX-Admin: yes");
  const std::string text = head(request);
  CHECK_TRUE(failure.cause == Cause::request_head_malformed);
  CHECK_TRUE(text.find("X-Admin") == std::string::npos);
}

TEST(RequestHead, too_many_connection_names_and_too_many_bytes_are_refused) {
  FakeRequest names, large;
  std::string list = "a";
  for (int i = 0; i < 40; i++) list += ",b";
  names.with("Connection", list);
  head(names);
  CHECK_TRUE(failure.cause == Cause::request_head_malformed);
  large.with("X", std::string(40000, 'x')).with("Y", std::string(40000, 'y'));
  head(large);
  CHECK_TRUE(failure.cause == Cause::request_head_too_large);
}

// ---------------------------------------------------------------- targets

TEST(RequestHead, requesturi_sends_the_target_as_it_came) {
  FakeRequest request("GET", "/app/%41?q=%20&x");
  STRCMP_EQUAL("/app/%41?q=%20&x", target(request).c_str());
}

TEST(RequestHead, a_path_that_was_normalised_is_sent_as_it_was_decided_on) {
  FakeRequest request("GET", "/public/../admin/%2e/x?q=1");
  request.the_path = "/admin/x";
  STRCMP_EQUAL("/admin/x?q=1", target(request).c_str());
}

TEST(RequestHead, bytes_that_may_not_stand_in_a_target_are_encoded) {
  FakeRequest request("GET", "/\xc3\xa4?q=\xc3\xa4#frag");
  request.the_query = "q=\xc3\xa4";
  STRCMP_EQUAL("/%C3%A4?q=%C3%A4", target(request).c_str());
}

TEST(RequestHead, pathinfo_replaces_the_mapped_part_with_the_prefix) {
  params["MappingType"] = "pathinfo";
  params["URIPrefix"] = "/inner";
  FakeRequest request("GET", "/app/a%20b?q");
  request.mapped("/app", "/a b");
  STRCMP_EQUAL("/inner/a%20b?q", target(request).c_str());
  params.erase("URIPrefix");
  STRCMP_EQUAL("/a%20b?q", target(request).c_str());
}

TEST(RequestHead, pathinfo_of_nothing_is_the_prefix_or_the_root) {
  params["MappingType"] = "pathinfo";
  FakeRequest request("GET", "/app?q");
  request.mapped("/app", "");
  STRCMP_EQUAL("/?q", target(request).c_str());
  params["URIPrefix"] = "/inner";
  STRCMP_EQUAL("/inner?q", target(request).c_str());
}

TEST(RequestHead, pathinfo_of_a_normalised_path_is_encoded_anew) {
  params["MappingType"] = "pathinfo";
  params["URIPrefix"] = "/inner";
  FakeRequest request("GET", "/app/./a%20b/../c?q");
  request.the_path = "/app/c d";
  request.mapped("/app", "/c d");
  STRCMP_EQUAL("/inner/c%20d?q", target(request).c_str());
}

TEST(RequestHead, the_asterisk_is_for_OPTIONS) {
  FakeRequest options("OPTIONS", "*"), get("GET", "*");
  STRCMP_EQUAL("*", target(options).c_str());
  STRCMP_EQUAL("(none)", target(get).c_str());
}

TEST(RequestHead, framing_follows_the_body_that_is_there) {
  FakeRequest none, empty("POST", "/"), known("POST", "/"), unknown("POST", "/");
  empty.with_body("");
  known.with_body("12345");
  unknown.with_chunks({"1"});
  CHECK_TRUE(request_framing(none).kind == RequestFraming::Kind::none);
  CHECK_TRUE(request_framing(empty).kind == RequestFraming::Kind::length);
  CHECK_TRUE(request_framing(known).kind == RequestFraming::Kind::length);
  CHECK_EQUAL(5u, request_framing(known).length);
  CHECK_TRUE(request_framing(unknown).kind == RequestFraming::Kind::chunked);
}

TEST(RequestHead, without_URLEncoding_a_changed_path_is_sent_as_it_stands_or_refused) {
  params["URLEncoding"] = "false";
  FakeRequest spelled("GET", "/a%20b?q"), slash("GET", "/x/../a%2Fb"), blank("GET", "/x/../a%20b"),
      twice("GET", "/x/../%252e%252e/a"), question("GET", "/x/../a%3Fb"), query("GET", "/x/../a?b=%20");
  STRCMP_EQUAL("/a%20b?q", target(spelled).c_str());
  slash.the_path = "/a%2Fb";  // AllowEncodedSlashes NoDecode
  STRCMP_EQUAL("/a%2Fb", target(slash).c_str());
  blank.the_path = "/a b";
  STRCMP_EQUAL("(none)", target(blank).c_str());
  twice.the_path = "/%2e%2e/a";
  STRCMP_EQUAL("(none)", target(twice).c_str());
  question.the_path = "/a?b";
  STRCMP_EQUAL("(none)", target(question).c_str());
  query.the_path = "/a";
  STRCMP_EQUAL("/a?b=%20", target(query).c_str());
  params["URLEncoding"] = "true";
  STRCMP_EQUAL("/a%20b", target(blank).c_str());
}
