// Connections to the backends of one connector that wait for their next request, of one reactor (which is the only
// one to use them: no locks) or of all ordinary threads together (under a lock). Last in, first out, so that a pool
// shrinks to what is needed. On a reactor an idle connection that its backend closes is gone at once (TLS tickets and
// key updates are taken in), and one that was idle for too long is closed by a timer; on ordinary threads both are
// found out when the pool is used.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "navajo/connector/buffer_pool.h"
#include "navajo/connector/idle_budget.h"
#include "navajo/reactor/descriptor.h"
#include "navajo/reactor/intrusive_list.h"
#include "navajo/reactor/timer.h"
#include "navajo/tls/stream.h"

namespace navajo::connector {

class ConnectionPool;

class Connection final : private reactor::Descriptor::Observer {
 public:
  tls::Stream stream;
  base::TimePoint opened;
  // Of the backend's certificate, for logs and sources; empty: none.
  std::string certificate_subject, certificate_issuer;
  bool reused = false;  // has carried a request before this one

 private:
  friend class ConnectionPool;
  void on_event(reactor::Descriptor& descriptor) override;
  ConnectionPool* pool_ = nullptr;  // while it is idle
  size_t backend_ = 0;
  base::TimePoint idle_since_;
  reactor::ListLink idle_link_{this};
};

struct PoolOptions {
  // Per backend; 0: nothing is kept. On a reactor up to kBurst times as many stay for kBurstTime: answers come in
  // bursts, and what was just in use will be in a moment.
  size_t max_idle = 0;
  base::Duration idle_timeout{0};
  base::Duration max_age{0};  // since it was opened; 0: no limit
  std::shared_ptr<IdleBudget> budget{};  // of several pools together; null: no limit but max_idle
};

// Written by whoever owns the pool, read by anybody.
struct PoolCounters {
  using Count = std::atomic<uint64_t>;
  Count opened{0}, reused{0}, stale{0}, closed_by_backend{0}, expired{0}, surplus{0}, idle{0};

  static void add(Count& count, uint64_t by = 1) {
    count.store(count.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
};

class ConnectionPool {
 public:
  enum class Owner : uint8_t { reactor, threads };

  ConnectionPool(PoolOptions options, size_t backends, Owner owner);
  ~ConnectionPool();  // on the reactor it belongs to

  // A connection that is fit for a request, or null. Counts a request.
  std::unique_ptr<Connection> take(size_t backend, base::TimePoint now);
  // After a complete exchange. May close it instead.
  void give_back(size_t backend, std::unique_ptr<Connection> connection, base::TimePoint now);
  void note_opened(size_t backend);
  void note_stale(size_t backend);

  // No connection is idle and no timer is armed: whoever knows that nobody uses the pool any more may destroy it, on
  // any thread.
  bool quiet() const { return owner_ == Owner::threads || !timer_armed_.load(std::memory_order_acquire); }

  static constexpr size_t kBurst = 16;
  static constexpr base::Duration kBurstTime = std::chrono::seconds(1);

  const PoolCounters& counters(size_t backend) const { return lanes_[backend].counters; }

 private:
  // Idle connections to one backend: the one used last stands first.
  struct Lane {
    reactor::List<Connection> idle;
    PoolCounters counters;
  };
  friend class Connection;
  std::unique_ptr<Connection> remove_first(Lane& lane);
  std::unique_ptr<Connection> remove_last(Lane& lane);
  std::unique_ptr<Connection> removed(Lane& lane, Connection* connection);
  // Of one that is fit and not needed any more.
  static void close_politely(std::unique_ptr<Connection> connection);
  bool too_old(const Connection& connection, base::TimePoint now) const;
  void close_expired(Lane& lane, base::TimePoint now);
  size_t idle_in(const Lane& lane) const { return lane.counters.idle.load(std::memory_order_relaxed); }
  void close_surplus(Lane& lane, base::TimePoint now);
  base::TimePoint due(Lane& lane) const;
  void arm_timer();
  static void on_timer(void* pool);
  std::unique_lock<std::mutex> lock();

  PoolOptions options_;
  Owner owner_;
  std::mutex guard_;  // only for threads
  std::vector<Lane> lanes_;
  std::atomic<bool> timer_armed_{false};
  reactor::Timer timer_{&ConnectionPool::on_timer, this};
};

}  // namespace navajo::connector
