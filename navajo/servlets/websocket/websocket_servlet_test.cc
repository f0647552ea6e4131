#include "navajo/servlets/websocket/websocket_servlet.h"

#include <map>

#include "navajo/api/fakes.h"
#include "navajo/reactor/resolver.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;

namespace {

// Made before the tests, which look for leaks.
const auto rows = servlets::websocket_rows();
[[maybe_unused]] const auto& process_wide = reactor::Resolver::process_wide();

}  // namespace

TEST_GROUP(WebSocketServlet) {
  std::string faults;

  std::unique_ptr<servlets::http_connector::Settings> read(const std::map<std::string, std::string>& given) {
    std::map<std::string, config::ParamValue, std::less<>> values{{"InetAddress", {"app", {"web.xml", 1, 1}}}};
    for (const auto& [name, text] : given) values[name] = {text, {"web.xml", 1, 1}};
    config::Diagnostics diagnostics;
    const config::Params params("servlet x", {"web.xml", 1, 1}, rows[0].params, std::move(values), diagnostics);
    auto settings = servlets::websocket::read_settings("x", params, "");
    faults.clear();
    for (const config::Fault& fault : diagnostics.faults()) faults += fault.text + "\n";
    return diagnostics.ok() ? std::move(settings) : nullptr;
  }
};

TEST(WebSocketServlet, allows_websocket_and_is_plain_unless_it_is_told_otherwise) {
  const auto settings = read({});
  STRCMP_EQUAL("", faults.c_str());
  CHECK_EQUAL(1u, settings->upgrade.protocols.size());
  STRCMP_EQUAL("websocket", settings->upgrade.protocols[0].c_str());
  CHECK_TRUE(settings->upgrade.own_origin);
  CHECK_TRUE(settings->connector.tls == nullptr);
  LONGS_EQUAL(80, settings->addresses[0].port);
  CHECK_TRUE(settings->upgrade.session_interval == std::chrono::seconds(30));
}

TEST(WebSocketServlet, speaks_TLS_when_a_parameter_of_TLS_is_set_or_SSL_is_on) {
  for (const auto& [name, text] : std::map<std::string, std::string>{{"SSLVerifyPeer", "false"}, {"SSL", "on"}}) {
    const auto settings = read({{name, text}});
    STRCMP_EQUAL("", faults.c_str());
    CHECK_TRUE(settings->connector.tls != nullptr);
    LONGS_EQUAL(443, settings->addresses[0].port);
  }
}

TEST(WebSocketServlet, mistakes_are_named) {
  CHECK_TRUE(read({{"SSL", "off"}, {"SSLVerifyPeer", "false"}}) == nullptr);
  STRCMP_CONTAINS("says nothing while SSL is off", faults.c_str());
  CHECK_TRUE(read({{"SSL", "on"}, {"InetAddress", "unix:/run/app"}}) == nullptr);
  STRCMP_CONTAINS("set SSLServerName", faults.c_str());
}

TEST(WebSocketServlet, the_catalogue_row_makes_the_servlet) {
  CHECK_EQUAL(1u, rows.size());
  STRCMP_EQUAL("ch::nevis::isiweb4::servlet::connector::websocket::WebSocketServlet", rows[0].aliases[0]);
  config::Diagnostics diagnostics;
  const config::Params params("servlet x", {"web.xml", 1, 1}, rows[0].params, {{"InetAddress", {"app", {}}}},
                              diagnostics);
  CHECK_TRUE(rows[0].make({}, params) != nullptr);
  CHECK_TRUE(diagnostics.ok());
}
