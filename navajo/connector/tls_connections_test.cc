// Connections that speak TLS: how they come about, stay in their pool, and end.
#include <future>
#include <string>

#include "navajo/config/temporary_folder.h"
#include "navajo/connector/connector.h"
#include "navajo/connector/exchange.h"
#include "navajo/connector/reactor_fixture.h"
#include "navajo/observe/log.h"
#include "navajo/tls/made_certificates.h"
#include "navajo/tls/tls_backend.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::connector;
using namespace std::chrono_literals;
using reactor::Deadline;
using tls::TlsBackend;

namespace {

base::TimePoint now() { return base::system_clock().now(); }

tls::SslContextHandle server() {
  return tls::server_context(tls::make_certificate({.name = "app", .alternative_names = "IP:127.0.0.1"}));
}

// Reads a head of a request and answers it, as often as told.
void answer(TlsBackend::Peer& peer) {
  while (peer.read_until("\r\n\r\n")) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

}  // namespace

TEST_GROUP(TlsConnections) {
  reactor::Resolver resolver;
  ConnectorOptions options;

  void setup() override {
    observe::set_log_sink(nullptr, [](observe::Level) { return false; });
    options.pool.max_idle = 2;
    options.pool.idle_timeout = 60s;
    options.backends.max_connections = 4;
    tls::ClientOptions client;
    client.verify_peer = false;
    client.protocols = *tls::ProtocolList::parse(tls::ProtocolList::kDefault);
    options.tls = *tls::ClientContext::make(client);
  }
  void teardown() override { observe::set_log_sink(nullptr, nullptr); }

  std::vector<BackendAddress> addresses(const std::string& text) { return *parse_addresses(text, 443); }
  // One exchange; the connection goes back.
  static bool ask(Connector& connector) {
    auto lease = connector.open(0, Freshness::any, Deadline::after(10s), now());
    if (!lease.ok()) return false;
    Exchange exchange(**lease, {}, "GET", now());
    std::string head = "GET / HTTP/1.1\r\n\r\n";
    const iovec part{head.data(), head.size()};
    if (exchange.send({&part, 1}) != Exchange::Sent::all) return false;
    exchange.request_complete();
    if (exchange.read_head().failed()) return false;
    const auto piece = exchange.read_body();
    if (piece.kind != Exchange::Piece::Kind::data || !exchange.reusable()) return false;
    lease->give_back(now());
    return true;
  }
};

TEST(TlsConnections, one_that_was_given_back_is_used_again) {
  for (const bool fiber : {false, true}) {
    TlsBackend backend(server(), answer);
    ReactorFixture fixture;
    Connector connector(addresses(backend.address()), options, resolver);
    int good = 0;
    const auto asks = [&] {
      for (int i = 0; i < 3; i++) good += ask(connector);
    };
    if (fiber)
      fixture.run(asks);
    else
      asks();
    LONGS_EQUAL(3, good);
    CHECK_EQUAL(1u, backend.connections());
    if (fiber) fixture.post([&] { connector.drop_pool_of_this_thread(); });
  }
}

TEST(TlsConnections, tickets_and_new_keys_do_not_end_an_idle_one) {
  std::promise<void> idle, updated;
  TlsBackend backend(server(), [&](TlsBackend::Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    idle.get_future().wait();
    SSL_new_session_ticket(peer.ssl());
    SSL_do_handshake(peer.ssl());
    SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_do_handshake(peer.ssl());
    updated.set_value();
    answer(peer);
  });
  ReactorFixture fixture;
  Connector connector(addresses(backend.address()), options, resolver);
  bool first = false, second = false;
  fixture.run([&] { first = ask(connector); });
  idle.set_value();
  updated.get_future().wait();
  fixture.run([] {});  // a pass of the loop, in which the idle connection is told of its event
  fixture.run([&] { second = ask(connector); });
  CHECK_TRUE(first);
  CHECK_TRUE(second);
  CHECK_EQUAL(1u, backend.connections());
  fixture.post([&] { connector.drop_pool_of_this_thread(); });
}

TEST(TlsConnections, close_notify_ends_an_idle_one_and_costs_no_request) {
  TlsBackend backend(server(), [](TlsBackend::Peer& peer) {
    if (peer.read_until("\r\n\r\n")) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  ReactorFixture fixture;
  Connector connector(addresses(backend.address()), options, resolver);
  int good = 0;
  fixture.run([&] { good += ask(connector); });
  // The next one is accepted after the first is closed: from here on close_notify is there.
  fixture.run([&] {
    auto fresh = connector.open(0, Freshness::only_new, Deadline::after(10s), now());
    good += fresh.ok();
  });
  fixture.run([&] { good += ask(connector); });
  LONGS_EQUAL(3, good);
  fixture.post([&] { connector.drop_pool_of_this_thread(); });
}

TEST(TlsConnections, idle_ones_are_closed_with_close_notify) {
  std::promise<bool> polite;
  TlsBackend backend(server(), [&](TlsBackend::Peer& peer) {
    answer(peer);
    polite.set_value((SSL_get_shutdown(peer.ssl()) & SSL_RECEIVED_SHUTDOWN) != 0);
  });
  {
    Connector connector(addresses(backend.address()), options, resolver);
    CHECK_TRUE(ask(connector));
  }
  CHECK_TRUE(polite.get_future().get());
}

TEST(TlsConnections, a_failure_of_TLS_is_one_of_the_connect) {
  CHECK_TRUE(is_connect_failure(Cause::tls_failed));
  CHECK_TRUE(is_connect_failure(Cause::certificate_refused));
  tls::ClientOptions strict;
  strict.protocols = *tls::ProtocolList::parse(tls::ProtocolList::kDefault);
  options.tls = *tls::ClientContext::make(strict);
  TlsBackend backend(server(), answer);
  Connector connector(addresses(backend.address() + " 127.0.0.1:1"), options, resolver);
  const auto failed = connector.open(0, Freshness::any, Deadline::after(10s), now());
  CHECK_FALSE(failed.ok());
  CHECK_TRUE(failed.error().cause == Cause::certificate_refused);
  STRCMP_CONTAINS("certificate CN=app, issued by CN=app: self-signed certificate", failed.error().why());
  CHECK_TRUE(connector.backends()[0].unreachable());
}
