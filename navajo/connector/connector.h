// The way to the backends of one servlet: which one, a pooled connection or a new one, and when to give up. One
// object per servlet declaration, used by all threads and reactors of a child at once; each has a pool of its own.
//
//   size_t index = connector.backends().choose(tried, now);
//   auto opened = connector.open(index, Freshness::any, deadline, now);
//   if (opened.ok()) { Lease lease = std::move(*opened); ... lease.give_back(now); }
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "navajo/api/servlet.h"
#include "navajo/base/result.h"
#include "navajo/connector/backend_list.h"
#include "navajo/connector/connection_pool.h"
#include "navajo/connector/endpoint_guard.h"
#include "navajo/connector/endpoint_health.h"
#include "navajo/connector/proxy_hop.h"
#include "navajo/reactor/current.h"
#include "navajo/reactor/resolver.h"
#include "navajo/tls/client_context.h"

namespace navajo::connector {

struct ConnectorOptions {
  base::Duration connect_timeout = std::chrono::seconds(5);  // all addresses of one backend, and TLS with it
  BackendOptions backends;
  PoolOptions pool;
  base::Duration wait_timeout = std::chrono::seconds(1);
  std::optional<reactor::Endpoint> source;  // to connect from
  std::string device;                       // the network interface to go through; empty: any
  std::shared_ptr<const EndpointGuard> guard;  // null: anywhere
  std::shared_ptr<const ProxyHop> hop;         // another proxy on the way; null: none
  std::shared_ptr<tls::ClientContext> tls;     // null: plain
};

class Connector;

// A connection in use and the place in its backend's limit. Destroyed without give_back(), it closes the connection.
class Lease {
 public:
  Lease() = default;
  ~Lease() { release(); }
  Lease(Lease&& other) noexcept { *this = std::move(other); }
  Lease& operator=(Lease&& other) noexcept;

  explicit operator bool() const { return connection_ != nullptr; }
  Connection& operator*() const { return *connection_; }
  Connection* operator->() const { return connection_.get(); }
  // When it was got.
  base::TimePoint since() const { return since_; }
  // After a complete exchange: the connection may serve another request.
  void give_back(base::TimePoint now);
  // Closes the connection.
  void release();
  // It is not one for requests any more: its place in the limit is free.
  std::unique_ptr<Connection> take_connection();

 private:
  friend class Connector;
  Connector* connector_ = nullptr;
  size_t backend_ = 0;
  base::TimePoint since_;
  std::unique_ptr<Connection> connection_;
};

// Of all connectors of this process. Any thread; it looks at each of them under a lock: a few times a second at most.
struct ConnectorTotals {
  uint64_t idle = 0;     // pooled connections
  uint64_t active = 0;   // requests with a backend
  uint64_t waiting = 0;  // requests in line for a connection
};
ConnectorTotals connector_totals();

enum class Freshness : uint8_t { any, only_new };

class Connector {
 public:
  // arena: where the health of the backends is kept for all children; null: each process has its own.
  Connector(const std::vector<BackendAddress>& addresses, ConnectorOptions options,
            reactor::Resolver& resolver = reactor::Resolver::process_wide(), shm::Arena* arena = nullptr);
  // Pools of reactors other than the calling thread's are left to the end of the process, unless they are quiet():
  // their sockets are registered with a thread that may be gone.
  ~Connector();

  BackendList& backends() { return backends_; }
  const BackendList& backends() const { return backends_; }

  // Waits for its turn, for the name and for the connection. Failures that say something about the backend are
  // noted at it.
  // now: read from the clock a moment ago.
  struct Wish {
    // Whose TLS sessions a new connection may resume, where those are not everybody's (tls::SessionReuse).
    std::string_view tls_scope{};
    // What a new connection begins with, before TLS: a PROXY protocol header. The pool has to keep none then.
    std::string_view preamble{};
  };
  base::Result<Lease, Failure> open(size_t backend, Freshness freshness, reactor::Deadline deadline,
                                    base::TimePoint now, const Wish& wish);
  base::Result<Lease, Failure> open(size_t backend, Freshness freshness, reactor::Deadline deadline,
                                    base::TimePoint now) {
    return open(backend, freshness, deadline, now, Wish{});
  }
  bool speaks_tls() const { return options_.tls != nullptr; }
  // The proxy that plain requests are sent to as a whole, with an absolute target; null: they go to the backend.
  const ProxyHop* plain_hop() const { return options_.tls ? nullptr : options_.hop.get(); }
  // A reused connection turned out to be dead.
  void note_stale(size_t backend) { pool().note_stale(backend); }

  // No connection is idle: once nobody uses it any more, it may be destroyed on any thread and leaves nothing behind.
  bool quiet() const;
  // The calling thread is a reactor that ends: its idle connections are closed, and its numbers go.
  void drop_pool_of_this_thread();

  void report(api::StatusWriter& writer) const;

 private:
  friend class Lease;
  ConnectionPool& pool();
  friend ConnectorTotals connector_totals();
  void add_pool_counters(size_t index, PoolCounters& sum) const;
  // What one connection is to become.
  struct Attempt {
    Backend& backend;
    Connection& connection;
    reactor::Deadline limit;
    const Wish& wish;
  };
  Failure connect(size_t backend, Connection& connection, reactor::Deadline deadline, const Wish& wish);
  Failure connect_to_allowed(const Attempt& attempt, const reactor::Endpoints& endpoints);
  Failure connect_to_any(const Attempt& attempt, const reactor::Endpoints& endpoints);
  Failure connect_to(const Attempt& attempt, const reactor::Endpoint& endpoint, reactor::Deadline limit);
  Failure shake_hands(const Attempt& attempt, reactor::Deadline limit);

  ConnectorOptions options_;
  reactor::Resolver& resolver_;
  BackendList backends_;
  std::atomic<size_t> endpoint_turn_{0};
  std::mutex guard_;  // only to make the pool of the ordinary threads
  std::array<std::atomic<ConnectionPool*>, reactor::kMaxReactors + 1> pools_{};
  Connector *next_ = nullptr, *previous_ = nullptr;  // in the list of all
};

}  // namespace navajo::connector
