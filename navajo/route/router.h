// Which backend a client gets: one object per Routing element, made in the parent, used by all threads and fibers of
// every child. Who is at work with a backend, how it is, and which client is bound to which one stand in shared memory
// (load_table.h, binding_table.h), so that limits hold for all children together.
//
//   Asker asker{.app = "shop", .client = &address, .key = session};
//   Choice choice = router.choose(asker, deadline);      // waits in the queue when all are full
//   if (!choice) return refuse(choice.refusal());
//   connect to choice.backend() ... choice.connected(time) or choice.failed(Failing::connect)
//   ... destroyed: its place is free again
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/base/clock.h"
#include "navajo/base/function_ref.h"
#include "navajo/base/result.h"
#include "navajo/reactor/socket.h"
#include "navajo/route/backend_table.h"

namespace navajo::route {

enum class Policy : uint8_t {
  edge,               // edgeProxy's score: 100 x place + load / soft limit / weight
  tiers,              // fly-proxy's three states: below soft, at soft, at hard; the nearest among the least loaded
  least_connections,  // load / weight
  two_choices,        // the less loaded of two
  round_robin,        // by weight
  hash,               // consistent, with bounded load
};

// What binds a client to its backend.
enum class Binding : uint8_t { none, client, key };

struct RouterOptions {
  std::string name;
  Policy policy = Policy::edge;
  std::string region, zone, country;  // of this place
  std::string geo_database;           // absolute, or empty
  Binding binding = Binding::client;
  std::chrono::seconds binding_ttl{600};
  uint32_t max_bindings = 100'000;
  unsigned ipv6_prefix = 64;   // clients of one network are one client
  uint32_t queue = 1000;       // who waits because all are full, in one child
  std::chrono::milliseconds queue_timeout{5000};
  unsigned retry_percent = 20;   // of all choices may be second ones, over some seconds
  std::chrono::milliseconds slow_start{0};
  // A backend is left alone for eject_time, twice as long the next time (and so on, ten times at most), after so many
  // failures in a row (0: never) or that share of at least twenty in ten seconds (0: never).
  unsigned max_failures = 5, failure_percent = 0;
  std::chrono::milliseconds eject_time{10'000};
  unsigned max_ejected_percent = 50;
  std::string ca_certificate;  // PEM of those who vouch for backends with TLS; empty: the system's
  std::chrono::milliseconds poll{500};  // how often a child looks whether geo_database has changed
};

struct Asker {
  std::string_view app;
  const reactor::Endpoint* client = nullptr;  // for place, and for binding and hashing where there is no key
  std::string_view key{};                     // a cookie, header or session id; empty: the client's address
  // Ids a try of this request has been to: not chosen again. Of a name with several addresses each is one of its own.
  static constexpr size_t kMaxTried = 8;
  std::array<std::string_view, kMaxTried> tried{};
  size_t tries = 0;
  bool is_retry() const { return tries > 0; }
};

enum class Refusal : uint8_t {
  none,
  no_such_app,
  all_down,       // none of the app is healthy, or all were tried
  all_full,       // at their hard limits, and the queue is full or there is none
  waited,         // in the queue until the deadline
  cancelled,      // the client went away, or the server stops
  retry_budget,   // too many second tries at this moment
};
// For logs and causes: "all backends are full" ...
const char* word(Refusal refusal);

// What a backend did wrong.
enum class Failing : uint8_t { connect, handshake, answer };

class Router;

// A place at a backend, held until it is destroyed. One thread at a time; outlives neither the Router.
class Choice {
 public:
  Choice() = default;
  explicit Choice(Refusal refusal) : refusal_(refusal) {}
  ~Choice() { release(); }
  Choice(Choice&& other) noexcept { *this = std::move(other); }
  Choice& operator=(Choice&& other) noexcept;

  explicit operator bool() const { return router_ != nullptr; }
  Refusal refusal() const { return refusal_; }
  const BackendRow& backend() const { return *backend_; }
  bool was_bound() const { return was_bound_; }
  base::Duration waited() const { return waited_; }

  // Its connection stands after that time: the measure of nearness.
  void connected(base::Duration took);
  // A whole answer came: what was wrong is over.
  void succeeded();
  // The client's binding ends with it.
  void failed(Failing what);
  void release();

 private:
  friend class SharedRouter;
  Router* router_ = nullptr;
  std::shared_ptr<const BackendTable> table_;  // keeps backend_
  const BackendRow* backend_ = nullptr;
  uint32_t load_ = 0;          // its row of the load table
  uint64_t client_ = 0;        // digest of what binds; 0: nothing
  base::Duration waited_{};
  Refusal refusal_ = Refusal::none;
  bool was_bound_ = false;
  bool on_trial_ = false;  // the one that tries a backend that was ejected
};

class LoadTable;

// One backend as an administrator sees it. Views hold while it is visited.
struct BackendState {
  const BackendRow& row;
  uint32_t load_row = 0;  // of LoadTable
  uint32_t at_work = 0;
  uint32_t connect_us = 0;  // 0: not known
  uint32_t failures = 0;    // in a row
  std::string_view checked;  // "unknown", "up", "down"
  // Milliseconds it is left alone for yet; 0: it is not; -1: the time is over, it is on trial.
  int64_t ejected_ms = 0;
  uint32_t ejections = 0;  // in a row
  uint64_t chosen = 0, failed = 0;
};

class Router {
 public:
  virtual ~Router() = default;

  // Takes a place before anybody connects. Waits in the queue (a fiber parks, a thread blocks) until the earlier of the
  // deadline and the Routing's own limit.
  virtual Choice choose(const Asker& asker, reactor::Deadline deadline) = 0;
  virtual const RouterOptions& options() const = 0;
  virtual TableSource& tables() const = 0;

  virtual void start_child() = 0;
  virtual void stop_child() = 0;
  virtual void report(api::StatusWriter& writer) const = 0;

  // Every backend of the table at work, as it is now; false ends the visit.
  virtual void visit(base::FunctionRef<bool(const BackendState& state)>) const {}
  // For health checks: LoadRowShm::checked and its like; null: there is none.
  virtual LoadTable* loads() { return nullptr; }
  // Whether this child is the one that checks, for the next few seconds (length); asked again before they are over.
  virtual bool lease_checks(base::Duration) { return false; }

 protected:
  friend class Choice;
  virtual void note_connected(Choice& choice, base::Duration took) = 0;
  virtual void note_success(Choice& choice) = 0;
  virtual void note_failure(Choice& choice, Failing what) = 0;
  virtual void give_back(Choice& choice) = 0;
};

// In the parent. The error is a fault of the configuration: a geo_database that cannot be read, no memory. clock: null
// is the system's as the last tick left it.
base::Result<std::shared_ptr<Router>> open_router(RouterOptions options, std::shared_ptr<TableSource> tables,
                                                  const base::Clock* clock = nullptr);
// Those of the configuration. In a child any thread; in the parent the one that reads configurations.
std::vector<std::shared_ptr<Router>> routers_of_this_process();
// When the configuration before is gone: the memory of Routings that this one does not have.
void close_unused_routing(base::FunctionRef<bool(std::string_view name)> is_used);

}  // namespace navajo::route
