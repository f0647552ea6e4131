#include "navajo/container/context_policy.h"

#include <string>

#include "navajo/api/fakes.h"
#include "navajo/container/status_codes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::container;
using config::UnsecureConnection;

TEST_GROUP(ContextPolicy) {
  config::ContextElement context;
  config::HostElement host;
  api::FakeResponse response;

  void setup() override {
    host.name.value = "www.example.org";
    host.server_alias.value = {"example.org", "*.shop.example.org"};
    host.secure_port = 443;
    context.unsecure_connection.value = UnsecureConnection::allow;
  }
  // "go on", "405 cause" or "302 Location".
  std::string judge(std::string_view method, bool secure, std::string_view name = "www.example.org",
                    std::string_view target = "/a%20b?c=d") {
    response = {};
    api::FakeRequest request(method, target);
    request.is_secure = secure;
    request.the_host = name;
    request.with("X-Forwarded-Proto", "https");
    const std::optional<api::Outcome> outcome = ContextPolicy(context, host).judge(request, response);
    if (!outcome) return "go on";
    if (!outcome->is_answered()) return std::to_string(outcome->status) + " " + outcome->cause;
    CHECK_TRUE(response.is_finished);
    return std::to_string(response.the_status) + " " + std::string(*response.fields.get("Location"));
  }
};

TEST(ContextPolicy, lets_everything_in_but_trace_when_nothing_is_said) {
  STRCMP_EQUAL("go on", judge("GET", false).c_str());
  STRCMP_EQUAL("go on", judge("BREW", false).c_str());
  STRCMP_EQUAL("405 method_not_allowed", judge("TRACE", true).c_str());
  STRCMP_CONTAINS("GET, HEAD", std::string(*response.fields.get("Allow")).c_str());
}

TEST(ContextPolicy, denies_plain_connections_whatever_the_client_says_of_them) {
  context.unsecure_connection.value = UnsecureConnection::deny;
  STRCMP_EQUAL("403 unsecure_connection", judge("GET", false).c_str());
  STRCMP_EQUAL("go on", judge("GET", true).c_str());
}

TEST(ContextPolicy, redirects_to_the_same_place_over_tls) {
  context.unsecure_connection.value = UnsecureConnection::redirect;
  STRCMP_EQUAL("302 https://www.example.org/a%20b?c=d", judge("GET", false).c_str());
  STRCMP_EQUAL("302 https://example.org/a%20b?c=d", judge("HEAD", false, "example.org").c_str());
  STRCMP_EQUAL("308 https://x.shop.example.org/a%20b?c=d", judge("POST", false, "x.shop.example.org").c_str());
  STRCMP_EQUAL("go on", judge("GET", true).c_str());
  host.secure_port = 8443;
  STRCMP_EQUAL("302 https://www.example.org:8443/a%20b?c=d", judge("GET", false).c_str());
}

TEST(ContextPolicy, never_redirects_to_a_name_the_host_does_not_have) {
  context.unsecure_connection.value = UnsecureConnection::redirect;
  STRCMP_EQUAL("302 https://www.example.org/a%20b?c=d", judge("GET", false, "evil.example.net").c_str());
  STRCMP_EQUAL("302 https://www.example.org/a%20b?c=d", judge("GET", false, "").c_str());
}

TEST(ContextPolicy, a_redirect_that_has_an_origin_needs_no_connector) {
  context.unsecure_connection.value = UnsecureConnection::redirect;
  context.redirect_origin.value = "https://login.example.org:444";
  host.secure_port.reset();
  STRCMP_EQUAL("302 https://login.example.org:444/a%20b?c=d", judge("GET", false).c_str());
}

TEST(ContextPolicy, denies_where_there_is_nowhere_to_redirect_to) {
  context.unsecure_connection.value = UnsecureConnection::redirect;
  host.secure_port.reset();
  STRCMP_EQUAL("403 unsecure_connection", judge("GET", false).c_str());
}

TEST(ContextPolicy, allowed_methods_are_the_only_ones) {
  context.allowed_methods = {{"GET", "REPORT"}, {}, true};
  STRCMP_EQUAL("go on", judge("REPORT", false).c_str());
  STRCMP_EQUAL("405 method_not_allowed", judge("POST", false).c_str());
  STRCMP_EQUAL("GET, REPORT", std::string(*response.fields.get("Allow")).c_str());
  STRCMP_EQUAL("405 method_not_allowed", judge("get", false).c_str());
}

TEST_GROUP(StatusCodes) {};

TEST(StatusCodes, are_the_registered_ones_and_those_added) {
  const StatusCodes registered;
  for (const int status : {100, 200, 226, 304, 308, 401, 417, 421, 451, 500, 511})
    CHECK_TRUE(registered.contains(status));
  for (const int status : {-1, 0, 99, 209, 299, 306, 418, 440, 512, 599, 999, 1000})
    CHECK_FALSE(registered.contains(status));
  const int more[] = {299, 999};
  const StatusCodes wider(more);
  CHECK_TRUE(wider.contains(299) && wider.contains(999) && wider.contains(200));
  CHECK_FALSE(wider.contains(440));
}
