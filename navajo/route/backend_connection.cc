#include "navajo/route/backend_connection.h"

#include "navajo/route/proxy_protocol.h"

namespace navajo::route {

BackendConnected connect(tls::Stream& stream, const BackendRow& row, const reactor::Endpoint& client,
                         const reactor::Endpoint& server, reactor::Deadline deadline) {
  using Step = BackendConnected::Step;
  const auto to = reactor::parse_address(row.host, row.port);
  if (!to) return {Step::address, {reactor::IoStatus::failed, 0, EINVAL}};
  std::optional<reactor::Endpoint> source;
  if (!row.source_address.empty()) source = reactor::parse_address(row.source_address, 0);
  const reactor::IoResult connected =
      stream.socket().connect(*to, deadline, source ? &*source : nullptr, row.bind_device);
  if (!connected.ok()) return {Step::connect, connected};
  const std::string header = proxy_header(row.send_proxy, client, server);
  if (header.empty()) return {};
  return {Step::header, stream.write(std::span<const char>(header), deadline)};
}

}  // namespace navajo::route
