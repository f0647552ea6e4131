#include "modules/mod_navajo_mitm/after_connect.h"

#include <cinttypes>

#include "modules/mod_navajo/guard.h"
#include "navajo/observe/log.h"

namespace navajo::mitm_glue {

AfterConnect::AfterConnect(const forward::ForwardProxy& proxy, forward::ConnectRequest request,
                           std::unique_ptr<tls::Stream> origin, tunnel::TunnelSlots::Slot slot)
    : proxy_(proxy),
      request_(std::move(request)),
      interception_(proxy_, request_),
      origin_(std::move(origin)),
      began_(base::system_clock().now()),
      slot_(std::move(slot)) {}

// A child that ends takes its tunnels with it.
AfterConnect::~AfterConnect() {
  if (tunnel_ && tunnel_->state() != tunnel::Tunnel::State::ended) log_tunnel(tunnel::End::stopping);
}

AfterConnect::Next AfterConnect::run(glue::ClientConnection& connection) {
  connection_ = &connection;
  return glue::guard("after CONNECT", Next::close, [this] {
    if (origin_) return begin_tunnel(std::move(origin_));
    switch (interception_.begin(connection_->stream())) {
      case forward::Interception::Outcome::serve: intercepts_ = true; return Next::serve;
      case forward::Interception::Outcome::tunnel: return begin_tunnel(interception_.take_origin());
      case forward::Interception::Outcome::close: break;
    }
    return Next::close;
  });
}

AfterConnect::Next AfterConnect::begin_tunnel(std::unique_ptr<tls::Stream> origin) {
  if (!slot_) slot_ = proxy_.slots().try_open(request_.client);
  if (!slot_) {
    observe::log(observe::id::tunnel_limit_reached, "CONNECT %s of %s: %s, request %s", request_.target.text().c_str(),
                 request_.client.c_str(), tunnel::word(slot_.refusal()), request_.request_id.c_str());
    return Next::close;
  }
  tunnel_.emplace(connection_->stream(), std::move(origin), proxy_.tunnel_limits(),
                  static_cast<tunnel::Tunnel::Owner&>(*this));
  tunnel_->list_as(tunnel::Listing({.kind = "connect",
                                    .client = request_.client,
                                    .backend = request_.target.text(),
                                    .about = *proxy_.settings().name,
                                    .user = request_.user,
                                    .request = request_.request_id}));
  tunnel_->start();
  return Next::keep;
}

void AfterConnect::log_tunnel(tunnel::End end) const {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const double seconds = Milliseconds(base::system_clock().now() - began_).count() / 1000;
  observe::log(observe::id::tunnel_ended,
               "tunnel of %s to %s: %s, %" PRIu64 " bytes up, %" PRIu64 " down, %.3f s, user %s, request %s",
               request_.client.c_str(), request_.target.text().c_str(), tunnel::word(end), tunnel_->bytes_up(),
               tunnel_->bytes_down(), seconds, request_.user.empty() ? "-" : request_.user.c_str(),
               request_.request_id.c_str());
}

void AfterConnect::tunnel_ended(tunnel::Tunnel& tunnel) {
  log_tunnel(tunnel.end());
  if (tunnel::is_cut(tunnel.end())) tunnel::close_with_reset(connection_->stream());
  connection_->end();
}

bool AfterConnect::is_old() const {
  const base::Duration limit = *proxy_.settings().max_connection_age;
  return limit > base::Duration::zero() && base::system_clock().now() - began_ >= limit;
}

}  // namespace navajo::mitm_glue
