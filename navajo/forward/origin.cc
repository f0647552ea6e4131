#include "navajo/forward/origin.h"

#include "navajo/base/clock.h"
#include "navajo/connector/connect_failure.h"

namespace navajo::forward {
namespace {

using connector::Cause;
using connector::Failure;
using reactor::Deadline;

// A silent address leaves a share of the time to those behind it.
Failure connect_to_one(tls::Stream& stream, const reactor::Endpoints& endpoints, Deadline deadline) {
  Failure failure{Cause::destination_refused, "none of its addresses may be connected to"};
  for (size_t i = 0; i < endpoints.size(); i++) {
    const base::Duration left = deadline.when() - base::system_clock().now();
    if (left <= base::Duration::zero()) return {Cause::connect_timeout, "no answer to the connect"};
    const Deadline share = Deadline::after(left / static_cast<int64_t>(endpoints.size() - i)).earlier(deadline);
    failure = connector::connect_failure(stream.socket().connect(endpoints[i], share));
    if (!failure.failed() || failure.cause == Cause::client_gone || failure.cause == Cause::stopping) break;
  }
  return failure;
}

}  // namespace

base::Result<std::unique_ptr<tls::Stream>, Failure> open_origin(const ForwardProxy& proxy, const Target& target,
                                                                Deadline deadline) {
  const connector::ProxyHop* hop = proxy.hop().get();
  const std::string& host = hop ? hop->address.host : target.host;
  const uint16_t port = hop ? hop->address.port : target.port;
  const auto resolved = reactor::Resolver::process_wide().resolve(host, port, deadline);
  if (!resolved.ok()) return base::Failed{Failure{Cause::resolve_failed, "its name does not resolve"}};
  reactor::Endpoints endpoints;
  for (const reactor::Endpoint& endpoint : **resolved)
    if (hop || proxy.guard()->allows(endpoint)) endpoints.push_back(endpoint);
  if (hop && !proxy.guard()->allows_named(target.host, target.port)) endpoints.clear();
  auto stream = std::make_unique<tls::Stream>();
  Failure failure = connect_to_one(*stream, endpoints, deadline);
  if (!failure.failed() && hop) failure = connector::ask_proxy(*stream, *hop, target.text(), deadline);
  if (failure.failed()) return base::Failed{failure};
  return stream;
}

}  // namespace navajo::forward
