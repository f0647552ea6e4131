// Looks after the backends of one Router as its HealthCheck says, and the column check of rows: after `fall` bad checks
// in a row a backend gets nobody, after `rise` good ones it is back. What it finds stands in the load table
// (LoadRowShm::checked), where all children see it. One nobody has checked yet counts as usable.
//
// Made in the parent; every child has a thread, and the one with the lease (Router::lease_checks) checks for all. It is
// a reactor of its own, so that a few dozen checks under way are fibers of one thread, and none of them on a reactor
// that serves requests. Started after its Router, stopped before it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>

#include "navajo/base/result.h"
#include "navajo/reactor/reactor.h"
#include "navajo/route/backend_check.h"
#include "navajo/route/load_table.h"
#include "navajo/route/router.h"

namespace navajo::route {

class HealthChecker {
 public:
  static constexpr size_t kMostAtOnce = 64;

  // options.kind off: only rows with a check of their own are checked. clock: that of the Router; null: the system's.
  // The error is a fault of the configuration: the certificates of those who vouch for backends.
  static base::Result<std::shared_ptr<HealthChecker>> make(std::shared_ptr<Router> router, CheckOptions options,
                                                           const base::Clock* clock = nullptr);
  ~HealthChecker();
  HealthChecker(const HealthChecker&) = delete;

  void start_child();
  // In a child that takes no more connections: its settings may be yesterday's. Another one checks within seconds. Any
  // thread, waits for nothing.
  void leave_to_others() { leaves_.store(true); }
  // Checks under way are given up and count for nothing.
  void stop_child();
  void report(api::StatusWriter& writer) const;

  // What the thread does, for tests that have none. Asks for the lease and takes up what has changed in the table.
  void look();
  // Makes those that are due, one after the other; how many.
  size_t check_due();
  // Never when this child does not check, or there is nothing to be checked.
  base::TimePoint next_due() const;

 private:
  struct Watched {
    BackendRow row;
    CheckOptions plan;
    uint32_t load_row = 0;
    uint64_t load_id = 0;  // whose row that was
    uint64_t serial = 0;   // another one when what is checked has changed
    uint64_t seen = 0;     // in which look
    base::TimePoint due;   // meaningless while it is checked
  };
  // What a fiber works at; the backend may be gone from the table meanwhile.
  struct Work {
    HealthChecker* checker = nullptr;
    BackendRow row;
    CheckOptions plan;
    uint64_t serial = 0;
    base::TimePoint began;
  };

  HealthChecker(std::shared_ptr<Router> router, CheckOptions options, const base::Clock* clock);
  base::TimePoint now() const;
  // False: why not.
  bool make_tls(std::string& why);
  void take(const BackendState& state, base::TimePoint now);
  void begin_anew(Watched& one, base::TimePoint now);
  void forget(Watched& one);
  void forget_all();
  base::Duration about(base::Duration length);
  std::unique_ptr<Work> take_due(base::TimePoint now);
  void check(Work& work);
  void finish(const Work& work, const CheckOutcome& outcome);
  void note(const Watched& one, const CheckOutcome& outcome);
  void note_good(const Watched& one, LoadRowShm& load);
  void note_bad(const Watched& one, LoadRowShm& load, const std::string& why);
  // Of the thread's reactor.
  void run(reactor::Reactor& reactor);
  void keep_pace(reactor::Reactor& reactor);
  void hire(reactor::Reactor& reactor);

  const std::shared_ptr<Router> router_;
  const CheckOptions options_;
  const base::Clock* const clock_;
  std::shared_ptr<tls::ClientContext> tls_;  // null until it is needed

  // Of the thread.
  std::unordered_map<std::string, Watched> watched_;  // by id; as many as the table has
  std::set<std::pair<base::TimePoint, Watched*>> due_;
  uint64_t looks_ = 0, serials_ = 0, random_ = 1;
  base::TimePoint next_look_{};
  size_t fibers_ = 0;

  std::atomic<uint64_t> checks_{0}, failed_{0}, under_way_{0};  // of this child
  std::atomic<bool> has_lease_{false}, leaves_{false};
  std::unique_ptr<reactor::Reactor> reactor_;
  std::thread thread_;
};

}  // namespace navajo::route
