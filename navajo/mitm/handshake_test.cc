// A client and an interceptor over real sockets: what clients of all kinds are given, and what they can resume.
#include <sys/socket.h>

#include <string>
#include <thread>

#include "navajo/mitm/interceptor.h"
#include "navajo/mitm/mitm_fixture.h"
#include "navajo/observe/status_segment.h"
#include "navajo/reactor/offload.h"
#include "navajo/shm/forked.h"
#include "navajo/tls/stream.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::mitm;
using namespace std::chrono_literals;
using navajo::reactor::Deadline;
using navajo::shm::Forked;
using navajo::tls::Role;
using navajo::tls::SessionHandle;
using navajo::tls::SslContextHandle;
using navajo::tls::SslHandle;
using navajo::tls::Stream;

namespace {

const auto kPatience = 10s;

// What a client of one kind wants, and what it got.
struct Client {
  const char* signatures = nullptr;
  const char* ciphers = nullptr;
  const char* groups = nullptr;
  std::string protocols;  // ALPN, as on the wire
  int version = TLS1_3_VERSION;
  SSL_SESSION* resume = nullptr;

  bool connected = false, resumed = false;
  int verify_result = -1, spoken = 0, certificates = 0;
  std::string key, protocol, error;
  SessionHandle session;
};

int keep_session(SSL* ssl, SSL_SESSION* session) {
  static_cast<Client*>(SSL_get_app_data(ssl))->session.reset(session);
  return 1;
}

}  // namespace

TEST_GROUP(Handshake) {
  const CaFiles ca;
  std::shared_ptr<Interceptor> interceptor;
  navajo::base::ManualClock clock;

  void setup() override {
    MintOptions options = ca.options();
    options.clock = &clock;
    make(options);
  }
  void make(const MintOptions& options) {
    auto made = Interceptor::make(options);
    if (!made.ok()) FAIL(made.error().text.c_str());
    interceptor = std::move(*made);
  }

  SslHandle client_ssl(SSL_CTX * context, Client & client, const std::string& host) {
    SSL_CTX_set_min_proto_version(context, client.version);
    SSL_CTX_set_max_proto_version(context, client.version);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.ca.certificate.get());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep_session);
    SslHandle ssl(SSL_new(context));
    SSL_set_app_data(ssl.get(), &client);
    if (client.signatures) SSL_set1_sigalgs_list(ssl.get(), client.signatures);
    if (client.ciphers) SSL_set_cipher_list(ssl.get(), client.ciphers);
    if (client.groups) SSL_set1_groups_list(ssl.get(), client.groups);
    if (!client.protocols.empty())
      SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(client.protocols.data()),
                          static_cast<unsigned>(client.protocols.size()));
    if (client.resume) SSL_set_session(ssl.get(), client.resume);
    const auto name = parse_host_name(host);
    if (name && name->is_address()) {
      X509_VERIFY_PARAM_set1_ip(SSL_get0_param(ssl.get()), name->address.data(), name->address_bytes);
    } else {
      SSL_set_tlsext_host_name(ssl.get(), host.c_str());
      SSL_set1_host(ssl.get(), host.c_str());
    }
    return ssl;
  }

  // Both sides on threads of their own; one byte each way, so that tickets arrive.
  void talk(Client & client, const std::string& host, const Interceptor::Wish& base = {}) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
    std::thread server([&] {
      Interceptor::Wish wish = base;
      wish.name = host;
      wish.client = "192.0.2.1";
      auto ssl = interceptor->ssl_for(wish, clock.now());
      Stream stream;
      (void)stream.socket().adopt(ends[1]);
      char byte;
      if (!ssl.ok() || !stream.handshake(std::move(*ssl), Role::server, Deadline::after(kPatience)).ok()) return;
      (void)stream.read({&byte, 1}, Deadline::after(kPatience));
      (void)stream.write(std::string_view("b"), Deadline::after(kPatience));
      (void)stream.finish_write(Deadline::after(kPatience));
      (void)stream.read({&byte, 1}, Deadline::after(kPatience));
    });
    SslContextHandle context(SSL_CTX_new(TLS_client_method()));
    {
      Stream stream;
      (void)stream.socket().adopt(ends[0]);
      const auto done =
          stream.handshake(client_ssl(context.get(), client, host), Role::client, Deadline::after(kPatience));
      client.connected = done.ok();
      client.error = stream.error_text();
      SSL* ssl = stream.ssl();
      client.verify_result = static_cast<int>(SSL_get_verify_result(ssl));
      if (client.connected) {
        char byte;
        (void)stream.write(std::string_view("a"), Deadline::after(kPatience));
        (void)stream.read({&byte, 1}, Deadline::after(kPatience));
        client.resumed = SSL_session_reused(ssl) == 1;
        client.spoken = SSL_version(ssl);
        client.key = EVP_PKEY_get0_type_name(X509_get0_pubkey(SSL_get0_peer_certificate(ssl)));
        if (const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl)) client.certificates = sk_X509_num(chain);
        const unsigned char* name = nullptr;
        unsigned length = 0;
        SSL_get0_alpn_selected(ssl, &name, &length);
        client.protocol.assign(reinterpret_cast<const char*>(name), length);
        (void)stream.finish_write(Deadline::after(kPatience));
      }
    }
    server.join();
  }
  void expect(Client & client, const char* key, const char* what) {
    talk(client, "www.example.com");
    CHECK_TRUE_TEXT(client.connected, (std::string(what) + ": " + client.error).c_str());
    STRCMP_EQUAL_TEXT(key, client.key.c_str(), what);
    LONGS_EQUAL_TEXT(client.version, client.spoken, what);
    LONGS_EQUAL_TEXT(2, client.certificates, what);
  }
  void teardown() override { interceptor.reset(); }
};

TEST(Handshake, gives_clients_the_kind_of_key_they_take) {
  Client modern, older{.version = TLS1_2_VERSION};
  expect(modern, "EC", "TLS 1.3");
  expect(older, "EC", "TLS 1.2");
  Client rsa{.signatures = "rsa_pss_rsae_sha256:rsa_pkcs1_sha256"};
  expect(rsa, "RSA", "TLS 1.3, RSA signatures only");
  Client rsa_ciphers{.ciphers = "ECDHE-RSA-AES128-GCM-SHA256", .version = TLS1_2_VERSION};
  expect(rsa_ciphers, "RSA", "TLS 1.2, RSA ciphers only");
  Client no_curve{.groups = "X25519:P-384", .version = TLS1_2_VERSION};
  expect(no_curve, "RSA", "TLS 1.2, without P-256");
  Client ecdsa{.signatures = "ECDSA+SHA256"};
  expect(ecdsa, "EC", "TLS 1.3, ECDSA only");
  Client ecdsa_ciphers{.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256", .version = TLS1_2_VERSION};
  expect(ecdsa_ciphers, "EC", "TLS 1.2, ECDSA ciphers only");
}

TEST(Handshake, corrects_a_wrong_guess_in_either_direction) {
  Client ecdsa{.signatures = "ECDSA+SHA256"};
  talk(ecdsa, "www.example.com", {.ecdsa = false});
  CHECK(ecdsa.connected);
  STRCMP_EQUAL("EC", ecdsa.key.c_str());
  Client any;
  talk(any, "www.example.com", {.ecdsa = false});
  CHECK(any.connected);
  STRCMP_EQUAL("RSA", any.key.c_str());
}

TEST(Handshake, works_for_addresses) {
  for (const char* host : {"192.0.2.5", "2001:db8::5"}) {
    Client client;
    talk(client, host);
    CHECK_TRUE_TEXT(client.connected, client.error.c_str());
  }
}

TEST(Handshake, of_a_host_that_did_not_verify_is_not_trusted) {
  Client client;
  talk(client, "www.example.com", {.untrusted = true});
  CHECK_FALSE(client.connected);
  CHECK(client.verify_result != X509_V_OK);
}

TEST(Handshake, speaks_http_1_1_and_nothing_else) {
  Client both{.protocols = "\x02h2\x08http/1.1"}, none{.protocols = "\x02h2"};
  talk(both, "www.example.com");
  STRCMP_EQUAL("http/1.1", both.protocol.c_str());
  talk(none, "www.example.com");
  CHECK_FALSE(none.connected);
}

TEST(Handshake, resumes_within_a_host_and_not_across_hosts) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Client first{.version = version};
    talk(first, "www.example.com");
    CHECK(first.session != nullptr);
    CHECK_FALSE(first.resumed);
    Client again{.version = version, .resume = first.session.get()};
    talk(again, "www.example.com");
    CHECK_TRUE_TEXT(again.resumed, again.error.c_str());
  }
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Client first{.version = version};
    talk(first, "www.example.com");
    CHECK(first.session != nullptr);
    Client elsewhere{.version = version, .resume = first.session.get()};
    talk(elsewhere, "other.example.com");
    CHECK_FALSE(elsewhere.resumed);
    CHECK_TRUE_TEXT(elsewhere.connected, elsewhere.error.c_str());
  }
}

TEST(Handshake, resumes_in_another_child) {
  Client first;
  talk(first, "www.example.com");
  CHECK(first.session != nullptr);
  Forked child([&] {
    Client again{.resume = first.session.get()};
    talk(again, "www.example.com");
    return again.resumed;
  });
  CHECK(child.succeeded());
}

TEST(Handshake, does_not_resume_after_the_keys_of_tickets_are_gone) {
  Client first;
  talk(first, "www.example.com");
  clock.advance(3h);
  Client late{.resume = first.session.get()};
  talk(late, "www.example.com");
  CHECK(late.connected);
  CHECK_FALSE(late.resumed);
}

TEST(Handshake, goes_on_over_a_rotation_of_keys) {
  Client before, after;
  talk(before, "www.example.com");
  clock.advance(25h);
  talk(after, "www.example.com");
  CHECK_TRUE_TEXT(after.connected, after.error.c_str());
}

TEST(Handshake, keeps_what_it_needs_when_its_interceptor_is_let_go) {
  auto ssl = interceptor->ssl_for({.name = "www.example.com", .client = "c"}, clock.now());
  interceptor.reset();
  CHECK(ssl.ok());
  ssl->reset();
}

TEST(Handshake, works_on_fibers_that_mint_an_rsa_key_in_the_middle) {
  int ends[2];
  CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  navajo::reactor::HelperPool pool({.threads = 1});
  navajo::reactor::HelperPool::set_current(&pool);
  Client client{.signatures = "rsa_pss_rsae_sha256"};
  SslContextHandle context(SSL_CTX_new(TLS_client_method()));
  bool served = false;
  {
    FiberThread reactor;
    auto server = reactor.start([&] {
      auto ssl = interceptor->ssl_for({.name = "www.example.com", .client = "c"}, clock.now());
      Stream stream;
      (void)stream.socket().adopt(ends[1]);
      served = stream.handshake(std::move(*ssl), Role::server, Deadline::after(kPatience)).ok();
    });
    auto other = reactor.start([&] {
      Stream stream;
      (void)stream.socket().adopt(ends[0]);
      SslHandle ssl = client_ssl(context.get(), client, "www.example.com");
      client.connected = stream.handshake(std::move(ssl), Role::client, Deadline::after(kPatience)).ok();
    });
    server.wait();
    other.wait();
  }
  navajo::reactor::HelperPool::set_current(nullptr);
  CHECK(served);
  CHECK(client.connected);
}
