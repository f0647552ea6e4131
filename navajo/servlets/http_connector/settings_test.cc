#include <memory>
#include <string>

#include "navajo/servlets/http_connector/http_connector_servlet.h"
#include "navajo/servlets/http_connector/made_settings.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::servlets::http_connector;
using namespace std::chrono_literals;

namespace {

// Made before the tests, which look for leaks.
const auto rows = navajo::servlets::http_connector_rows();
[[maybe_unused]] const auto& resolver = navajo::reactor::Resolver::process_wide();

}  // namespace

TEST_GROUP(Settings){std::unique_ptr<Settings> with(InitParams params){params.emplace("InetAddress", "app1:8080");
std::string faults;
auto settings = made_settings(params, &faults);
STRCMP_EQUAL("", faults.c_str());
CHECK_TRUE(settings != nullptr);
return settings;
}
void refuses(InitParams params, const char* text) {
  params.emplace("InetAddress", "app1:8080");
  std::string faults;
  CHECK_TRUE(made_settings(params, &faults) == nullptr);
  STRCMP_CONTAINS(text, faults.c_str());
}
}
;

TEST(Settings, an_address_is_all_that_is_needed) {
  const auto settings = with({});
  CHECK_EQUAL(1u, settings->addresses.size());
  CHECK_TRUE(settings->connector.connect_timeout == 5s);
  CHECK_TRUE(settings->request_timeout == 60s);
  CHECK_TRUE(settings->total_timeout == 0s);
  CHECK_TRUE(settings->expect_timeout == 1s);
  CHECK_TRUE(settings->flush_delay == 10ms);
  CHECK_TRUE(settings->keep_alive);
  CHECK_EQUAL(256u, settings->connector.pool.max_idle);
  CHECK_TRUE(settings->connector.pool.idle_timeout == 4s);
  CHECK_TRUE(settings->connector.pool.max_age == 300s);
  CHECK_EQUAL(10000u, settings->connector.backends.max_connections);
  CHECK_EQUAL(1000u, settings->connector.backends.wait_queue);
  CHECK_TRUE(settings->connector.wait_timeout == 1s);
  CHECK_TRUE(settings->connector.backends.retry_timeout == 10s);
  CHECK_FALSE(settings->connector.source.has_value());
  CHECK_TRUE(settings->mapping == Mapping::request_uri);
  CHECK_TRUE(settings->forwarded_for == ClientField::replace);
  CHECK_TRUE(settings->real_ip == ClientField::off);
  STRCMP_EQUAL("navajo", settings->via.c_str());
  CHECK_EQUAL(100u, settings->response_head.fields);
  CHECK_EQUAL(65536u, settings->response_head.bytes);
  CHECK_TRUE(settings->rewrite_location);
  CHECK_TRUE(settings->connector.backends.balancing == navajo::connector::Balancing::first_usable);
  STRCMP_EQUAL("", settings->sticky_attribute.c_str());
  CHECK_EQUAL(64u, settings->connection_retries);
  CHECK_EQUAL(5u, settings->connector.backends.max_failures);
  CHECK_EQUAL(50u, settings->connector.backends.max_bad_percent);
  CHECK_EQUAL(20u, settings->connector.backends.retry_percent);
  CHECK_TRUE(settings->encode_path);
}

TEST(Settings, load_balancing_sticks_to_sessions_unless_told_otherwise) {
  const auto sticky = with({{"LoadBalancing", "true"}});
  CHECK_TRUE(sticky->connector.backends.balancing == navajo::connector::Balancing::round_robin);
  STRCMP_EQUAL("navajo.connector.Connector.backend", sticky->sticky_attribute.c_str());
  const std::string base = "ch::nevis::isiweb4::servlet::connector::base::";
  CHECK_FALSE(with({{"LoadBalancing", "true"}, {"ResourceManager", base + "SessionResourceManager"}})
                  ->sticky_attribute.empty());
  CHECK_TRUE(with({{"LoadBalancing", "true"}, {"ResourceManager", base + "StatelessResourceManager"}})
                 ->sticky_attribute.empty());
  CHECK_TRUE(with({{"LoadBalancing", "true"}, {"ResourceManager", "StatelessResourceManager"}})
                 ->sticky_attribute.empty());
  refuses({{"ResourceManager", "RoundRobin"}}, "'RoundRobin' is neither");
}

TEST(Settings, failover_and_retries_are_bounded_as_told) {
  const auto settings = with({{"ConnectionRetries", "2"},
                              {"ResourceManager.MaxFailures", "off"},
                              {"ResourceManager.MaxBadPercent", "30"},
                              {"RetryBudget", "5"},
                              {"URLEncoding", "false"}});
  CHECK_EQUAL(2u, settings->connection_retries);
  CHECK_EQUAL(0u, settings->connector.backends.max_failures);
  CHECK_EQUAL(30u, settings->connector.backends.max_bad_percent);
  CHECK_EQUAL(5u, settings->connector.backends.retry_percent);
  CHECK_FALSE(settings->encode_path);
  refuses({{"RetryBudget", "101"}}, "RetryBudget");
}

TEST(Settings, every_parameter_arrives) {
  const auto settings = with({{"InetAddress", "app1:8080 app2 | app3"},
                              {"HostName", "www.example.test"},
                              {"ConnectTimeout", "250"},
                              {"RequestTimeout", "1500"},
                              {"TotalTimeout", "2m"},
                              {"ExpectTimeout", "off"},
                              {"FlushDelay", "off"},
                              {"KeepAlive", "false"},
                              {"KeepAlive.IdleTimeout", "10s"},
                              {"KeepAlive.MaxIdle", "7"},
                              {"KeepAlive.MaxAge", "60"},
                              {"MaxConnections", "50"},
                              {"MaxConnections.WaitTimeout", "3s"},
                              {"MaxConnections.WaitQueue", "5"},
                              {"ResourceManager.RetryTimeout", "30"},
                              {"SourceAddress", "::1"},
                              {"MappingType", "pathinfo"},
                              {"URIPrefix", "/inner"},
                              {"RewriteLocation", "false"},
                              {"AllowMethods", "GET, POST"},
                              {"XForwardedFor", "append"},
                              {"XForwardedProto", "pass"},
                              {"XForwardedHost", "off"},
                              {"XRealIP", "replace"},
                              {"Forwarded", "append"},
                              {"Via", "edge.example.test"},
                              {"MaxHeaders", "20"},
                              {"MaxHeadSize", "8K"}});
  CHECK_EQUAL(3u, settings->addresses.size());
  CHECK_EQUAL(1u, settings->addresses[2].group);
  CHECK_TRUE(settings->host_name.constant() == std::string_view("www.example.test"));
  CHECK_TRUE(settings->connector.connect_timeout == 250ms);
  CHECK_TRUE(settings->request_timeout == 1500ms);
  CHECK_TRUE(settings->total_timeout == 2min);
  CHECK_TRUE(settings->expect_timeout == 0s);
  CHECK_TRUE(settings->flush_delay == 0s);
  CHECK_FALSE(settings->keep_alive);
  CHECK_EQUAL(0u, settings->connector.pool.max_idle);
  CHECK_TRUE(settings->connector.pool.idle_timeout == 10s);
  CHECK_TRUE(settings->connector.pool.max_age == 60s);
  CHECK_EQUAL(50u, settings->connector.backends.max_connections);
  CHECK_TRUE(settings->connector.wait_timeout == 3s);
  CHECK_EQUAL(5u, settings->connector.backends.wait_queue);
  CHECK_TRUE(settings->connector.backends.retry_timeout == 30s);
  STRCMP_EQUAL("[::1]:0", settings->connector.source->text().c_str());
  CHECK_TRUE(settings->mapping == Mapping::path_info);
  STRCMP_EQUAL("/inner", settings->uri_prefix.c_str());
  CHECK_FALSE(settings->rewrite_location);
  STRCMP_EQUAL("GET, POST", settings->allow.c_str());
  CHECK_TRUE(settings->forwarded_for == ClientField::append);
  CHECK_TRUE(settings->forwarded_proto == ClientField::pass);
  CHECK_TRUE(settings->forwarded_host == ClientField::off);
  CHECK_TRUE(settings->real_ip == ClientField::replace);
  CHECK_TRUE(settings->forwarded == ClientField::append);
  STRCMP_EQUAL("edge.example.test", settings->via.c_str());
  CHECK_EQUAL(20u, settings->response_head.fields);
  CHECK_EQUAL(8192u, settings->response_head.bytes);
  CHECK_EQUAL(7u, with({{"KeepAlive.MaxIdle", "7"}})->connector.pool.max_idle);
}

TEST(Settings, what_is_reserved_or_deprecated_is_said_and_not_passed_over) {
  refuses({{"LogoutURI", "/logout"}}, "init-param 'LogoutURI' is not there yet");
  for (const char* name : {"Protocol", "AwaitingResponse", "LegacyRegexpMatching"}) {
    navajo::config::Diagnostics diagnostics;
    const navajo::config::Params params("servlet x", {}, rows[0].params,
                                        {{"InetAddress", {"app1", {}}}, {name, {"1", {}}}, {"LogoutURI", {"/x", {}}}},
                                        diagnostics, navajo::config::UnknownNames::notice);
    CHECK_TRUE(diagnostics.ok());
    CHECK_EQUAL(2u, diagnostics.notices().size());
    STRCMP_CONTAINS("LogoutURI' is not there yet", diagnostics.notices()[0].text.c_str());
    STRCMP_CONTAINS("DEPRECATED: servlet x: init-param '", diagnostics.notices()[1].text.c_str());
  }
}

TEST(Settings, mistakes_are_named) {
  std::string faults;
  CHECK_TRUE(made_settings({}, &faults) == nullptr);
  STRCMP_CONTAINS("InetAddress", faults.c_str());
  refuses({{"InetAddress", "app1:x"}}, "'app1:x' is no host:port");
  refuses({{"HostName", "a b"}}, "'a b' is no host name");
  refuses({{"HostName", "HEADER:;"}}, "HostName");
  refuses({{"SourceAddress", "eth0"}}, "'eth0' is no IP address");
  refuses({{"URIPrefix", "/x"}}, "has an effect with MappingType pathinfo only");
  refuses({{"MappingType", "pathinfo"}, {"URIPrefix", "/x/"}}, "'/x/' is no path");
  refuses({{"MappingType", "pathinfo"}, {"URIPrefix", "x"}}, "'x' is no path");
  refuses({{"AllowMethods", "GET, PO(ST"}}, "'PO(ST' is no method");
  refuses({{"Via", "a b"}}, "'a b' is neither a name nor 'off'");
  refuses({{"MaxHeaders", "1001"}}, "MaxHeaders");
  refuses({{"MaxHeadSize", "65K"}}, "MaxHeadSize");
  refuses({{"XForwardedFor", "trust"}}, "XForwardedFor");
}

TEST(Settings, without_AllowMethods_all_but_TRACE_and_CONNECT_are_forwarded) {
  const auto all = with({});
  for (const char* method : {"GET", "POST", "PROPFIND"}) CHECK_TRUE(all->allows(method));
  for (const char* method : {"TRACE", "CONNECT"}) CHECK_FALSE(all->allows(method));
  const auto some = with({{"AllowMethods", "GET TRACE"}});
  CHECK_TRUE(some->allows("GET"));
  CHECK_FALSE(some->allows("TRACE"));
  const auto groups = with({{"AllowMethods", "ALL-HTTP, ALL-WEBDAV -DELETE"}});
  for (const char* method : {"POST", "PATCH", "PROPFIND", "REBIND"}) CHECK_TRUE(groups->allows(method));
  CHECK_FALSE(groups->allows("DELETE"));
  CHECK_FALSE(some->allows("POST"));
}

TEST(Settings, the_catalogue_row_makes_the_servlet) {
  CHECK_EQUAL(1u, rows.size());
  STRCMP_EQUAL("HttpConnectorServlet", rows[0].name);
  STRCMP_EQUAL("ch::nevis::isiweb4::servlet::connector::http::HttpConnectorServlet", rows[0].aliases[0]);
  navajo::config::Diagnostics diagnostics;
  const navajo::config::Params params("servlet x", {}, rows[0].params, {{"InetAddress", {"app1:8080", {}}}},
                                      diagnostics);
  const auto made = rows[0].make({}, params);
  CHECK_TRUE(made != nullptr);
  CHECK_TRUE(diagnostics.ok());
}
