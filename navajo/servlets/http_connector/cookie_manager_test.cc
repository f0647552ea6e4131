#include "navajo/servlets/http_connector/servlet_fixture.h"

using namespace navajo::servlets;
using namespace navajo::servlets::http_connector;
namespace cookies = navajo::cookies;
namespace config = navajo::config;

TEST_GROUP_BASE(CookieManager, ServletFixture) {
  navajo::api::FakeSession session;

  std::unique_ptr<HttpConnectorServlet> keeping(const std::string& name, InitParams given, const char* rules) {
    given["CookieManager"] = rules;
    std::map<std::string, config::ParamValue, std::less<>> values;
    for (const auto& [key, text] : given) values[key] = {text, {"web.xml", 1, 1}};
    config::Diagnostics diagnostics;
    const config::Params params("servlet '" + name + "'", {"web.xml", 1, 1}, parameter_table(), std::move(values),
                                diagnostics);
    auto settings = read_settings(name, params);
    auto keeper = cookies::CookieKeeper::configured({.name = name, .host = "www"}, "servlet", params);
    CHECK_TRUE(diagnostics.ok());
    return std::make_unique<HttpConnectorServlet>(std::move(*settings), resolver, nullptr, std::move(keeper));
  }
  // What the client gets; the path is all of it mapped.
  std::string ask_in_session(HttpConnectorServlet & servlet, const char* target, const char* cookies = nullptr) {
    FakeRequest request("GET", target);
    request.the_authority = request.the_host = "www.example.test";
    if (cookies) request.with("Cookie", cookies);
    request.set_session_source(&session);
    FakeResponse own;
    answered(servlet.service(request, own));
    STRCMP_EQUAL("ok", own.body.c_str());
    std::string out;
    own.headers().for_each([&](std::string_view field, std::string_view value) {
      if (field == "Set-Cookie") out += "[" + std::string(value) + "]";
      return true;
    });
    return out;
  }
  static ScriptedBackend::Script setting(std::string cookies) {
    return always("HTTP/1.1 200 OK\r\n" + cookies + "Content-Length: 2\r\n\r\nok");
  }
  static std::string cookie_at(ScriptedBackend & backend, size_t request) {
    return backend.request(request).field("Cookie");
  }
};

TEST(CookieManager, stored_cookies_stay_here_and_come_back_to_the_backend) {
  ScriptedBackend backend(setting("Set-Cookie: JSESSIONID=1; Path=/\r\nSet-Cookie: lang=de\r\nSet-Cookie: odd=1\r\n"));
  const auto one = keeping("App", {{"InetAddress", backend.address()}}, "store:^J\nallow:^lang$");
  STRCMP_EQUAL("[lang=de]", ask_in_session(*one, "/x", "JSESSIONID=planted").c_str());
  (void)ask_in_session(*one, "/x", "JSESSIONID=planted; lang=fr; odd=2");
  STRCMP_EQUAL("(none)", cookie_at(backend, 0).c_str());
  STRCMP_EQUAL("JSESSIONID=1; lang=fr", cookie_at(backend, 1).c_str());
  FakeStatusWriter status;
  one->report(status);
  CHECK_TRUE(status.has("cookies_sent 1"));
}

TEST(CookieManager, paths_are_those_the_backend_sees) {
  ScriptedBackend backend(setting("Set-Cookie: deep=1; Path=/base/x\r\nSet-Cookie: default=2\r\n"));
  const auto one = keeping(
      "App", {{"InetAddress", backend.address()}, {"MappingType", "pathinfo"}, {"URIPrefix", "/base"}}, "store:");
  (void)ask_in_session(*one, "/x/y?q=/z");
  (void)ask_in_session(*one, "/other");
  (void)ask_in_session(*one, "/x/z");
  STRCMP_EQUAL("(none)", cookie_at(backend, 1).c_str());
  STRCMP_EQUAL("deep=1; default=2; default=2", cookie_at(backend, 2).c_str());  // of /base/x and of /base
}

TEST(CookieManager, what_passes_is_rewritten_and_what_is_stored_is_not) {
  ScriptedBackend backend(setting("Set-Cookie: a=1; Path=/base; Domain=intra.test\r\nSet-Cookie: s=1; Path=/base\r\n"));
  const auto one = keeping("App",
                           {{"InetAddress", backend.address()},
                            {"HostName", "intra.test"},
                            {"MappingType", "pathinfo"},
                            {"URIPrefix", "/base"},
                            {"AutoRewrite", "header"}},
                           "store:^s$\nallow:");
  STRCMP_EQUAL("[a=1; Path=/]", ask_in_session(*one, "/x").c_str());
  LONGS_EQUAL(1, session.values.count("navajo.cookie.servlet%7Cwww%7C%7CApp;s;/base"));
}

TEST(CookieManager, another_connector_of_the_session_gets_nothing_without_a_Domain) {
  ScriptedBackend first(setting("Set-Cookie: own=1; Path=/\r\nSet-Cookie: shared=2; Path=/; Domain=intra.test\r\n")),
      sibling(setting("")), stranger(setting(""));
  const auto one = keeping("One", {{"InetAddress", first.address()}, {"HostName", "one.intra.test:8080"}}, "store:");
  const auto two = keeping("Two", {{"InetAddress", sibling.address()}, {"HostName", "two.intra.test"}}, "store:");
  const auto three = keeping("Three", {{"InetAddress", stranger.address()}}, "store:");
  (void)ask_in_session(*one, "/");
  (void)ask_in_session(*one, "/");
  (void)ask_in_session(*two, "/");
  (void)ask_in_session(*three, "/");
  STRCMP_EQUAL("own=1; shared=2", cookie_at(first, 1).c_str());
  STRCMP_EQUAL("shared=2", cookie_at(sibling, 0).c_str());
  STRCMP_EQUAL("(none)", cookie_at(stranger, 0).c_str());
}

TEST(CookieManager, a_request_that_cannot_be_forwarded_is_refused_as_ever) {
  const auto one = keeping("App", {{"InetAddress", refusing_address()}}, "store:");
  FakeRequest request;
  request.set_session_source(&session);
  refused(502, "connect_refused", one->service(request, response));
}
