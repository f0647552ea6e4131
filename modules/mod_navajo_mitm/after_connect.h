// What a client's connection is after its CONNECT was granted: a tunnel, or one whose TLS ends here and whose requests
// httpd serves. Belongs to the connection, on its thread.
#pragma once

#include <optional>

#include "modules/mod_navajo/client_connection.h"
#include "modules/mod_navajo_mitm/connect.h"
#include "navajo/tunnel/tunnel.h"

namespace navajo::mitm_glue {

class AfterConnect final : public glue::ClientConnection::Continuation,
                           public Intercepted,
                           private tunnel::Tunnel::Owner {
 public:
  // origin: connected already, for a tunnel, which has its slot; null: the client's first bytes decide.
  AfterConnect(const forward::ForwardProxy& proxy, forward::ConnectRequest request,
               std::unique_ptr<tls::Stream> origin, tunnel::TunnelSlots::Slot slot);
  ~AfterConnect() override;

  Next run(glue::ClientConnection& connection) override;

  const forward::ConnectRequest& request() const override { return request_; }
  const std::string& server_name() const override { return interception_.server_name(); }
  bool is_untrusted() const override { return interception_.untrusted(); }
  SSL* ssl() const override { return connection_->stream().ssl(); }
  bool is_old() const override;

  bool intercepts() const { return intercepts_; }

 private:
  Next begin_tunnel(std::unique_ptr<tls::Stream> origin);
  void tunnel_ended(tunnel::Tunnel& tunnel) override;
  void log_tunnel(tunnel::End end) const;

  const forward::ForwardProxy& proxy_;
  forward::ConnectRequest request_;
  forward::Interception interception_;
  std::unique_ptr<tls::Stream> origin_;
  glue::ClientConnection* connection_ = nullptr;
  std::optional<tunnel::Tunnel> tunnel_;
  base::TimePoint began_;
  tunnel::TunnelSlots::Slot slot_;
  bool intercepts_ = false;
};

}  // namespace navajo::mitm_glue
