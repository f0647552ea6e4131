#include "navajo/edge/backend_dialer.h"

#include "navajo/connector/connect_failure.h"
#include "navajo/route/backend_connection.h"

namespace navajo::edge {
namespace {

using connector::Cause;
using connector::Failure;

Failure told(Cause cause, std::string text) {
  return {cause, "", std::make_shared<const std::string>(std::move(text))};
}

}  // namespace

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
  auto stream = std::make_unique<tls::Stream>();
  const route::BackendConnected connected = route::connect(*stream, row, whom.client, whom.server, deadline);
  if (connected.step == route::BackendConnected::Step::address)
    return base::Failed{told(Cause::resolve_failed, "'" + row.host + "' is not an address")};
  Failure failure = connector::connect_failure(connected.result);
  if (!failure.failed() && row.tls) {
    const std::string address = route::address_text(row);
    failure = connector::handshake_failure(tls_->handshake(*stream, {route::tls_name(row), address}, deadline));
  }
  if (failure.failed()) return base::Failed{failure};
  return stream;
}

}  // namespace navajo::edge
