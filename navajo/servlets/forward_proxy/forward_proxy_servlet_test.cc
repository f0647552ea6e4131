#include "navajo/servlets/forward_proxy/forward_proxy_servlet.h"

#include <map>
#include <memory>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/connector/scripted_backend.h"
#include "navajo/forward/forward_proxy.h"
#include "navajo/observe/log.h"
#include "navajo/tls/made_certificates.h"
#include "navajo/tls/tls_backend.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using api::FakeRequest;
using api::FakeResponse;
using api::ForwardTarget;
using connector::ScriptedBackend;
using tls::TlsBackend;

namespace {

// Made before the tests, which look for leaks.
const auto rows = servlets::forward_proxy_rows();
[[maybe_unused]] const auto& process_wide = reactor::Resolver::process_wide();
std::vector<std::string>* g_lines;

const tls::MadeCertificate& authority() {
  static const tls::MadeCertificate made = tls::make_certificate({.name = "Test CA", .authority = true});
  return made;
}
const tls::MadeCertificate& stranger() {
  static const tls::MadeCertificate made = tls::make_certificate({.name = "Somebody's CA", .authority = true});
  return made;
}
[[maybe_unused]] const auto& made_before = authority();
[[maybe_unused]] const auto& made_before_too = stranger();

void answer(TlsBackend::Peer& peer) {
  while (peer.read_until("\r\n\r\n")) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}
void answer_plainly(ScriptedBackend::Peer& peer) {
  while (peer.read_head()) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}
tls::SslContextHandle server_for(const char* name, const tls::MadeCertificate& issuer = authority()) {
  return tls::server_context(tls::make_certificate({.name = name}, &issuer));
}
uint16_t port_of(const std::string& address) {
  return static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

}  // namespace

TEST_GROUP(ForwardProxyServlets) {
  using InitParams = std::map<std::string, std::string>;
  // TlsBackend serves one connection after the other.
  const InitParams kOneByOne{{"SSLCACertificateFile", "ca.pem"}, {"KeepAlive", "false"}};
  InitParams and_custom(const char* line) const {
    InitParams params = kOneByOne;
    params["SSLCustomCAs"] = line;
    return params;
  }
  config::TemporaryFolder folder;
  config::Diagnostics diagnostics;
  config::ForwardProxyElement element;
  config::ServiceElement service;
  reactor::Resolver resolver;
  std::vector<std::string> lines;
  std::string faults;

  void setup() override {
    g_lines = &lines;
    observe::set_log_sink([](observe::LogId, std::string_view text) { g_lines->emplace_back(text); },
                          [](observe::Level level) { return level <= observe::Level::info; });
    folder.write("ca.pem", authority().certificate_pem());
    folder.write("stranger.pem", stranger().certificate_pem());
    element.name.value = "proxy.test";
    element.port.value = 3128;
    element.allowed_addresses.value = {"127.0.0.0/8"};
    element.max_tunnels.value = element.max_tunnels_per_client.value = 1;
    element.cert_cache_size.value = 1;
  }
  void teardown() override { observe::set_log_sink(nullptr, nullptr); }

  std::unique_ptr<forward::ForwardProxy> proxy(const api::Servlet* servlet = nullptr) {
    return forward::ForwardProxy::make(element, service, servlet, diagnostics);
  }
  std::unique_ptr<servlets::ForwardProxyServlet> make(const InitParams& params) {
    std::map<std::string, config::ParamValue, std::less<>> values;
    for (const auto& [name, text] : params) values[name] = {text, {"web.xml", 1, 1}};
    config::Diagnostics found;
    const config::Params checked("servlet x", {"web.xml", 1, 1}, rows[0].params, std::move(values), found);
    auto settings = servlets::forward_proxy::read_settings(checked, folder.path());
    faults.clear();
    for (const config::Fault& fault : found.faults()) faults += fault.line() + "\n";
    CHECK_TRUE(settings != nullptr || !faults.empty());
    if (!settings || !found.ok()) return nullptr;
    return std::make_unique<servlets::ForwardProxyServlet>(std::move(*settings), resolver);
  }
  api::Outcome ask(servlets::ForwardProxyServlet& servlet, const ForwardTarget& target, FakeResponse& response,
                   FakeRequest& request) {
    request.the_forward_target = &target;
    return servlet.service(request, response);
  }
  api::Outcome ask(servlets::ForwardProxyServlet& servlet, const ForwardTarget& target) {
    FakeRequest request;
    FakeResponse response;
    return ask(servlet, target, response, request);
  }
  void refuses(const InitParams& params, const char* text) {
    CHECK_TRUE(make(params) == nullptr);
    STRCMP_CONTAINS(text, faults.c_str());
  }
};

TEST(ForwardProxyServlets, a_plain_request_goes_where_its_target_says) {
  ScriptedBackend backend(answer_plainly);
  const auto via = proxy();
  const auto servlet = make({});
  const std::string host = "127.0.0.1:" + std::to_string(port_of(backend.address()));
  FakeRequest request("GET", "/a?b");
  request.with("Proxy-Authorization", "Basic eDp5").with("Proxy-Connection", "keep-alive").with("X-Own", "kept");
  FakeResponse response;
  CHECK_TRUE(ask(*servlet, {"127.0.0.1", port_of(backend.address()), false, "127.0.0.1", false, via.get()}, response,
                 request)
                 .is_answered());
  const std::string head = backend.request(0).head;
  STRCMP_CONTAINS(("GET /a?b HTTP/1.1\r\nHost: " + host + "\r\n").c_str(), head.c_str());
  STRCMP_CONTAINS("X-Own: kept\r\n", head.c_str());
  STRCMP_CONTAINS("Via: 1.1 ", head.c_str());
  CHECK_TRUE(head.find("Proxy-") == std::string::npos);
  CHECK_TRUE(head.find("X-Forwarded-") == std::string::npos);
}

TEST(ForwardProxyServlets, a_request_nobody_uses_a_proxy_for_is_not_found) {
  FakeRequest request;
  FakeResponse response;
  const api::Outcome outcome = make({})->service(request, response);
  LONGS_EQUAL(404, outcome.status);
  STRCMP_EQUAL("no_proxy_request", outcome.cause);
}

TEST(ForwardProxyServlets, the_certificate_has_to_be_good_for_the_name_the_client_spoke_of) {
  TlsBackend backend(server_for("www.example"), answer);
  const auto via = proxy();
  const auto servlet = make(kOneByOne);
  const uint16_t port = port_of(backend.address());
  CHECK_TRUE(ask(*servlet, {"127.0.0.1", port, true, "www.example", false, via.get()}).is_answered());
  const api::Outcome outcome = ask(*servlet, {"127.0.0.1", port, true, "other.example", false, via.get()});
  LONGS_EQUAL(502, outcome.status);
  STRCMP_EQUAL("certificate_refused", outcome.cause);
}

TEST(ForwardProxyServlets, connections_are_kept_for_the_same_name_only) {
  TlsBackend backend(tls::server_context(tls::make_certificate(
                         {.name = "a.example", .alternative_names = "DNS:a.example,DNS:b.example"}, &authority())),
                     answer);
  const auto via = proxy();
  const auto servlet = make({{"SSLCACertificateFile", "ca.pem"}});
  const uint16_t port = port_of(backend.address());
  for (int i = 0; i < 3; i++)
    CHECK_TRUE(ask(*servlet, {"127.0.0.1", port, true, "a.example", false, via.get()}).is_answered());
  LONGS_EQUAL(1, backend.connections());
}

TEST(ForwardProxyServlets, custom_cas_vouch_for_the_hosts_they_are_for_and_for_no_others) {
  TlsBackend backend(server_for("app.intern.example", stranger()), answer);
  const auto via = proxy();
  const uint16_t port = port_of(backend.address());
  const ForwardTarget target{"127.0.0.1", port, true, "app.intern.example", false, via.get()};
  const auto without = make(kOneByOne);
  STRCMP_EQUAL("certificate_refused", ask(*without, target).cause);
  const auto with = make(and_custom("*.intern.example stranger.pem"));
  CHECK_TRUE(ask(*with, target).is_answered());
  const auto others = make(and_custom("*.other.example stranger.pem"));
  STRCMP_EQUAL("certificate_refused", ask(*others, target).cause);
}

TEST(ForwardProxyServlets, who_knows_that_a_destination_is_untrusted_may_go_on) {
  TlsBackend backend(server_for("www.example", stranger()), answer);
  const auto via = proxy();
  const auto servlet = make(kOneByOne);
  const uint16_t port = port_of(backend.address());
  CHECK_TRUE(ask(*servlet, {"127.0.0.1", port, true, "www.example", true, via.get()}).is_answered());
  // And nobody else gets that connection.
  STRCMP_EQUAL("certificate_refused", ask(*servlet, {"127.0.0.1", port, true, "www.example", false, via.get()}).cause);
}

TEST(ForwardProxyServlets, an_address_the_guard_refuses_is_not_connected_to) {
  ScriptedBackend backend(answer_plainly);
  element.allowed_addresses.value = {};
  const auto via = proxy();
  const api::Outcome outcome =
      ask(*make({}), {"127.0.0.1", port_of(backend.address()), false, "127.0.0.1", false, via.get()});
  LONGS_EQUAL(403, outcome.status);
  STRCMP_EQUAL("destination_refused", outcome.cause);
  STRCMP_CONTAINS("NVJ1219", lines.at(0).c_str());
}

TEST(ForwardProxyServlets, idle_connections_to_all_destinations_together_are_bounded) {
  ScriptedBackend one(answer_plainly), other(answer_plainly);
  const auto via = proxy();
  const auto servlet = make({{"KeepAlive.MaxIdleTotal", "1"}});
  for (int i = 0; i < 2; i++)
    for (ScriptedBackend* backend : {&one, &other})
      CHECK_TRUE(ask(*servlet, {"127.0.0.1", port_of(backend->address()), false, "127.0.0.1", false, via.get()})
                     .is_answered());
  api::FakeStatusWriter writer;
  servlet->report(writer);
  CHECK_TRUE(writer.has("connections_idle 1"));
  CHECK_TRUE(writer.has("destinations_kept 2"));
}

TEST(ForwardProxyServlets, destinations_beyond_the_limit_give_way) {
  ScriptedBackend one(answer_plainly), other(answer_plainly);
  const auto via = proxy();
  const auto servlet = make({{"MaxDestinations", "1"}});
  for (ScriptedBackend* backend : {&one, &other, &one})
    CHECK_TRUE(
        ask(*servlet, {"127.0.0.1", port_of(backend->address()), false, "127.0.0.1", false, via.get()}).is_answered());
  api::FakeStatusWriter writer;
  servlet->report(writer);
  CHECK_TRUE(writer.has("destinations_kept 1"));
  CHECK_TRUE(writer.has("connectors_made 3"));
}

TEST(ForwardProxyServlets, behind_a_plain_hop_the_target_is_absolute_and_the_hop_is_told_who_asks) {
  ScriptedBackend hop(answer_plainly);
  element.upstream_proxy.value = hop.address();
  element.upstream_credentials.value = "anna:secret";
  element.upstream_proxy.given = element.upstream_credentials.given = true;
  const auto via = proxy();
  FakeRequest request("GET", "/a?b");
  FakeResponse response;
  CHECK_TRUE(ask(*make({}), {"www.example", 80, false, "www.example", false, via.get()}, response, request)
                 .is_answered());
  STRCMP_CONTAINS("GET http://www.example/a?b HTTP/1.1\r\nHost: www.example\r\n"
                  "Proxy-Authorization: Basic YW5uYTpzZWNyZXQ=\r\n",
                  hop.request(0).head.c_str());
}

TEST(ForwardProxyServlets, what_is_wrong_is_named) {
  refuses({{"SSLCustomCAs", "*.intern.example"}}, "is not a pattern and a file");
  refuses({{"SSLCustomCAs", "*.intern.example no-such.pem"}}, "no-such.pem");
  refuses({{"SSLCACertificateFile", "no-such.pem"}}, "no-such.pem");
  refuses({{"SSLServerName", "www.example"}}, "SSLServerName");
  refuses({{"HostName", "www.example"}}, "HostName");
  refuses({{"MaxDestinations", "0"}}, "MaxDestinations");
}
