#include "navajo/connector/proxy_hop.h"

#include <array>

#include "navajo/http/response_head.h"

namespace navajo::connector {
namespace {

using reactor::IoResult;
using reactor::IoStatus;

constexpr size_t kMaxHead = 16384, kMaxFields = 64;

Failure failure_of(const IoResult& result) {
  switch (result.status) {
    case IoStatus::timed_out: return {Cause::connect_timeout, "the upstream proxy did not answer CONNECT in time"};
    case IoStatus::cancelled: return {Cause::client_gone, "while the upstream proxy connected"};
    case IoStatus::stopping: return {Cause::stopping, "while the upstream proxy connected"};
    default: return {Cause::connect_failed, "the upstream proxy closed the connection"};
  }
}

Failure refusal(int status) {
  switch (status) {
    case 403: return {Cause::connect_failed, "the upstream proxy forbids it (403)"};
    case 407: return {Cause::connect_failed, "the upstream proxy wants other upstreamCredentials (407)"};
    case 502: return {Cause::connect_failed, "the upstream proxy cannot connect (502)"};
    case 503: return {Cause::connect_failed, "the upstream proxy cannot connect (503)"};
    case 504: return {Cause::connect_timeout, "the upstream proxy got no connection in time (504)"};
    default: return {Cause::connect_failed, "the upstream proxy refused CONNECT"};
  }
}

}  // namespace

Failure ask_proxy(tls::Stream& stream, const ProxyHop& hop, std::string_view authority, reactor::Deadline deadline) {
  std::string request = "CONNECT " + std::string(authority) + " HTTP/1.1\r\nHost: " + std::string(authority) + "\r\n";
  if (!hop.authorization.empty()) request += "Proxy-Authorization: " + hop.authorization + "\r\n";
  request += "\r\n";
  if (const IoResult sent = stream.write(std::span<const char>(request), deadline); !sent.ok()) return failure_of(sent);
  std::array<http::FieldSlice, kMaxFields> fields;
  const http::HeadLimits limits{kMaxHead, kMaxFields};
  std::string received;
  while (received.size() < kMaxHead) {
    char room[2048];
    const IoResult got = stream.read(room, deadline);
    if (!got.ok()) return failure_of(got);
    received.append(room, got.bytes);
    while (true) {
      http::ResponseHeadParser parser(fields, limits);
      const auto state = parser.parse(received);
      if (state == http::ResponseHeadParser::State::refused)
        return {Cause::malformed_response, "the upstream proxy's answer to CONNECT"};
      if (state == http::ResponseHeadParser::State::incomplete) break;
      const int status = parser.head().status();
      received.erase(0, parser.length());
      if (status < 200) continue;
      if (status >= 300) return refusal(status);
      stream.unread(std::move(received));  // what the destination said already
      return {};
    }
  }
  return {Cause::response_too_large_head, "the upstream proxy's answer to CONNECT"};
}

}  // namespace navajo::connector
