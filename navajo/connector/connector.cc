#include "navajo/connector/connector.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include "navajo/connector/connect_failure.h"
#include "navajo/observe/status_segment.h"
#include "navajo/reactor/reactor.h"
#include "navajo/tls/peer_certificate.h"

namespace navajo::connector {
namespace {

using reactor::Deadline;
using reactor::IoResult;

constexpr const char* kAnswerNames[] = {"", "answers_1xx", "answers_2xx", "answers_3xx", "answers_4xx", "answers_5xx"};

Failure gate_failure(AdmissionGate::Entry entry) {
  switch (entry) {
    case AdmissionGate::Entry::admitted: return {};
    case AdmissionGate::Entry::timed_out: return {Cause::pool_exhausted, "no connection became free in time"};
    case AdmissionGate::Entry::queue_full: return {Cause::pool_exhausted, "too many requests wait for a connection"};
    case AdmissionGate::Entry::cancelled: return {Cause::client_gone, "while waiting for a connection"};
    case AdmissionGate::Entry::stopping: return {Cause::stopping, "while waiting for a connection"};
  }
  return {};
}

Failure resolve_failure() {
  const reactor::Fiber* fiber = reactor::Fiber::current();
  if (fiber && fiber->cancelled()) return {Cause::client_gone, "while its backend's name was looked up"};
  if (fiber && fiber->reactor().stopping()) return {Cause::stopping, "while the backend's name was looked up"};
  return {Cause::resolve_failed, "its name does not resolve"};
}

bool says_something_about_the_backend(Cause cause) {
  return cause != Cause::client_gone && cause != Cause::stopping && cause != Cause::out_of_resources &&
         cause != Cause::destination_refused;
}

// Pools that outlive their connector because their reactor's thread is not ours to touch. Still reachable, so that a
// leak checker knows that this is meant.
void leave_behind(ConnectionPool* pool) {
  static std::mutex guard;
  static auto& pools = *new std::vector<ConnectionPool*>;
  std::lock_guard lock(guard);
  pools.push_back(pool);
}

// All connectors, for their totals: a list through them, so that none is needed of its own.
constinit std::mutex g_registry;
constinit Connector* g_first = nullptr;

}  // namespace

// ---------------------------------------------------------------- lease

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  release();
  connector_ = std::exchange(other.connector_, nullptr);
  backend_ = other.backend_;
  since_ = other.since_;
  connection_ = std::move(other.connection_);
  return *this;
}

void Lease::give_back(base::TimePoint now) {
  // To one that is out of service nothing is to go, and to be closed is what it may wait for.
  if (connection_ && !connector_->backends_.drained(backend_))
    connector_->pool().give_back(backend_, std::move(connection_), now);
  release();
}

void Lease::release() {
  connection_.reset();
  if (Connector* connector = std::exchange(connector_, nullptr)) connector->backends_[backend_].gate().leave();
}

std::unique_ptr<Connection> Lease::take_connection() {
  auto connection = std::move(connection_);
  release();
  return connection;
}

// ---------------------------------------------------------------- connector

Connector::Connector(const std::vector<BackendAddress>& addresses, ConnectorOptions options,
                     reactor::Resolver& resolver, shm::Arena* arena)
    : options_(options), resolver_(resolver), backends_(addresses, options.backends, arena) {
  std::lock_guard lock(g_registry);
  next_ = g_first;
  if (next_) next_->previous_ = this;
  g_first = this;
}

Connector::~Connector() {
  {
    std::lock_guard lock(g_registry);
    if (next_) next_->previous_ = previous_;
    (previous_ ? previous_->next_ : g_first) = next_;
  }
  for (size_t number = 0; number < pools_.size(); number++) {
    ConnectionPool* pool = pools_[number].load();
    if (!pool) continue;
    if (number == 0 || number == reactor::current_reactor_number() || pool->quiet())
      delete pool;
    else
      leave_behind(pool);
  }
}

ConnectionPool& Connector::pool() {
  const size_t number = reactor::current_reactor_number();
  std::atomic<ConnectionPool*>& place = pools_[number];
  if (ConnectionPool* pool = place.load(std::memory_order_acquire)) return *pool;
  std::lock_guard lock(guard_);
  if (!place.load()) {
    const auto owner = number == 0 ? ConnectionPool::Owner::threads : ConnectionPool::Owner::reactor;
    place.store(new ConnectionPool(options_.pool, backends_.size(), owner), std::memory_order_release);
  }
  return *place.load();
}

bool Connector::quiet() const {
  return std::all_of(pools_.begin(), pools_.end(), [](const auto& place) {
    const ConnectionPool* pool = place.load(std::memory_order_acquire);
    return !pool || pool->quiet();
  });
}

void Connector::drop_pool_of_this_thread() { delete pools_[reactor::current_reactor_number()].exchange(nullptr); }

base::Result<Lease, Failure> Connector::open(size_t index, Freshness freshness, Deadline deadline,
                                             base::TimePoint now, const Wish& wish) {
  Backend& backend = backends_[index];
  backend.counters().requests.fetch_add(1, std::memory_order_relaxed);
  if (!backend.gate().try_enter()) {
    const Deadline wait_limit = Deadline::after(options_.wait_timeout).earlier(deadline);
    if (const Failure failure = gate_failure(backend.gate().enter(wait_limit)); failure.failed()) {
      if (failure.cause == Cause::pool_exhausted) backend.counters().refused_by_limit.fetch_add(1);
      return base::Failed{failure};
    }
    now = base::system_clock().now();
  }
  Lease lease;
  lease.connector_ = this;
  lease.backend_ = index;
  lease.since_ = now;
  // Whoever tries a bad backend must find out whether it takes connections.
  if (freshness == Freshness::any && !backend.bad()) {
    lease.connection_ = pool().take(index, now);
    if (lease.connection_) {
      observe::count(observe::Counter::backend_reuses);
      return lease;
    }
  }
  lease.connection_ = std::make_unique<Connection>();
  const Failure failure = connect(index, *lease.connection_, deadline, wish);
  if (failure.failed()) return base::Failed{failure};
  lease.since_ = lease.connection_->opened;
  return lease;
}

Failure Connector::connect(size_t index, Connection& connection, Deadline deadline, const Wish& wish) {
  Backend& backend = backends_[index];
  const BackendAddress& address = backend.address();
  const Attempt attempt{backend, connection, Deadline::after(options_.connect_timeout).earlier(deadline), wish};
  Failure failure;
  const BackendAddress& next = options_.hop ? options_.hop->address : address;
  const auto endpoints = resolver_.resolve(next.host, next.port, attempt.limit);
  if (!endpoints.ok())
    failure = resolve_failure();
  else if (options_.hop && options_.guard && !options_.guard->allows_named(address.host, address.port))
    failure = {Cause::destination_refused, "this address may not be connected to"};
  else if (options_.guard && !options_.hop)
    failure = connect_to_allowed(attempt, **endpoints);
  else
    failure = connect_to_any(attempt, **endpoints);
  const base::TimePoint now = base::system_clock().now();
  if (failure.failed()) {
    if (says_something_about_the_backend(failure.cause)) backends_.connect_failed(index, failure.cause, now);
    return failure;
  }
  connection.opened = now;
  backends_.connected(index);
  pool().note_opened(index);
  observe::count(observe::Counter::backend_connects);
  return {};
}

Failure Connector::connect_to_allowed(const Attempt& attempt, const reactor::Endpoints& endpoints) {
  reactor::Endpoints allowed;
  for (const reactor::Endpoint& endpoint : endpoints)
    if (options_.guard->allows(endpoint)) allowed.push_back(endpoint);
  if (allowed.empty()) return {Cause::destination_refused, "none of its addresses may be connected to"};
  return connect_to_any(attempt, allowed);
}

// One address after the other, those last that failed a moment ago; a silent one leaves a share of the time to those
// behind it.
Failure Connector::connect_to_any(const Attempt& attempt, const reactor::Endpoints& endpoints) {
  const size_t count = endpoints.size();
  if (count == 1) return connect_to(attempt, endpoints[0], attempt.limit);
  EndpointHealth health(attempt.backend.health().endpoints);
  const bool in_turn = options_.backends.balancing == Balancing::round_robin;
  const size_t first = in_turn ? endpoint_turn_.fetch_add(1, std::memory_order_relaxed) : 0;
  const base::TimePoint start = base::system_clock().now();
  const auto bad = [&](size_t i) { return health.bad(endpoints[(first + i) % count], start); };
  std::vector<const reactor::Endpoint*> order;
  for (const bool bad_ones : {false, true})
    for (size_t i = 0; i < count; i++)
      if (bad(i) == bad_ones) order.push_back(&endpoints[(first + i) % count]);
  Failure failure;
  for (size_t i = 0; i < order.size(); i++) {
    const base::Duration left = attempt.limit.when() - base::system_clock().now();
    if (i > 0 && left <= base::Duration::zero()) break;
    const Deadline share = Deadline::after(left / static_cast<int64_t>(order.size() - i));
    failure = connect_to(attempt, *order[i], share.earlier(attempt.limit));
    if (!failure.failed()) {
      health.connected(*order[i]);
      return {};
    }
    if (failure.cause == Cause::client_gone || failure.cause == Cause::stopping) break;
    if (failure.cause != Cause::out_of_resources)
      health.failed(*order[i], base::system_clock().now() + options_.backends.retry_timeout);
  }
  return failure;
}

Failure Connector::connect_to(const Attempt& attempt, const reactor::Endpoint& endpoint, Deadline limit) {
  const reactor::Endpoint* source = options_.source ? &*options_.source : nullptr;
  tls::Stream& stream = attempt.connection.stream;
  IoResult connected = stream.socket().connect(endpoint, limit, source, options_.device);
  if (connected.ok() && !attempt.wish.preamble.empty())
    connected = stream.write(std::span<const char>(attempt.wish.preamble), limit);
  if (!connected.ok() || !options_.tls) return connect_failure(connected);
  if (options_.hop) {
    const Failure failure = ask_proxy(stream, *options_.hop, attempt.backend.address().text, limit);
    if (failure.failed()) return failure;
  }
  return shake_hands(attempt, limit);
}

Failure Connector::shake_hands(const Attempt& attempt, Deadline limit) {
  const BackendAddress& address = attempt.backend.address();
  const tls::PeerName peer{address.name.empty() ? address.host : address.name, address.text, attempt.wish.tls_scope};
  if (Failure failure = handshake_failure(options_.tls->handshake(attempt.connection.stream, peer, limit));
      failure.failed())
    return failure;
  // Once for all requests that it will carry.
  if (const tls::CertificateHandle certificate = tls::peer_certificate(attempt.connection.stream.ssl())) {
    attempt.connection.certificate_subject = tls::subject_text(certificate.get());
    attempt.connection.certificate_issuer = tls::issuer_text(certificate.get());
  }
  return {};
}

// ---------------------------------------------------------------- numbers

void Connector::add_pool_counters(size_t index, PoolCounters& sum) const {
  for (const auto& place : pools_) {
    const ConnectionPool* pool = place.load(std::memory_order_acquire);
    if (!pool) continue;
    const PoolCounters& one = pool->counters(index);
    PoolCounters::add(sum.opened, one.opened);
    PoolCounters::add(sum.reused, one.reused);
    PoolCounters::add(sum.stale, one.stale);
    PoolCounters::add(sum.closed_by_backend, one.closed_by_backend);
    PoolCounters::add(sum.expired, one.expired);
    PoolCounters::add(sum.surplus, one.surplus);
    PoolCounters::add(sum.idle, one.idle);
  }
}

ConnectorTotals connector_totals() {
  ConnectorTotals out;
  std::lock_guard lock(g_registry);
  for (const Connector* connector = g_first; connector; connector = connector->next_) {
    for (size_t index = 0; index < connector->backends_.size(); index++) {
      const AdmissionGate& gate = connector->backends_[index].gate();
      out.active += gate.inside();
      out.waiting += gate.waiting();
    }
    for (const auto& place : connector->pools_)
      if (const ConnectionPool* pool = place.load(std::memory_order_acquire))
        for (size_t index = 0; index < connector->backends_.size(); index++) out.idle += pool->counters(index).idle;
  }
  return out;
}

void Connector::report(api::StatusWriter& writer) const {
  const Ticks now = ticks(base::system_clock().now());
  if (options_.tls) {
    const tls::SessionCache::Numbers sessions = options_.tls->sessions();
    writer.number("tls_sessions", static_cast<double>(sessions.kept));
    writer.number("tls_sessions_evicted", static_cast<double>(sessions.evicted));
    writer.number("tls_reloads", static_cast<double>(options_.tls->reloads()));
    writer.number("tls_reloads_refused", static_cast<double>(options_.tls->refused_reloads()));
  }
  for (size_t index = 0; index < backends_.size(); index++) {
    const Backend& backend = backends_[index];
    const BackendShm& health = backend.health();
    const BackendCounters& counters = health.counters;
    PoolCounters pool;
    add_pool_counters(index, pool);
    const auto number = [&](const char* name, uint64_t value) { writer.number(name, static_cast<double>(value)); };
    const auto ago = [&](const char* name, Ticks when) {
      const base::Duration passed(now - when);
      if (when != 0) writer.number(name, static_cast<double>(passed / std::chrono::seconds(1)));
    };
    writer.begin(std::string("backend ") + backend.name());
    writer.text("state", backend.bad() ? "bad" : "usable");
    if (options_.backends.drains) number("drained", backends_.drained(index) ? 1 : 0);
    number("group", backend.address().group + 1);
    if (const Cause last = health.last_failure; last != Cause::none) writer.text("last_failure", word(last));
    ago("last_failure_seconds_ago", health.last_failure_at);
    ago("last_retry_seconds_ago", health.last_retry_at);
    ago("last_success_seconds_ago", health.last_success_at);
    // Of all children.
    number("requests", counters.requests);
    for (size_t klass = 1; klass < counters.answers.size(); klass++)
      number(kAnswerNames[klass], counters.answers[klass]);
    number("connect_failures", counters.connect_failures);
    number("marked_bad", counters.marked_bad);
    number("timeouts", counters.timeouts);
    number("broken", counters.broken);
    number("malformed", counters.malformed);
    number("truncated", counters.truncated);
    number("unasked_bytes", counters.unasked_bytes);
    number("client_gone", counters.client_gone);
    number("retries", counters.retries);
    number("retries_refused", counters.retries_refused);
    number("refused_by_limit", counters.refused_by_limit);
    // Of this child.
    number("in_use", backend.gate().inside());
    number("waiting", backend.gate().waiting());
    number("idle", pool.idle);
    number("opened", pool.opened);
    number("reused", pool.reused);
    number("stale", pool.stale);
    number("closed_by_backend", pool.closed_by_backend);
    number("expired", pool.expired);
    number("surplus", pool.surplus);
    writer.end();
  }
}

}  // namespace navajo::connector
