#include "navajo/tls/server_context.h"

#include <sys/socket.h>

#include <memory>
#include <string>
#include <thread>

#include "navajo/config/temporary_folder.h"
#include "navajo/observe/log.h"
#include "navajo/tls/made_certificates.h"
#include "navajo/tls/stream.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace std::chrono_literals;
using config::TemporaryFolder;
using reactor::Deadline;
using tls::MadeCertificate;
using tls::ServerContext;
using tls::ServerOptions;

namespace {

const MadeCertificate& first() {
  static const MadeCertificate made = tls::make_certificate({.name = "first.example.test"});
  return made;
}
const MadeCertificate& second() {
  static const MadeCertificate made = tls::make_certificate({.name = "second.example.test"});
  return made;
}
// Made before the tests, which look for leaks.
[[maybe_unused]] const auto& made_before = first();
[[maybe_unused]] const auto& made_too = second();

// Whom a client sees, and which protocol was agreed; empty: no handshake.
struct Seen {
  std::string name, protocol;
};

Seen shake_hands(ServerContext& context, const std::string& alpn = "", int version = 0) {
  int pair[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  std::thread server([&] {
    tls::Stream stream;
    CHECK(stream.socket().adopt(pair[1]).ok());
    char byte;
    if (stream.handshake(context.new_ssl(), tls::Role::server, Deadline::after(10s)).ok())
      (void)stream.read({&byte, 1}, Deadline::after(10s));
  });
  tls::SslContextHandle client_context(SSL_CTX_new(TLS_client_method()));
  if (version) SSL_CTX_set_max_proto_version(client_context.get(), version);
  Seen seen;
  {
    tls::Stream stream;
    CHECK(stream.socket().adopt(pair[0]).ok());
    tls::SslHandle ssl(SSL_new(client_context.get()));
    if (!alpn.empty())
      SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                          static_cast<unsigned>(alpn.size()));
    if (stream.handshake(std::move(ssl), tls::Role::client, Deadline::after(10s)).ok()) {
      const tls::CertificateHandle certificate(SSL_get1_peer_certificate(stream.ssl()));
      char name[128] = "";
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof name);
      const unsigned char* protocol = nullptr;
      unsigned length = 0;
      SSL_get0_alpn_selected(stream.ssl(), &protocol, &length);
      seen = {name, std::string(reinterpret_cast<const char*>(protocol), length)};
    }
  }
  server.join();
  return seen;
}

}  // namespace

TEST_GROUP(ServerContext) {
  TemporaryFolder folder;
  ServerOptions options{.owner = "TcpConnector test", .certificate_file = {}, .key_file = {}, .alpn = {},
                        .look_interval = 1ns};

  void setup() override {
    observe::set_log_sink([](observe::LogId, std::string_view) {}, nullptr);
    options.certificate_file = options.key_file = folder.file("server.pem");
    folder.write("server.pem", first().pem());
  }
  void teardown() override { observe::set_log_sink(nullptr, nullptr); }
  std::shared_ptr<ServerContext> make() {
    auto made = ServerContext::make(options);
    CHECK(made.ok());
    return *made;
  }
};

TEST(ServerContext, shows_its_certificate_and_speaks_nothing_before_tls_1_2) {
  const auto context = make();
  STRCMP_EQUAL("first.example.test", shake_hands(*context).name.c_str());
  STRCMP_EQUAL("first.example.test", shake_hands(*context, "", TLS1_2_VERSION).name.c_str());
  STRCMP_EQUAL("", shake_hands(*context, "", TLS1_1_VERSION).name.c_str());
}

TEST(ServerContext, the_first_of_its_protocols_that_the_client_offers_is_agreed) {
  options.alpn = {"h2", "http/1.1"};
  const auto context = make();
  STRCMP_EQUAL("h2", shake_hands(*context, "\x08http/1.1\x02h2").protocol.c_str());
  STRCMP_EQUAL("http/1.1", shake_hands(*context, "\x08http/1.1").protocol.c_str());
  // Nothing offered: served; only others: refused.
  STRCMP_EQUAL("first.example.test", shake_hands(*context).name.c_str());
  STRCMP_EQUAL("", shake_hands(*context, "\x04smtp").name.c_str());
}

TEST(ServerContext, a_changed_certificate_is_shown_and_a_broken_one_is_not) {
  const auto context = make();
  folder.write("server.pem", second().pem() + "\n");
  STRCMP_EQUAL("second.example.test", shake_hands(*context).name.c_str());
  folder.write("server.pem", "nonsense");
  STRCMP_EQUAL("second.example.test", shake_hands(*context).name.c_str());
  UNSIGNED_LONGS_EQUAL(1, context->reloads());
  UNSIGNED_LONGS_EQUAL(1, context->refused_reloads());
}

TEST(ServerContext, faults_name_the_file) {
  options.key_file = folder.file("key.pem");
  auto made = ServerContext::make(options);
  CHECK_FALSE(made.ok());
  STRCMP_CONTAINS("key.pem", made.error().text.c_str());
  folder.write("key.pem", second().key_pem());
  made = ServerContext::make(options);
  STRCMP_CONTAINS("key.pem: key values mismatch", made.error().text.c_str());
}
