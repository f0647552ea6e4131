#include "navajo/edge/passage.h"

#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "navajo/connector/scripted_backend.h"
#include "navajo/observe/log.h"
#include "navajo/route/proxy_protocol.h"
#include "navajo/route/routing_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using connector::ScriptedBackend;
using edge::Passage;
using edge::TcpConnector;

namespace {

std::vector<std::string>* g_lines;

// Speaks first.
void greet(ScriptedBackend::Peer& peer) {
  peer.send("hello");
  peer.read_until("bye");
}

reactor::Endpoint at(const char* address, uint16_t port) { return *reactor::parse_address(address, port); }

uint16_t port_of(const std::string& address) {
  return static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

// A ClientHello of OpenSSL's own, as it leaves.
std::string hello_for(const char* name, const std::string& alpn) {
  tls::SslContextHandle context(SSL_CTX_new(TLS_client_method()));
  tls::SslHandle ssl(SSL_new(context.get()));
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);
  SSL_set_tlsext_host_name(ssl.get(), name);
  SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                      static_cast<unsigned>(alpn.size()));
  SSL_set_connect_state(ssl.get());
  SSL_do_handshake(ssl.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  return std::string(data, static_cast<size_t>(size));
}

}  // namespace

TEST_GROUP(Passage) {
  std::vector<std::string> lines;
  config::TcpConnectorElement element;
  config::Diagnostics diagnostics;
  std::shared_ptr<route::ChangedTable> table;
  std::shared_ptr<route::Router> router;
  int client_end = -1;

  void setup() override {
    g_lines = &lines;
    observe::set_log_sink([](observe::LogId, std::string_view text) { g_lines->emplace_back(text); },
                          [](observe::Level) { return true; });
    element.name.value = "tcp.test";
    element.routing.value = "edge";
    element.app.value = "shop";
    element.clients.value = {"0.0.0.0/0", "::/0"};
    element.handshake_timeout.value = std::chrono::milliseconds(300);
    element.connect_timeout.value = std::chrono::seconds(5);
    element.connect_attempts.value = 3;
    element.max_connections.value = element.max_connections_per_client.value = 1;
  }
  void teardown() override {
    if (client_end >= 0) close(client_end);
    router.reset();
    route::forget_segments();
    observe::set_log_sink(nullptr, nullptr);
  }

  route::BackendRow row(const char* id, uint16_t port, const char* app = "shop") {
    route::BackendRow out = route::backend(id);
    out.app = app;
    out.host = "127.0.0.1";
    out.port = port;
    return out;
  }
  void open(std::vector<route::BackendRow> rows) {
    table = std::make_shared<route::ChangedTable>(std::move(rows));
    route::RouterOptions options;
    options.name = "edge";
    options.policy = route::Policy::round_robin;
    options.binding = route::Binding::none;
    options.retry_percent = 100;
    auto opened = route::open_router(options, table);
    CHECK(opened.ok());
    router = *opened;
  }
  std::unique_ptr<TcpConnector> make() {
    const auto find = [this](const std::string& name) { return name == "edge" ? router : nullptr; };
    auto made = TcpConnector::make(element, find, diagnostics);
    CHECK(made != nullptr);
    return made;
  }
  // The connector's end of a client that has sent `text`, perhaps finished after it.
  void arrive(tls::Stream& stream, const std::string& text, bool finished = false) {
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    CHECK(stream.socket().adopt(pair[0]).ok());
    client_end = pair[1];
    CHECK_EQUAL(static_cast<ssize_t>(text.size()), send(client_end, text.data(), text.size(), 0));
    if (finished) shutdown(client_end, SHUT_WR);
  }
  std::string read(tls::Stream& stream, size_t bytes) {
    std::string out(bytes, '\0');
    size_t filled = 0;
    while (filled < bytes) {
      const auto got = stream.read({out.data() + filled, bytes - filled},
                                   reactor::Deadline::after(std::chrono::seconds(5)));
      if (!got.ok()) break;
      filled += got.bytes;
    }
    out.resize(filled);
    return out;
  }
  bool said(const char* text) const {
    for (const std::string& line : lines)
      if (line.find(text) != std::string::npos) return true;
    return false;
  }
};

TEST(Passage, leads_to_a_backend_and_holds_a_place_there) {
  ScriptedBackend backend(greet);
  open({row("one", port_of(backend.address()))});
  const auto connector = make();
  tls::Stream client;
  arrive(client, "first bytes");
  const auto peer = at("192.0.2.7", 4711), local = at("127.0.0.1", 80);
  Passage passage(*connector, peer, local);
  CHECK(passage.begin(client));
  const auto origin = passage.take_origin();
  STRCMP_EQUAL("hello", read(*origin, 5).c_str());
  STRCMP_EQUAL("first bytes", read(client, 11).c_str());
  STRCMP_EQUAL("192.0.2.7:4711", passage.client_text().c_str());
  CHECK(static_cast<bool>(passage.take_choice()));
}

TEST(Passage, the_next_backend_is_tried) {
  ScriptedBackend backend(greet);
  open({row("dead", 1), row("one", port_of(backend.address()))});
  element.max_connections.value = element.max_connections_per_client.value = 4;
  const auto connector = make();
  const auto peer = at("192.0.2.7", 4711), local = at("127.0.0.1", 80);
  for (int i = 0; i < 2; i++) {
    tls::Stream client;
    arrive(client, "");
    Passage passage(*connector, peer, local);
    CHECK(passage.begin(client));
    STRCMP_EQUAL("one", passage.take_choice().backend().id.c_str());
    close(client_end);
    client_end = -1;
  }
}

TEST(Passage, nobody_there_says_what_each_one_did) {
  open({row("dead", 1), row("gone", 1)});
  const auto connector = make();
  tls::Stream client;
  arrive(client, "");
  const auto peer = at("192.0.2.7", 4711), local = at("127.0.0.1", 80);
  Passage passage(*connector, peer, local);
  CHECK_FALSE(passage.begin(client));
  CHECK(said("dead 127.0.0.1:1"));
  CHECK(said("gone 127.0.0.1:1"));
}

TEST(Passage, a_trusted_proxy_says_who_the_client_is_and_its_bytes_come_first) {
  ScriptedBackend backend(greet);
  open({row("one", port_of(backend.address()))});
  element.proxy_protocol.value = config::ProxyProtocolIn::required;
  element.trusted_proxies.value = {"192.0.2.0/24"};
  const auto connector = make();
  const auto peer = at("192.0.2.7", 4711), local = at("127.0.0.1", 80);
  tls::Stream client;
  arrive(client, route::proxy_header_v2(at("198.51.100.9", 99), local) + "behind");
  Passage passage(*connector, peer, local);
  CHECK(passage.begin(client));
  STRCMP_EQUAL("198.51.100.9:99", passage.client_text().c_str());
  STRCMP_EQUAL("behind", read(client, 6).c_str());
}

TEST(Passage, no_header_half_a_header_and_strangers_are_refused) {
  open({row("one", 1)});
  element.proxy_protocol.value = config::ProxyProtocolIn::required;
  element.trusted_proxies.value = {"192.0.2.0/24"};
  const auto connector = make();
  const auto local = at("127.0.0.1", 80), peer = at("192.0.2.7", 4711), stranger = at("203.0.113.1", 1);
  const std::string header = route::proxy_header_v1(peer, local);
  struct Case {
    const reactor::Endpoint& from;
    std::string text;
    bool finished;
    const char* why;
  };
  for (const Case& one : {Case{peer, "GET / HTTP/1.1\r\n", false, "no PROXY header"},
                          Case{peer, header.substr(0, 9), true, "no whole PROXY header"},
                          Case{peer, header.substr(0, 9), false, "no whole PROXY header"},
                          Case{peer, "PROXY TCP4 x y z\r\n", false, "malformed"},
                          Case{stranger, header, false, "none of trustedProxies"}}) {
    lines.clear();
    tls::Stream client;
    arrive(client, one.text, one.finished);
    Passage passage(*connector, one.from, local);
    CHECK_FALSE(passage.begin(client));
    CHECK_TEXT(said(one.why), one.why);
    close(client_end);
    client_end = -1;
  }
}

TEST(Passage, networks_and_limits_of_clients) {
  ScriptedBackend backend(greet);
  open({row("one", port_of(backend.address()))});
  element.clients.value = {"2001:db8::/32"};
  const auto connector = make();
  const auto local = at("::1", 80), outside = at("2001:db9::1", 1), first = at("2001:db8::1", 1),
             neighbour = at("2001:db8::2", 2);
  const auto begins = [&](const reactor::Endpoint& from, tunnel::TunnelSlots::Slot& slot) {
    tls::Stream client;
    arrive(client, "");
    Passage passage(*connector, from, local);
    const bool begun = passage.begin(client);
    slot = passage.take_slot();
    close(client_end);
    client_end = -1;
    return begun;
  };
  tunnel::TunnelSlots::Slot one, two;
  CHECK_FALSE(begins(outside, one));
  CHECK(said("none of clients"));
  CHECK(begins(first, one));
  // Of the same /64, which is one client.
  CHECK_FALSE(begins(neighbour, two));
}

TEST(Passage, routes_follow_the_server_name_and_the_protocol_of_a_handshake_that_is_passed_on) {
  ScriptedBackend backend(greet);
  const uint16_t port = port_of(backend.address());
  open({row("shop", port), row("h2", port, "h2"), row("rest", port, "rest")});
  element.tls.value = config::TcpTls::route;
  element.max_connections.value = element.max_connections_per_client.value = 8;
  element.app.value = "rest";
  config::RouteElement refused, protocol, name;
  refused.server_names.value = {"no.example.test"};
  refused.app.value = "-";
  protocol.alpn.value = {"h2"};
  protocol.routing.value = name.routing.value = "edge";
  protocol.app.value = "h2";
  name.server_names.value = {"*.example.test"};
  name.app.value = "shop";
  element.routes = {refused, protocol, name};
  const auto connector = make();
  const auto peer = at("192.0.2.7", 4711), local = at("127.0.0.1", 443);
  const auto goes_to = [&](const std::string& first) {
    tls::Stream client;
    arrive(client, first);
    Passage passage(*connector, peer, local);
    std::string id = "(refused)";
    if (passage.begin(client)) {
      id = passage.take_choice().backend().id;
      STRCMP_EQUAL(first.c_str(), read(client, first.size()).c_str());
    }
    close(client_end);
    client_end = -1;
    return id;
  };
  STRCMP_EQUAL("shop", goes_to(hello_for("www.example.test", "\x08http/1.1")).c_str());
  STRCMP_EQUAL("h2", goes_to(hello_for("www.example.test", "\x02h2")).c_str());
  STRCMP_EQUAL("rest", goes_to(hello_for("elsewhere.test", "\x08http/1.1")).c_str());
  STRCMP_EQUAL("rest", goes_to("SSH-2.0-x\r\n").c_str());
  STRCMP_EQUAL("(refused)", goes_to(hello_for("no.example.test", "\x08http/1.1")).c_str());
  CHECK(said("no Route for 'no.example.test'"));
}
