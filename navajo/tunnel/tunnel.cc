#include "navajo/tunnel/tunnel.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/reactor/reactor.h"

namespace navajo::tunnel {

using base::TimePoint;
using observe::Counter;
using observe::Gauge;
using reactor::Deadline;
using reactor::Descriptor;
using reactor::IoStatus;

namespace {

TimePoint later(TimePoint from, base::Duration by) {
  return by >= TimePoint::max() - from ? TimePoint::max() : from + by;
}
TimePoint now() { return Deadline::after({}).when(); }

bool is_half_closed(Tunnel::State state) {
  return state == Tunnel::State::half_closed_client || state == Tunnel::State::half_closed_origin ||
         state == Tunnel::State::finishing;
}

void count_in_gauge(Tunnel::State state, int64_t by) {
  if (state == Tunnel::State::ready || state == Tunnel::State::ended) return;
  const Gauge gauge = is_half_closed(state) ? Gauge::tunnels_half_closed : Gauge::tunnels_open;
  observe::gauge(gauge).fetch_add(by, std::memory_order_relaxed);
}

// Those of this thread, while they are open.
reactor::List<Tunnel>& listed_here() {
  static thread_local reactor::List<Tunnel> tunnels;
  return tunnels;
}

}  // namespace

void end_killed_tunnels() {
  listed_here().for_each([](Tunnel& tunnel) {
    if (tunnel.killed_ || !tunnel.listing_.is_to_end()) return;
    tunnel.killed_ = true;
    observe::count(Counter::tunnels_killed);
    tunnel.stop(Tunnel::Stop::at_once);
  });
}

void close_with_reset(tls::Stream& stream) {
  const linger at_once{1, 0};
  if (stream.is_open()) setsockopt(stream.descriptor().fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  stream.close();
}

Tunnel::Tunnel(tls::Stream& client, std::unique_ptr<tls::Stream> origin, const TunnelLimits& limits, Owner& owner)
    : client_(client),
      owned_(std::move(origin)),
      origin_(*owned_),
      limits_(limits),
      owner_(owner),
      up_(client_, origin_),
      down_(origin_, client_),
      timer_([](void* self) { static_cast<Tunnel*>(self)->on_timer(); }, this) {}

Tunnel::Tunnel(tls::Stream& client, tls::Stream& origin, const TunnelLimits& limits, Owner& owner)
    : client_(client),
      origin_(origin),
      limits_(limits),
      owner_(owner),
      up_(client_, origin_),
      down_(origin_, client_),
      timer_([](void* self) { static_cast<Tunnel*>(self)->on_timer(); }, this) {}

Tunnel::~Tunnel() {
  if (state_ == State::ready || state_ == State::ended) return;
  client_.descriptor().observe(nullptr);
  origin_.descriptor().observe(nullptr);
  enter(State::ended);
}

void Tunnel::start() {
  started_ = last_moved_ = now();
  observe::count(Counter::tunnels_opened);
  if (listing_) listed_here().push_back(link_);
  enter(State::open);
  client_.descriptor().observe(this);
  origin_.descriptor().observe(this);
  set_timer();
  ask_for_turn();  // what came before shows in no event
}

void Tunnel::stop(Stop how) {
  stopping_ = true;
  stopping_at_once_ |= how == Stop::at_once;
  if (state_ != State::ready && state_ != State::ended) ask_for_turn();
}

// ---------------------------------------------------------------- woken

void Tunnel::on_event(Descriptor& descriptor) {
  wake_ups_++;
  observe::count(Counter::tunnel_wake_ups);
  pass(&descriptor);
}

void Tunnel::take_turn() { pass(nullptr); }

void Tunnel::pass(Descriptor* woken_by) {
  const TimePoint at = now();
  const bool gone = note_hang_ups();
  const OneWay::Step up = up_.move(kShare, at), down = down_.move(kShare, at);
  if (up.moved > 0) observe::count(Counter::tunnel_bytes_up, up.moved);
  if (down.moved > 0) observe::count(Counter::tunnel_bytes_down, down.moved);
  if (up.moved > 0 || down.moved > 0) {
    last_moved_ = at;
    listing_.note(bytes_up(), bytes_down(), at);
  }

  if (up_.input_ended() || down_.input_ended()) {
    const State next = !down_.input_ended() ? State::half_closed_client
                       : !up_.input_ended() ? State::half_closed_origin
                                            : State::finishing;
    if (next != state_) {
      enter(next);
      last_moved_ = at;
    }
  }
  const bool more = up.more || down.more;
  if (const End end = verdict(more); end != End::none) return finish(end);
  if (up.progress() || down.progress() || gone)
    fruitless_in_a_row_ = 0;
  else if (woken_by && is_stuck(*woken_by))
    return finish(End::no_progress);
  if (more) {
    ask_for_turn();
  } else {
    client_.release_buffers();
    origin_.release_buffers();
  }
  set_timer();
}

// A wake-up that moved nothing and changed nothing.
bool Tunnel::is_stuck(const Descriptor& woken_by) {
  fruitless_++;
  observe::count(Counter::tunnel_fruitless);
  // An end whose bytes are not wanted now wakes us with each segment, until its window is full. That is what the
  // write limit is for.
  const OneWay& from_there = &woken_by == &client_.descriptor() ? up_ : down_;
  if (from_there.blocked() || ++fruitless_in_a_row_ < kFruitlessLimit) return false;
  observe::count(Counter::tunnels_stuck);
  observe::log(observe::id::tunnel_without_progress,
               "tunnel between descriptors %d and %d was ready %d times and nothing moved (%llu bytes up, %llu down, "
               "%s): ended",
               client_.descriptor().fd(), origin_.descriptor().fd(), kFruitlessLimit,
               static_cast<unsigned long long>(bytes_up()), static_cast<unsigned long long>(bytes_down()),
               is_half_closed(state_) ? "half-closed" : "open");
  return true;
}

// Epoll tells it once, and the flag stays: true for the pass that learns of it.
bool Tunnel::note_hang_ups() {
  const bool client = client_.descriptor().hung_up(), origin = origin_.descriptor().hung_up();
  const bool news = client != client_gone_ || origin != origin_gone_;
  client_gone_ = client;
  origin_gone_ = origin;
  return news;
}

// ---------------------------------------------------------------- the end

// What came from an end that is lost is still passed on: all of it if that end was done, otherwise what fits at once.
bool Tunnel::is_to_wait_for(const OneWay& way, bool more) const {
  return !way.failed() && !way.finished() && (more || way.input_ended());
}

End Tunnel::failure_of(const OneWay& way, bool from_client) const {
  switch (way.failure()) {
    case IoStatus::truncated:
      return End::truncated;
    case IoStatus::tls_failed:
      return End::tls_failed;
    case IoStatus::no_progress:
      return End::no_progress;
    case IoStatus::reset:
      return way.failed_at_source() == from_client ? End::reset_by_client : End::reset_by_origin;
    default:
      return End::failed;
  }
}

End Tunnel::verdict(bool more) const {
  if (stopping_at_once_) return killed_ ? End::killed : End::stopping;
  if (up_.finished() && down_.finished()) return End::finished;
  if (!limits_.half_close && (up_.finished() || down_.finished())) return End::finished;
  for (const bool from_client : {true, false}) {
    const OneWay& way = from_client ? up_ : down_;
    const OneWay& other = from_client ? down_ : up_;
    // At its source: nothing can come that way any more, and nothing is held. At its sink: that end may have sent
    // something before.
    if (way.failed() && (way.failed_at_source() || !is_to_wait_for(other, more))) return failure_of(way, from_client);
    // The kernel calls a socket hung up when both directions are over. If not because we have ended ours, it was reset.
    const bool gone = from_client ? client_gone_ : origin_gone_;
    if (gone && !other.finished() && !is_to_wait_for(way, more))
      return from_client ? End::reset_by_client : End::reset_by_origin;
  }
  if (stopping_ && !more && up_.is_quiet() && down_.is_quiet()) return End::stopping;
  return End::none;
}

void Tunnel::finish(End end) {
  end_ = end;
  timer_.disarm();
  forget_turn();
  up_.drop();
  down_.drop();
  client_.descriptor().observe(nullptr);
  origin_.descriptor().observe(nullptr);
  if (is_cut(end))
    close_with_reset(origin_);
  else
    origin_.close();
  enter(State::ended);
  link_.unlink();
  listing_.end();
  owner_.tunnel_ended(*this);
}

void Tunnel::enter(State state) {
  count_in_gauge(state_, -1);
  state_ = state;
  count_in_gauge(state_, 1);
}

// ---------------------------------------------------------------- limits

TimePoint Tunnel::due(End& reason) const {
  const bool half = is_half_closed(state_);
  TimePoint first = later(last_moved_, half ? std::min(limits_.half_closed, limits_.idle) : limits_.idle);
  reason = half ? End::half_closed_limit : End::idle;
  for (const OneWay* way : {&up_, &down_}) {
    const TimePoint end = way->blocked() ? later(way->blocked_since(), limits_.write) : TimePoint::max();
    if (end > first) continue;
    first = end;
    reason = End::write_timeout;
  }
  if (const TimePoint end = later(started_, limits_.age); end <= first) {
    first = end;
    reason = End::too_old;
  }
  return first;
}

// Not armed anew for each byte: when it rings too early, it is set again.
void Tunnel::set_timer() {
  End reason;
  const TimePoint first = due(reason);
  if (timer_.armed() && armed_for_ <= first) return;
  armed_for_ = first;
  timer_.arm(Deadline::at(first));
}

void Tunnel::on_timer() {
  End reason;
  if (due(reason) <= now()) return finish(reason);
  set_timer();
}

}  // namespace navajo::tunnel
