#include "navajo/connector/connection_pool.h"

#include <algorithm>

#include "navajo/reactor/reactor.h"

namespace navajo::connector {

ConnectionPool::ConnectionPool(PoolOptions options, size_t backends, Owner owner)
    : options_(options), owner_(owner), lanes_(backends) {}

ConnectionPool::~ConnectionPool() {
  for (Lane& lane : lanes_)
    while (!lane.idle.empty()) close_politely(remove_last(lane));
}

std::unique_lock<std::mutex> ConnectionPool::lock() {
  std::unique_lock lock(guard_, std::defer_lock);
  if (owner_ == Owner::threads) lock.lock();
  return lock;
}

std::unique_ptr<Connection> ConnectionPool::removed(Lane& lane, Connection* connection) {
  connection->idle_link_.unlink();
  connection->stream.descriptor().observe(nullptr);
  if (options_.budget) options_.budget->give_back();
  PoolCounters::add(lane.counters.idle, static_cast<uint64_t>(-1));
  return std::unique_ptr<Connection>(connection);
}
std::unique_ptr<Connection> ConnectionPool::remove_first(Lane& lane) { return removed(lane, lane.idle.front()); }
std::unique_ptr<Connection> ConnectionPool::remove_last(Lane& lane) { return removed(lane, lane.idle.back()); }

// RFC 8446 6.1: close_notify before a connection is closed. What does not leave at once does not leave.
void ConnectionPool::close_politely(std::unique_ptr<Connection> connection) {
  if (connection->stream.ssl()) (void)connection->stream.finish_write_available();
}

bool ConnectionPool::too_old(const Connection& connection, base::TimePoint now) const {
  return options_.max_age > base::Duration::zero() && now - connection.opened >= options_.max_age;
}

void ConnectionPool::close_expired(Lane& lane, base::TimePoint now) {
  while (!lane.idle.empty() && now - lane.idle.back()->idle_since_ >= options_.idle_timeout) {
    PoolCounters::add(lane.counters.expired);
    close_politely(remove_last(lane));
  }
}

std::unique_ptr<Connection> ConnectionPool::take(size_t backend, base::TimePoint now) {
  Lane& lane = lanes_[backend];
  const auto locked = lock();
  if (owner_ == Owner::threads) close_expired(lane, now);
  while (!lane.idle.empty()) {
    std::unique_ptr<Connection> connection = remove_first(lane);
    if (now - connection->idle_since_ >= options_.idle_timeout || too_old(*connection, now)) {
      PoolCounters::add(lane.counters.expired);
      close_politely(std::move(connection));
      continue;
    }
    if (!connection->stream.is_idle_and_open()) {
      PoolCounters::add(lane.counters.closed_by_backend);
      continue;
    }
    PoolCounters::add(lane.counters.reused);
    connection->reused = true;
    return connection;
  }
  return nullptr;
}

void ConnectionPool::give_back(size_t backend, std::unique_ptr<Connection> connection, base::TimePoint now) {
  if (options_.max_idle == 0 || too_old(*connection, now)) return close_politely(std::move(connection));
  Lane& lane = lanes_[backend];
  const auto locked = lock();
  // Free on a reactor; ordinary threads look when they take it out again.
  if (owner_ == Owner::reactor && !connection->stream.is_idle_and_open()) {
    PoolCounters::add(lane.counters.closed_by_backend);
    return;
  }
  if (owner_ == Owner::threads) close_expired(lane, now);
  const size_t limit = owner_ == Owner::reactor ? kBurst * options_.max_idle : options_.max_idle;
  if (idle_in(lane) >= limit) {
    PoolCounters::add(lane.counters.surplus);
    close_politely(remove_last(lane));
  }
  if (options_.budget && !options_.budget->take()) {
    PoolCounters::add(lane.counters.surplus);
    return close_politely(std::move(connection));
  }
  connection->stream.release_buffers();
  connection->idle_since_ = now;
  connection->pool_ = this;
  connection->backend_ = backend;
  connection->stream.descriptor().observe(connection.get());
  lane.idle.push_front(connection.release()->idle_link_);
  PoolCounters::add(lane.counters.idle);
  if (owner_ == Owner::reactor && (!timer_.armed() || idle_in(lane) == options_.max_idle + 1)) arm_timer();
}

void ConnectionPool::note_opened(size_t backend) {
  const auto locked = lock();
  PoolCounters::add(lanes_[backend].counters.opened);
}

void ConnectionPool::note_stale(size_t backend) {
  const auto locked = lock();
  PoolCounters::add(lanes_[backend].counters.stale);
}

// The backend has closed, or said something unasked: either way the connection is of no use any more. With TLS it may
// have been a ticket or new keys.
void Connection::on_event(reactor::Descriptor& descriptor) {
  if (!descriptor.readable() && !descriptor.hung_up() && !descriptor.peer_finished()) return;
  if (stream.ssl() && stream.is_idle_and_open()) return;
  ConnectionPool::Lane& lane = pool_->lanes_[backend_];
  PoolCounters::add(lane.counters.closed_by_backend);
  pool_->removed(lane, this);
}

void ConnectionPool::close_surplus(Lane& lane, base::TimePoint now) {
  while (idle_in(lane) > options_.max_idle && now - lane.idle.back()->idle_since_ >= kBurstTime) {
    PoolCounters::add(lane.counters.surplus);
    close_politely(remove_last(lane));
  }
}

// When something has to be closed; max: nothing is idle.
base::TimePoint ConnectionPool::due(Lane& lane) const {
  if (lane.idle.empty()) return base::TimePoint::max();
  const bool surplus = idle_in(lane) > options_.max_idle;
  const base::Duration time = surplus ? std::min(kBurstTime, options_.idle_timeout) : options_.idle_timeout;
  return lane.idle.back()->idle_since_ + time;
}

void ConnectionPool::arm_timer() {
  base::TimePoint first = base::TimePoint::max();
  for (Lane& lane : lanes_) first = std::min(first, due(lane));
  const bool needed = first != base::TimePoint::max();
  if (needed) timer_.arm(reactor::Deadline::at(first));
  timer_armed_.store(needed, std::memory_order_release);
}

void ConnectionPool::on_timer(void* pool) {
  auto& self = *static_cast<ConnectionPool*>(pool);
  const base::TimePoint now = reactor::Reactor::current()->now();
  for (Lane& lane : self.lanes_) {
    self.close_expired(lane, now);
    self.close_surplus(lane, now);
  }
  self.arm_timer();
}

}  // namespace navajo::connector
