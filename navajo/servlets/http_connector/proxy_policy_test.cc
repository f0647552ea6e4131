#include "navajo/servlets/http_connector/proxy_policy.h"

#include "navajo/servlets/http_connector/servlet_fixture.h"

using namespace navajo::servlets::http_connector;

TEST_GROUP_BASE(ProxyPolicy, ServletFixture) {
  const MimeTypes types{{"pdf", "application/pdf"}, {"gz", "application/gzip"}};
  // The Content-Type of the answer to a request for that path.
  std::string type_for(const char* target, const char* answer = kOk) {
    ScriptedBackend backend(always(answer));
    auto settings = made_settings({{"InetAddress", backend.address()}, {"ProxyPolicy", "mime-completion"}});
    settings->mime_types = types;
    navajo::servlets::HttpConnectorServlet one(std::move(*settings), resolver);
    FakeRequest request("GET", target);
    FakeResponse own;
    answered(one.service(request, own));
    return own.content_type;
  }
};

TEST(ProxyPolicy, a_missing_type_comes_from_the_paths_extension) {
  STRCMP_EQUAL("application/pdf", type_for("/app/Report.PDF?x=y.gz").c_str());
  STRCMP_EQUAL("application/gzip", type_for("/a.pdf/b.tar.gz").c_str());
  STRCMP_EQUAL("application/pdf", type_for("/x.pdf", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").c_str());
}

TEST(ProxyPolicy, what_the_backend_says_stays) {
  const char* answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";
  STRCMP_EQUAL("text/plain", type_for("/x.pdf", answer).c_str());
}

TEST(ProxyPolicy, an_unknown_extension_and_an_answer_without_body_get_none) {
  for (const char* target : {"/x.xyz", "/x", "/pdf", "/.", "/a.pdf/"})
    STRCMP_EQUAL_TEXT("", type_for(target).c_str(), target);
  STRCMP_EQUAL("", type_for("/x.pdf", "HTTP/1.1 304 Not Modified\r\n\r\n").c_str());
  STRCMP_EQUAL("", type_for("/x.pdf", "HTTP/1.1 204 No Content\r\n\r\n").c_str());
}

TEST(ProxyPolicy, is_off_unless_asked_for) {
  CHECK_FALSE(made_settings({{"InetAddress", "a"}})->mime_completion);
  CHECK_TRUE(mime_type_of("/x." + std::string(40, 'a'), types).empty());
}
