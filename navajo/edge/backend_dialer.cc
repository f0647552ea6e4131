#include "navajo/edge/backend_dialer.h"

#include "navajo/connector/connect_failure.h"
#include "navajo/connector/proxy_protocol.h"

namespace navajo::edge {
namespace {

using connector::Cause;
using connector::Failure;
using tls::Handshake;

Failure told(Cause cause, std::string text) {
  return {cause, "", std::make_shared<const std::string>(std::move(text))};
}

Failure handshake_failure(Handshake done) {
  switch (done.outcome) {
    case Handshake::Outcome::done: return {};
    case Handshake::Outcome::certificate_refused: return told(Cause::certificate_refused, std::move(done.text));
    case Handshake::Outcome::timed_out: return told(Cause::connect_timeout, std::move(done.text));
    case Handshake::Outcome::cancelled: return {Cause::client_gone, "the client went away"};
    case Handshake::Outcome::stopping: return {Cause::stopping, "the server stops"};
    case Handshake::Outcome::failed: break;
  }
  return told(Cause::tls_failed, std::move(done.text));
}

}  // namespace

std::optional<reactor::Endpoint> endpoint_of(const route::BackendRow& row) {
  return reactor::parse_address(row.host, row.port);
}

base::Result<std::unique_ptr<BackendDialer>> BackendDialer::make(std::string owner, std::string ca_file,
                                                                 std::string alpn) {
  tls::ClientOptions options;
  options.owner = std::move(owner);
  options.ca_file = std::move(ca_file);
  options.alpn = std::move(alpn);
  options.protocols = *tls::ProtocolList::parse(tls::ProtocolList::kDefault);
  auto context = tls::ClientContext::make(std::move(options));
  if (!context.ok()) return base::Failed{base::Error{context.error().text}};
  return std::unique_ptr<BackendDialer>(new BackendDialer(std::move(*context)));
}

base::Result<std::unique_ptr<tls::Stream>, Failure> BackendDialer::dial(const route::BackendRow& row,
                                                                        const DialedFor& whom,
                                                                        reactor::Deadline deadline) const {
  const std::optional<reactor::Endpoint> to = endpoint_of(row);
  if (!to) return base::Failed{told(Cause::resolve_failed, "'" + row.host + "' is not an address")};
  std::optional<reactor::Endpoint> source;
  if (!row.source_address.empty()) source = reactor::parse_address(row.source_address, 0);
  auto stream = std::make_unique<tls::Stream>();
  Failure failure = connector::connect_failure(
      stream->socket().connect(*to, deadline, source ? &*source : nullptr, row.bind_device));
  if (failure.failed()) return base::Failed{failure};
  if (row.send_proxy != route::SendProxy::no) {
    const std::string header = row.send_proxy == route::SendProxy::v1
                                   ? connector::proxy_header_v1(whom.client, whom.server)
                                   : connector::proxy_header_v2(whom.client, whom.server);
    if (const auto written = stream->write(std::span<const char>(header), deadline); !written.ok())
      return base::Failed{connector::connect_failure(written)};
  }
  if (row.tls) {
    const std::string address = route::address_text(row);
    failure = handshake_failure(tls_->handshake(*stream, {row.sni.empty() ? row.host : row.sni, address}, deadline));
    if (failure.failed()) return base::Failed{failure};
  }
  return stream;
}

}  // namespace navajo::edge
