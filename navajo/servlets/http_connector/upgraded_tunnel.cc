#include "navajo/servlets/http_connector/upgraded_tunnel.h"

#include <cinttypes>
#include <utility>

#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::servlets::http_connector {

using reactor::Deadline;
using tunnel::End;
using tunnel::Tunnel;

UpgradedTunnel::UpgradedTunnel(const UpgradeSettings& settings, std::string_view protocol,
                               std::unique_ptr<connector::Connection> origin, tunnel::TunnelSlots::Slot slot,
                               std::unique_ptr<api::SessionWatch> watch, api::Request& request, const char* backend,
                               std::shared_ptr<const void> held)
    : settings_(settings),
      origin_(std::move(origin)),
      slot_(std::move(slot)),
      watch_(std::move(watch)),
      held_(std::move(held)),
      is_websocket_(protocol == kWebSocket),
      timer_([](void* self) { static_cast<UpgradedTunnel*>(self)->look_for_session(); }, this) {
  what_.append(protocol).append(" of ").append(request.client_address()).append(" to ").append(backend);
  // Without the query: it may hold what does not belong in a log.
  what_.append(", ").append(request.path().substr(0, 200));
  const std::string_view user = request.attribute("user.auth.UserId").value_or("-");
  whose_.append("user ").append(user).append(", request ").append(request.id());
  listing_ = tunnel::Listing({.kind = protocol,
                              .client = request.client_address(),
                              .backend = backend,
                              .about = request.path(),
                              .user = user == "-" ? "" : user,
                              .request = request.id()});
}

UpgradedTunnel::~UpgradedTunnel() {
  give_up_place();
  if (!tunnel_ || tunnel_->state() == Tunnel::State::ended) return;
  say_goodbye(http::kGoingAway);
  log(tunnel::word(End::stopping));
}

// Not when the client's connection goes, which may linger.
void UpgradedTunnel::give_up_place() {
  slot_.release();
  held_.reset();
  if (counted_) observe::gauge(observe::Gauge::websockets_open).fetch_sub(1, std::memory_order_relaxed);
  counted_ = false;
}

bool UpgradedTunnel::begin(Client& client) {
  client_ = &client;
  counted_ = true;
  observe::count(observe::Counter::websockets_opened);
  observe::gauge(observe::Gauge::websockets_open).fetch_add(1, std::memory_order_relaxed);
  tunnel_.emplace(client.stream(), origin_->stream, settings_.limits, static_cast<Tunnel::Owner&>(*this));
  tunnel_->list_as(std::move(listing_));
  if (is_websocket_) tunnel_->show_down_to(*this);
  tunnel_->start();
  if (watch_) timer_.arm(Deadline::after(settings_.session_interval));
  return true;
}

void UpgradedTunnel::look_for_session() {
  using Touch = api::SessionWatch::Touch;
  const uint64_t bytes = tunnel_->bytes_up() + tunnel_->bytes_down();
  if (watch_->lives(bytes != bytes_seen_ ? Touch::yes : Touch::no)) {
    bytes_seen_ = bytes;
    return timer_.arm(Deadline::after(settings_.session_interval));
  }
  session_ended_ = true;
  tunnel_->stop(Tunnel::Stop::at_once);
}

// Only where nothing is cut by it, and not to somebody who makes no room: the tunnel ends in any case.
void UpgradedTunnel::say_goodbye(uint16_t code) {
  if (!is_websocket_ || frames_.closed() || !frames_.between_frames()) return;
  const std::string frame = http::websocket_close_frame(code);
  (void)client_->stream().write_available(frame);
}

void UpgradedTunnel::log(const char* why) const {
  using Seconds = std::chrono::duration<double>;
  const double lasted = Seconds(Deadline::after({}).when() - tunnel_->started()).count();
  observe::log(observe::id::websocket_ended, "%s: %s, %" PRIu64 " bytes up, %" PRIu64 " down, %.3f s, %s",
               what_.c_str(), why, tunnel_->bytes_up(), tunnel_->bytes_down(), lasted, whose_.c_str());
}

void UpgradedTunnel::tunnel_ended(Tunnel& tunnel) {
  const End end = tunnel.end();
  timer_.disarm();
  give_up_place();
  log(session_ended_ ? "session ended" : tunnel::word(end));
  if (tunnel::is_cut(end)) {
    tunnel::close_with_reset(client_->stream());
    return client_->end(Client::End::at_once);
  }
  if (end == End::idle || end == End::too_old || end == End::stopping || end == End::killed)
    say_goodbye(session_ended_ ? http::kPolicyViolation : http::kGoingAway);
  client_->end(end == End::finished ? Client::End::at_once : Client::End::lingering);
}

}  // namespace navajo::servlets::http_connector
