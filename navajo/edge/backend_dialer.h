// Opens a connection to one backend of a routing table, with all its row asks for: source address, network interface,
// PROXY protocol header, TLS. One object per user (TcpConnector, EdgeConnectorServlet); any thread or fiber.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "navajo/base/result.h"
#include "navajo/connector/failure.h"
#include "navajo/route/router.h"
#include "navajo/tls/client_context.h"

namespace navajo::edge {

// Who the backend is told the client is.
struct DialedFor {
  const reactor::Endpoint& client;
  const reactor::Endpoint& server;  // where the client connected to
};

class BackendDialer {
 public:
  // owner: for log lines. ca_file: PEM with those who vouch for backends with TLS; empty: the system's. alpn: what is
  // offered to them; empty: nothing.
  // The error names the file and why.
  static base::Result<std::unique_ptr<BackendDialer>> make(std::string owner, std::string ca_file, std::string alpn);

  base::Result<std::unique_ptr<tls::Stream>, connector::Failure> dial(const route::BackendRow& row,
                                                                      const DialedFor& whom,
                                                                      reactor::Deadline deadline) const;

 private:
  explicit BackendDialer(std::shared_ptr<tls::ClientContext> tls) : tls_(std::move(tls)) {}
  const std::shared_ptr<tls::ClientContext> tls_;
};

}  // namespace navajo::edge
