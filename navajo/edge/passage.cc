#include "navajo/edge/passage.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "navajo/config/text.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/route/proxy_protocol.h"

namespace navajo::edge {
namespace {

using config::ProxyProtocolIn;
using config::TcpTls;
using route::ProxyHeaderState;
using reactor::Deadline;
using reactor::IoResult;

}  // namespace

std::string client_name(const reactor::Endpoint& endpoint, ClientName how) {
  char text[INET6_ADDRSTRLEN] = "";
  if (endpoint.address.ss_family == AF_INET6) {
    in6_addr address = reinterpret_cast<const sockaddr_in6&>(endpoint.address).sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
      inet_ntop(AF_INET, address.s6_addr + 12, text, sizeof text);
      return text;
    }
    constexpr size_t kNetworkBytes = 8;
    if (how == ClientName::network)
      for (size_t i = kNetworkBytes; i < sizeof address.s6_addr; i++) address.s6_addr[i] = 0;
    inet_ntop(AF_INET6, &address, text, sizeof text);
  } else {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(endpoint.address).sin_addr, text, sizeof text);
  }
  return text;
}

bool Passage::refuse(observe::LogId id, const std::string& why) {
  observe::count(observe::Counter::tcp_refused);
  observe::log(id, "%s: client %s: %s", connector_.settings().name->c_str(), client_.text().c_str(), why.c_str());
  return false;
}

// Reads on; false: the client said nothing more in time.
bool Passage::more(tls::Stream& client, const char* what) {
  char room[4096];
  const IoResult got = client.read(room, deadline_);
  if (got.ok()) {
    input_.append(room, got.bytes);
    return true;
  }
  return refuse(observe::id::tcp_connection_refused, std::string(what) + ": " + got.what());
}

bool Passage::read_header(tls::Stream& client) {
  const ProxyProtocolIn wanted = *connector_.settings().proxy_protocol;
  if (wanted == ProxyProtocolIn::off) return true;
  const auto wrong = [&](const std::string& why) {
    observe::count(observe::Counter::proxy_headers_refused);
    return refuse(observe::id::proxy_header_refused, why);
  };
  if (!connector_.trusts(client_name(client_, ClientName::address)))
    return wanted == ProxyProtocolIn::optional || wrong("is none of trustedProxies");
  route::ProxyHeader header;
  while (true) {
    switch (route::read_proxy_header(input_, header)) {
      case ProxyHeaderState::malformed: return wrong("a malformed PROXY header");
      case ProxyHeaderState::none: return wanted == ProxyProtocolIn::optional || wrong("no PROXY header");
      case ProxyHeaderState::incomplete: break;
      case ProxyHeaderState::complete:
        input_.erase(0, header.length);
        if (!header.local) {
          client_ = header.source;
          server_ = header.destination;
        }
        return true;
    }
    char room[4096];
    const IoResult got = client.read(room, deadline_);
    if (!got.ok()) return wrong(std::string("no whole PROXY header: ") + got.what());
    input_.append(room, got.bytes);
  }
}

bool Passage::is_let_in() {
  if (!connector_.lets_in(client_name(client_, ClientName::address)))
    return refuse(observe::id::tcp_connection_refused, "is none of clients");
  slot_ = connector_.slots().try_open(client_name(client_, ClientName::network));
  return slot_ || refuse(observe::id::tcp_limit_reached, tunnel::word(slot_.refusal()));
}

// The bytes are the backend's: they are looked at and stay.
bool Passage::look_at_tls(tls::Stream& client, Asked& asked) {
  tls::ClientHello hello;
  while (true) {
    switch (tls::read_client_hello(input_, hello)) {
      case tls::HelloState::incomplete: break;
      case tls::HelloState::not_tls: return true;  // a Route without a name may speak of it
      case tls::HelloState::malformed: return refuse(observe::id::tcp_handshake_failed, "a malformed ClientHello");
      case tls::HelloState::complete:
        asked = {std::move(hello.server_name), std::move(hello.alpn)};
        return true;
    }
    if (!more(client, "no TLS handshake began")) return false;
  }
}

bool Passage::shake_hands(tls::Stream& client, Asked& asked) {
  if (!look_at_tls(client, asked)) return false;
  client.unread(std::move(input_));
  input_.clear();
  tls::SslHandle ssl = connector_.server_context()->new_ssl();
  if (!ssl) return refuse(observe::id::tcp_handshake_failed, "no memory for TLS");
  const IoResult shaken = client.handshake(std::move(ssl), tls::Role::server, deadline_);
  if (!shaken.ok())
    return refuse(observe::id::tcp_handshake_failed,
                  "TLS failed: " + (shaken.status == reactor::IoStatus::tls_failed ? client.error_text()
                                                                                   : std::string(shaken.what())));
  // A Route that speaks of a protocol means the one that is spoken.
  const unsigned char* protocol = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(client.ssl(), &protocol, &length);
  asked.alpn.clear();
  if (length > 0) asked.alpn.emplace_back(reinterpret_cast<const char*>(protocol), length);
  return true;
}

bool Passage::find_backend(const Destination& destination) {
  route::Asker asker;
  asker.app = destination.app;
  asker.client = &client_;
  std::string failures;
  std::array<std::string, route::Asker::kMaxTried> tried;
  const size_t attempts = std::min<size_t>(*connector_.settings().connect_attempts, tried.size());
  while (asker.tries < attempts) {
    choice_ = destination.router->choose(asker, Deadline::never());
    if (!choice_)
      return refuse(observe::id::route_refused,
                    "app " + destination.app + ": " + route::word(choice_.refusal()) + failures);
    const route::BackendRow& row = choice_.backend();
    const base::TimePoint begin = base::system_clock().now();
    const Deadline limit = Deadline::after(*connector_.settings().connect_timeout);
    auto dialed = destination.dialer->dial(row, {client_, server_}, limit);
    if (dialed.ok()) {
      choice_.connected(base::system_clock().now() - begin);
      origin_ = std::move(*dialed);
      return true;
    }
    const connector::Failure& failure = dialed.error();
    const auto is = [&](connector::Cause cause) { return failure.cause == cause; };
    failures += "; " + row.id + " " + route::address_text(row) + ": " + failure.why();
    if (is(connector::Cause::client_gone) || is(connector::Cause::stopping)) break;
    const bool tls = is(connector::Cause::tls_failed) || is(connector::Cause::certificate_refused);
    choice_.failed(tls ? route::Failing::handshake : route::Failing::connect);
    tried[asker.tries] = row.id;
    asker.tried[asker.tries] = tried[asker.tries];
    asker.tries++;
  }
  choice_.release();
  return refuse(observe::id::route_refused, "app " + destination.app + ": no backend took the connection" + failures);
}

bool Passage::begin(tls::Stream& client) {
  deadline_ = Deadline::after(*connector_.settings().handshake_timeout);
  Asked asked;
  if (!read_header(client) || !is_let_in()) return false;
  switch (*connector_.settings().tls) {
    case TcpTls::off: break;
    case TcpTls::route:
      if (!look_at_tls(client, asked)) return false;
      break;
    case TcpTls::terminate:
      if (!shake_hands(client, asked)) return false;
      break;
  }
  const Destination* destination = connector_.destination(asked.server_name, asked.alpn);
  if (!destination)
    return refuse(observe::id::tcp_connection_refused,
                  "no Route for " + (asked.server_name.empty() ? "a connection without a server name"
                                                               : "'" + config::printable(asked.server_name) + "'"));
  if (!find_backend(*destination)) return false;
  if (!input_.empty()) client.unread(std::move(input_));
  observe::count(observe::Counter::tcp_connections);
  return true;
}

}  // namespace navajo::edge
