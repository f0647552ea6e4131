#include "navajo/tls/client_context.h"

#include <openssl/ocsp.h>

#include <memory>
#include <string>
#include <vector>

#include "navajo/config/temporary_folder.h"
#include "navajo/observe/status_segment.h"
#include "navajo/reactor/running_reactor.h"
#include "navajo/tls/made_certificates.h"
#include "navajo/tls/peer_certificate.h"
#include "navajo/tls/tls_backend.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace std::chrono_literals;
using config::TemporaryFolder;
using reactor::Deadline;
using tls::CertificateWish;
using tls::ClientContext;
using tls::ClientOptions;
using tls::Handshake;
using tls::MadeCertificate;
using tls::SessionReuse;
using tls::Stapling;
using tls::Stream;
using tls::TlsBackend;
using Outcome = Handshake::Outcome;

namespace {

const MadeCertificate& authority() {
  static const MadeCertificate made = tls::make_certificate({.name = "Test CA", .authority = true});
  return made;
}
// Made before the tests, which look for leaks.
[[maybe_unused]] const auto& made_before = authority();
std::vector<std::string>* g_lines;

MadeCertificate issue(CertificateWish wish = {}) {
  if (wish.alternative_names.empty()) wish.alternative_names = "DNS:" + wish.name + ",IP:127.0.0.1";
  return tls::make_certificate(wish, &authority());
}

void say_hello(TlsBackend::Peer& peer) {
  peer.send("hello");
  peer.read_until("bye");
}

std::string g_staple;

}  // namespace

TEST_GROUP(ClientContext) {
  TemporaryFolder folder;
  std::vector<std::string> lines;
  ClientOptions options;

  void setup() override {
    g_lines = &lines;
    observe::set_log_sink([](observe::LogId, std::string_view text) { g_lines->emplace_back(text); },
                          [](observe::Level) { return true; });
    options.owner = "servlet Test";
    options.ca_file = folder.write("ca.pem", authority().certificate_pem());
    options.protocols = *tls::ProtocolList::parse(tls::ProtocolList::kDefault);
    options.look_interval = 0s;
  }
  void teardown() override { observe::set_log_sink(nullptr, nullptr); }

  std::shared_ptr<ClientContext> made() {
    auto context = ClientContext::make(options);
    STRCMP_EQUAL("", context.ok() ? "" : context.error().text.c_str());
    return *context;
  }
  void refuses(tls::LoadFault::Part part, const char* text) {
    auto context = ClientContext::make(options);
    CHECK_FALSE(context.ok());
    STRCMP_CONTAINS(text, context.error().text.c_str());
    CHECK_TRUE(part == context.error().part);
  }
  // One connection from its first to its last byte.
  Handshake talk(ClientContext& context, TlsBackend& backend, const char* name = "app.example.test",
                 const char* scope = "") {
    Stream stream;
    if (!stream.socket().connect(backend.endpoint(), Deadline::after(10s)).ok()) return {Outcome::failed, "no connect"};
    const std::string address = backend.address();
    const Handshake done = context.handshake(stream, {name, address, scope}, Deadline::after(10s));
    if (!done.ok()) return done;
    char buffer[5];
    // Tickets come with or before it.
    if (!stream.read(buffer, Deadline::after(10s)).ok() || std::string_view(buffer, 5) != "hello")
      return {Outcome::failed, stream.error_text()};
    (void)stream.write(std::string_view("bye"), Deadline::after(10s));
    (void)stream.finish_write(Deadline::after(10s));
    // Until the backend is through with it.
    while (stream.read(buffer, Deadline::after(10s)).ok()) continue;
    return done;
  }
  void good(const Handshake& done) { STRCMP_EQUAL("", done.ok() ? "" : done.text.c_str()); }
  void refused(const Handshake& done, const char* text) {
    STRCMP_CONTAINS(text, done.text.c_str());
    CHECK_TRUE(done.outcome == Outcome::certificate_refused);
  }
};

TEST(ClientContext, a_certificate_that_is_vouched_for_and_names_the_host_is_good) {
  TlsBackend backend(tls::server_context(issue()), say_hello);
  const auto context = made();
  good(talk(*context, backend));
  STRCMP_EQUAL("app.example.test", backend.seen(0).server_name.c_str());
  STRCMP_EQUAL("http/1.1", backend.seen(0).alpn.c_str());
  STRCMP_EQUAL("TLSv1.3", backend.seen(0).protocol.c_str());
}

TEST(ClientContext, the_same_on_a_fiber) {
  TlsBackend backend(tls::server_context(issue()), say_hello);
  const auto context = made();
  Handshake done{Outcome::failed, "not run"};
  {
    reactor::RunningReactor reactor;
    reactor.run([&] { done = talk(*context, backend); });
  }
  good(done);
}

TEST(ClientContext, an_address_is_looked_for_as_one_and_never_sent_as_a_name) {
  TlsBackend backend(tls::server_context(issue()), say_hello);
  const auto context = made();
  good(talk(*context, backend, "127.0.0.1"));
  STRCMP_EQUAL("", backend.seen(0).server_name.c_str());
  refused(talk(*context, backend, "127.0.0.2"), "is for app.example.test, 127.0.0.1, not for 127.0.0.2");
}

TEST(ClientContext, what_is_wrong_with_a_certificate_is_said) {
  struct {
    MadeCertificate certificate;
    const char* text;
  } cases[] = {
      {issue({.name = "other.test", .alternative_names = "DNS:other.test"}),
       "certificate CN=other.test, issued by CN=Test CA: is for other.test, not for app.example.test"},
      {issue({.valid_from = -7200, .valid_until = -3600}), "CN=app.example.test, issued by CN=Test CA: expired at 20"},
      {issue({.valid_from = 3600, .valid_until = 7200}), "not valid before 20"},
      {tls::make_certificate({}), "self-signed certificate, expected app.example.test"},
      {tls::make_certificate({}, &cases[0].certificate), "unable to get local issuer certificate"},
  };
  const auto context = made();
  for (auto& one : cases) {
    TlsBackend backend(tls::server_context(one.certificate), say_hello);
    refused(talk(*context, backend), one.text);
  }
}

TEST(ClientContext, the_systems_certificates_do_not_vouch_for_ours) {
  TlsBackend backend(tls::server_context(issue()), say_hello);
  options.ca_file = "";
  refused(talk(*made(), backend), "unable to get local issuer certificate");
}

TEST(ClientContext, verification_and_the_name_are_turned_off_each_for_itself) {
  TlsBackend other(tls::server_context(issue({.name = "other.test"})), say_hello);
  TlsBackend self_signed(tls::server_context(tls::make_certificate({.name = "other.test"})), say_hello);
  options.check_name = false;
  const auto nameless = made();
  good(talk(*nameless, other));
  refused(talk(*nameless, self_signed), "self-signed");
  options.verify_peer = false;
  good(talk(*made(), self_signed));
}

TEST(ClientContext, the_name_can_be_another_than_that_of_the_address) {
  TlsBackend backend(tls::server_context(issue({.name = "other.test"})), say_hello);
  options.server_name = "other.test";
  good(talk(*made(), backend));
  STRCMP_EQUAL("other.test", backend.seen(0).server_name.c_str());
}

TEST(ClientContext, a_client_certificate_is_shown_with_its_chain) {
  const MadeCertificate middle = tls::make_certificate({.name = "Middle CA", .authority = true}, &authority());
  const MadeCertificate client = tls::make_certificate({.name = "client"}, &middle);
  auto server = tls::server_context(issue());
  SSL_CTX_set_verify(server.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(server.get()), authority().certificate.get());
  TlsBackend backend(std::move(server), say_hello);
  options.certificate_file = folder.write("client.pem", client.certificate_pem() + middle.certificate_pem());
  options.key_file = folder.write("client.key", client.key_pem("a secret"));
  options.pass_phrase = "a secret";
  good(talk(*made(), backend));
  STRCMP_EQUAL("CN=client", tls::subject_text(backend.seen(0).client.get()).c_str());
  options.certificate_file = options.key_file = "";
  const Handshake without = talk(*made(), backend);
  CHECK_TRUE(without.outcome == Outcome::failed);
  STRCMP_CONTAINS("certificate required", without.text.c_str());
}

TEST(ClientContext, files_that_are_wrong_are_named) {
  using Part = tls::LoadFault::Part;
  const MadeCertificate client = issue({.name = "client"});
  options.certificate_file = folder.write("client.pem", client.certificate_pem());
  refuses(Part::certificate_file, "client.pem: no private key in PEM form in it");
  options.key_file = folder.write("key.pem", issue().key_pem());
  refuses(Part::key_file, "key.pem: the key is not that of the certificate in ");
  options.key_file = folder.write("key.pem", client.key_pem("right"));
  refuses(Part::key_file, "needs a pass phrase");
  options.pass_phrase = "wrong";
  refuses(Part::key_file, "is the pass phrase right?");
  options.certificate_file = folder.write("client.pem", "nothing");
  refuses(Part::certificate_file, "client.pem: no certificate in PEM form in it");
  options.certificate_file = folder.file("none.pem");
  refuses(Part::certificate_file, "none.pem cannot be read: No such file");
  options.certificate_file = "pkcs11:object=x?pin-value=1234";
  refuses(Part::certificate_file, "no certificate at pkcs11:object=x: ");
  options.certificate_file = "";
  options.ciphers = "NONE-SUCH";
  refuses(Part::ciphers, "no cipher match");
  options.ciphers = " : ";
  refuses(Part::ciphers, "names no cipher suite");
  options.ciphers = ClientOptions::kDefaultCiphers;
  options.ca_file = folder.write("ca.pem", "-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n");
  refuses(Part::ca_file, "ca.pem: ");
}

TEST(ClientContext, protocols_and_ciphers_are_those_told) {
  TlsBackend backend(tls::server_context(issue()), say_hello);
  options.protocols = *tls::ProtocolList::parse("TLSv1.2");
  options.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
  good(talk(*made(), backend));
  STRCMP_EQUAL("TLSv1.2", backend.seen(0).protocol.c_str());
  auto newer = tls::server_context(issue());
  SSL_CTX_set_min_proto_version(newer.get(), TLS1_3_VERSION);
  TlsBackend other(std::move(newer), say_hello);
  const Handshake failed = talk(*made(), other);
  CHECK_TRUE(failed.outcome == Outcome::failed);
  STRCMP_CONTAINS("protocol version", failed.text.c_str());
}

TEST(ClientContext, sessions_are_resumed_with_the_same_name_and_address_only) {
  for (const char* protocol : {"TLSv1.2", "TLSv1.3"}) {
    options.protocols = *tls::ProtocolList::parse(protocol);
    TlsBackend backend(tls::server_context(issue({.alternative_names = "DNS:a.test,DNS:b.test"})), say_hello);
    const auto context = made();
    for (const char* name : {"a.test", "a.test", "b.test", "a.test"}) good(talk(*context, backend, name));
    CHECK_FALSE(backend.seen(0).resumed);
    CHECK_TRUE(backend.seen(1).resumed);
    CHECK_FALSE(backend.seen(2).resumed);
    CHECK_TRUE(backend.seen(3).resumed);
    CHECK_EQUAL(2u, context->sessions().kept);
    good(talk(*made(), backend, "a.test"));  // another connector
    CHECK_FALSE(backend.seen(4).resumed);
  }
}

TEST(ClientContext, sessions_can_be_for_one_HTTP_session_or_nobody) {
  TlsBackend backend(tls::server_context(issue()), say_hello);
  options.reuse = SessionReuse::session;
  const auto context = made();
  for (const char* scope : {"anna", "anna", "ben", "", ""}) good(talk(*context, backend, "app.example.test", scope));
  for (const size_t n : {0u, 2u, 3u, 4u}) CHECK_FALSE(backend.seen(n).resumed);
  CHECK_TRUE(backend.seen(1).resumed);
  options.reuse = SessionReuse::off;
  const auto none = made();
  for (int i = 0; i < 2; i++) good(talk(*none, backend));
  CHECK_FALSE(backend.seen(6).resumed);
  CHECK_EQUAL(0u, none->sessions().kept);
}

TEST(ClientContext, changed_files_are_read_again_and_bad_ones_are_not_put_to_use) {
  TlsBackend backend(tls::server_context(issue()), say_hello);
  options.look_interval = 1ns;
  const auto context = made();
  good(talk(*context, backend));
  folder.write("ca.pem", "no certificate any more");
  good(talk(*context, backend));
  STRCMP_CONTAINS("NVJ1218 servlet Test: ", lines[0].c_str());
  STRCMP_CONTAINS("ca.pem: no certificate in PEM form in it", lines[0].c_str());
  STRCMP_CONTAINS("NVJ1218", lines[1].c_str());
  CHECK_EQUAL(1u, context->refused_reloads());
  CHECK_TRUE(backend.seen(1).resumed);
  folder.write("ca.pem", tls::make_certificate({.name = "Somebody else", .authority = true}).certificate_pem());
  refused(talk(*context, backend), "unable to get local issuer");  // and the session of before is not resumed
  STRCMP_CONTAINS("NVJ1217", lines[2].c_str());
  folder.write("ca.pem", authority().certificate_pem());
  good(talk(*context, backend));
  CHECK_FALSE(backend.seen(3).resumed);
  CHECK_EQUAL(2u, context->reloads());
}

TEST(ClientContext, OCSP_responses_are_checked_when_asked_for) {
  const MadeCertificate leaf = issue();
  const auto staple = [&](int status, const MadeCertificate& signer) {
    OCSP_BASICRESP* basic = OCSP_BASICRESP_new();
    OCSP_CERTID* id = OCSP_cert_to_id(nullptr, leaf.certificate.get(), authority().certificate.get());
    ASN1_TIME *now = X509_gmtime_adj(nullptr, -60), *later = X509_gmtime_adj(nullptr, 3600);
    OCSP_basic_add1_status(basic, id, status, OCSP_REVOKED_STATUS_NOSTATUS, now, now, later);
    OCSP_basic_sign(basic, signer.certificate.get(), signer.key.get(), EVP_sha256(), nullptr, 0);
    OCSP_RESPONSE* response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    unsigned char* bytes = nullptr;
    const int length = i2d_OCSP_RESPONSE(response, &bytes);
    g_staple.assign(reinterpret_cast<char*>(bytes), static_cast<size_t>(length));
    OPENSSL_free(bytes);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(now);
    ASN1_TIME_free(later);
  };
  auto server = tls::server_context(leaf);
  SSL_CTX_set_tlsext_status_cb(server.get(), +[](SSL* ssl, void*) -> int {
    if (g_staple.empty()) return SSL_TLSEXT_ERR_NOACK;
    auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(g_staple.data(), g_staple.size()));
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(g_staple.size()));
    return SSL_TLSEXT_ERR_OK;
  });
  TlsBackend backend(std::move(server), say_hello);
  options.reuse = SessionReuse::off;
  for (const char* protocol : {"TLSv1.2", "TLSv1.3"}) {
    options.protocols = *tls::ProtocolList::parse(protocol);
    options.stapling = Stapling::check;
    const auto checking = made();
    options.stapling = Stapling::require;
    const auto requiring = made();
    g_staple.clear();
    good(talk(*checking, backend));
    refused(talk(*requiring, backend), "came without an OCSP response");
    staple(V_OCSP_CERTSTATUS_GOOD, authority());
    good(talk(*requiring, backend));
    staple(V_OCSP_CERTSTATUS_REVOKED, authority());
    refused(talk(*checking, backend), "is revoked");
    staple(V_OCSP_CERTSTATUS_GOOD, leaf);
    refused(talk(*checking, backend), "is not signed by whom it should be");
  }
  g_staple = {};
  g_staple.shrink_to_fit();
}

TEST(ClientContext, who_answers_without_TLS_is_told_of) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof here;
  bind(listener, reinterpret_cast<sockaddr*>(&here), length);
  listen(listener, 1);
  getsockname(listener, reinterpret_cast<sockaddr*>(&here), &length);
  reactor::Endpoint endpoint;
  memcpy(&endpoint.address, &here, sizeof here);
  endpoint.length = length;
  const auto context = made();
  for (const bool speaks : {true, false}) {
    Stream stream;
    CHECK_TRUE(stream.socket().connect(endpoint, Deadline::after(5s)).ok());
    const int fd = accept(listener, nullptr, nullptr);
    if (speaks) LONGS_EQUAL(26, send(fd, "HTTP/1.1 400 Bad Request\r\n", 26, 0));
    const Deadline limit = Deadline::after(speaks ? 5s : 0s);
    const Handshake done = context->handshake(stream, {"a.test", "a.test:443"}, limit);
    CHECK_TRUE(done.outcome == (speaks ? Outcome::failed : Outcome::timed_out));
    STRCMP_CONTAINS(speaks ? "does it speak TLS?" : "no answer to the TLS handshake", done.text.c_str());
    CHECK_FALSE(stream.is_open());
    close(fd);
  }
  close(listener);
}
