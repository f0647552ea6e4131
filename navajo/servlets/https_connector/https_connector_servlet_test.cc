#include "navajo/servlets/https_connector/https_connector_servlet.h"

#include <map>
#include <memory>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/observe/log.h"
#include "navajo/servlets/http_connector/http_connector_servlet.h"
#include "navajo/tls/made_certificates.h"
#include "navajo/tls/tls_backend.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using api::FakeRequest;
using api::FakeResponse;
using tls::TlsBackend;

namespace {

// Made before the tests, which look for leaks.
const auto rows = servlets::https_connector_rows();
[[maybe_unused]] const auto& process_wide = reactor::Resolver::process_wide();
std::vector<std::string>* g_lines;

const tls::MadeCertificate& authority() {
  static const tls::MadeCertificate made = tls::make_certificate({.name = "Test CA", .authority = true});
  return made;
}
[[maybe_unused]] const auto& made_before = authority();

tls::SslContextHandle good_server() {
  return tls::server_context(tls::make_certificate({.name = "app", .alternative_names = "IP:127.0.0.1"}, &authority()));
}

void answer(TlsBackend::Peer& peer) {
  while (peer.read_until("\r\n\r\n")) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

}  // namespace

TEST_GROUP(HttpsConnector) {
  using InitParams = std::map<std::string, std::string>;
  config::TemporaryFolder folder;
  reactor::Resolver resolver;
  std::vector<std::string> lines;
  std::string faults, notices;

  void setup() override {
    g_lines = &lines;
    observe::set_log_sink([](observe::LogId, std::string_view text) { g_lines->emplace_back(text); },
                          [](observe::Level level) { return level <= observe::Level::info; });
    folder.write("ca.pem", authority().certificate_pem());
  }
  void teardown() override { observe::set_log_sink(nullptr, nullptr); }

  std::unique_ptr<servlets::HttpConnectorServlet> make(const InitParams& params) {
    std::map<std::string, config::ParamValue, std::less<>> values;
    for (const auto& [name, text] : params) values[name] = {text, {"web.xml", 1, 1}};
    config::Diagnostics diagnostics;
    const config::Params checked("servlet x", {"web.xml", 1, 1}, rows[0].params, std::move(values), diagnostics);
    auto settings = servlets::https_connector::read_settings("x", checked, folder.path());
    faults = notices = "";
    for (const config::Fault& fault : diagnostics.faults()) faults += fault.line() + "\n";
    for (const config::Fault& notice : diagnostics.notices()) notices += notice.line() + "\n";
    CHECK_TRUE(settings != nullptr || !faults.empty());
    if (!settings || !diagnostics.ok()) return nullptr;
    return std::make_unique<servlets::HttpConnectorServlet>(std::move(*settings), resolver);
  }
  void refuses(const InitParams& params, const char* text) {
    CHECK_TRUE(make(params) == nullptr);
    STRCMP_CONTAINS(text, faults.c_str());
  }
};

TEST(HttpsConnector, forwards_over_TLS_and_tells_how) {
  TlsBackend backend(good_server(), answer);
  const auto servlet = make({{"InetAddress", backend.address()}, {"SSLCACertificateFile", "ca.pem"}});
  STRCMP_EQUAL("", faults.c_str());
  STRCMP_EQUAL("", notices.c_str());
  for (int i = 0; i < 2; i++) {
    FakeRequest request;
    FakeResponse response;
    CHECK_TRUE(servlet->service(request, response).is_answered());
    STRCMP_EQUAL("ok", response.body.c_str());
    STRCMP_EQUAL("TLSv1.3", request.variables["tlsB"].c_str());
    STRCMP_EQUAL("0", request.variables["tlsResumedB"].c_str());
    CHECK_FALSE(request.variables["tlsCipherB"].empty());
    STRCMP_EQUAL("CN=app", request.variables["certSubjectB"].c_str());
    STRCMP_EQUAL("CN=Test CA", request.variables["certIssuerB"].c_str());
  }
  CHECK_EQUAL(1u, backend.connections());
}

TEST(HttpsConnector, a_certificate_that_is_refused_is_502_with_one_line_that_says_why) {
  TlsBackend backend(tls::server_context(tls::make_certificate({.name = "other"}, &authority())), answer);
  const auto servlet = make({{"InetAddress", backend.address()}, {"SSLCACertificateFile", "ca.pem"}});
  FakeRequest request;
  FakeResponse response;
  const api::Outcome outcome = servlet->service(request, response);
  LONGS_EQUAL(502, outcome.status);
  STRCMP_EQUAL("certificate_refused", outcome.cause);
  CHECK_EQUAL(1u, lines.size());
  const std::string start = "NVJ1215 backend " + backend.address() +
                            ": certificate_refused (certificate CN=other, issued by CN=Test CA: is for other, not for "
                            "127.0.0.1), answering 502";
  STRCMP_CONTAINS(start.c_str(), lines[0].c_str());
}

TEST(HttpsConnector, the_next_backend_is_tried_when_TLS_with_one_fails) {
  TlsBackend bad(tls::server_context(tls::make_certificate({.name = "other"}, &authority())), answer);
  TlsBackend good(good_server(), answer);
  const auto servlet =
      make({{"InetAddress", bad.address() + " " + good.address()}, {"SSLCACertificateFile", "ca.pem"}});
  FakeRequest request("POST", "/");
  FakeResponse response;
  CHECK_TRUE(servlet->service(request, response).is_answered());
  STRCMP_EQUAL("ok", response.body.c_str());
  STRCMP_CONTAINS(("trying " + good.address()).c_str(), lines[0].c_str());
}

TEST(HttpsConnector, a_body_without_length_ends_with_close_notify_only) {
  for (const bool polite : {true, false}) {
    TlsBackend backend(good_server(), [polite](TlsBackend::Peer& peer) {
      peer.read_until("\r\n\r\n");
      peer.send("HTTP/1.1 200 OK\r\n\r\nall of it");
      if (!polite) peer.leave_without_close_notify();
    });
    const auto servlet = make({{"InetAddress", backend.address()}, {"SSLCACertificateFile", "ca.pem"}});
    FakeRequest request;
    FakeResponse response;
    const api::Outcome outcome = servlet->service(request, response);
    CHECK_TRUE(outcome.is_answered() || !polite);
    STRCMP_EQUAL(polite ? "" : "truncated_response", request.variables["NAVAJO_CAUSE"].c_str());
  }
}

TEST(HttpsConnector, what_is_not_verified_is_said) {
  CHECK_TRUE(make({{"InetAddress", "app"}, {"SSLVerifyPeer", "false"}}) != nullptr);
  STRCMP_CONTAINS("NVJ1216 servlet x: SSLVerifyPeer is false: the certificates", notices.c_str());
  CHECK_TRUE(make({{"InetAddress", "app"}, {"SSLCheckPeerHostname", "false"}}) != nullptr);
  STRCMP_CONTAINS("NVJ1216 servlet x: SSLCheckPeerHostname is false", notices.c_str());
}

TEST(HttpsConnector, mistakes_are_named) {
  refuses({{"InetAddress", "app"}, {"SSLCACertificateFile", "none.pem"}}, "none.pem cannot be read");
  refuses({{"InetAddress", "app"}, {"SSLVerifyPeer", "false"}, {"SSLCACertificateFile", "ca.pem"}},
          "says nothing while SSLVerifyPeer is false");
  refuses({{"InetAddress", "app"}, {"SSLClientKeyFile", "ca.pem"}}, "says nothing without SSLClientCertificateFile");
  refuses({{"InetAddress", "app"}, {"SSLProtocol", "+SSLv3"}}, "SSLv3 is broken");
  refuses({{"InetAddress", "app"}, {"SSLCipherSuites", "NONE"}}, "no cipher match");
  refuses({{"InetAddress", "app"}, {"SSLCache", "maybe"}}, "SSLCache");
  refuses({{"InetAddress", "app"}, {"SSLCache.MaxEntries", "0"}}, "SSLCache.MaxEntries");
  refuses({{"InetAddress", "unix:/run/app"}}, "set SSLServerName");
  refuses({{"InetAddress", "app"},
           {"SSLClientCertificateFile", "ca.pem"},
           {"SSLClientKeyPassPhrase", "pipe://echo said >&2; exit 3"}},
          "the command ended with status 3: said");
}

TEST(HttpsConnector, a_pass_phrase_comes_from_a_command) {
  const tls::MadeCertificate client = tls::make_certificate({.name = "client"}, &authority());
  folder.write("client.pem", client.certificate_pem() + client.key_pem("from a command"));
  CHECK_TRUE(make({{"InetAddress", "app"},
                   {"SSLClientCertificateFile", "client.pem"},
                   {"SSLClientKeyPassPhrase", "pipe://echo from a command"}}) != nullptr);
  STRCMP_EQUAL("", faults.c_str());
}

TEST(HttpsConnector, every_parameter_of_TLS_arrives) {
  config::Diagnostics diagnostics;
  const config::Params params("servlet x", {"web.xml", 1, 1}, rows[0].params,
                              {{"InetAddress", {"app other:81", {}}},
                               {"SSLCheckPeerHostname", {"false", {}}},
                               {"SSLServerName", {"name.test", {}}},
                               {"SSLProtocol", {"TLSv1.3", {}}},
                               {"SSLCipherSuites", {"TLS_AES_128_GCM_SHA256", {}}},
                               {"SSLCache", {"session", {}}},
                               {"SSLCache.MaxEntries", {"7", {}}},
                               {"SSLOCSPStapling", {"require", {}}},
                               {"SSLReloadInterval", {"off", {}}}},
                              diagnostics);
  const auto settings = servlets::https_connector::read_settings("x", params, "");
  CHECK_TRUE(settings != nullptr);
  LONGS_EQUAL(443, settings->addresses[0].port);
  LONGS_EQUAL(81, settings->addresses[1].port);
  const tls::ClientOptions& options = settings->connector.tls->options();
  CHECK_TRUE(options.verify_peer);
  CHECK_FALSE(options.check_name);
  STRCMP_EQUAL("name.test", options.server_name.c_str());
  CHECK_TRUE(options.protocols == *tls::ProtocolList::parse("TLSv1.3"));
  STRCMP_EQUAL("TLS_AES_128_GCM_SHA256", options.ciphers.c_str());
  CHECK_TRUE(options.reuse == tls::SessionReuse::session);
  CHECK_EQUAL(7u, options.max_sessions);
  CHECK_TRUE(options.stapling == tls::Stapling::require);
  CHECK_TRUE(options.look_interval == base::Duration::zero());
}

TEST(HttpsConnector, the_catalogue_row_makes_the_servlet) {
  CHECK_EQUAL(1u, rows.size());
  STRCMP_EQUAL("ch::nevis::isiweb4::servlet::connector::http::HttpsConnectorServlet", rows[0].aliases[0]);
  config::Diagnostics diagnostics;
  const config::Params params("servlet x", {"web.xml", 1, 1}, rows[0].params, {{"InetAddress", {"app", {}}}},
                              diagnostics);
  CHECK_TRUE(rows[0].make({}, params) != nullptr);
  CHECK_TRUE(diagnostics.ok());
}
