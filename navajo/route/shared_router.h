// The Router there is: chooses by Chooser, keeps loads and bindings in a RoutingSegment. Made in the parent; forked
// children share the segment. Each child has a caretaker's thread, which adopts tables that have changed, looks at the
// geographical database and, one child by a lease, gives back what dead children held and cleans bindings.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "navajo/base/current_value.h"
#include "navajo/route/chooser.h"
#include "navajo/route/outliers.h"
#include "navajo/route/routing_segment.h"
#include "navajo/route/waiting_line.h"

namespace navajo::route {

// One backend of an app, as a choice for an asker sees it.
struct Considered {
  const Candidate& candidate;
  Standing standing;
  uint32_t load;
  unsigned place;
  Score score;
  bool is_bound;
};

class SharedRouter final : public Router, public std::enable_shared_from_this<SharedRouter> {
 public:
  static base::Result<std::shared_ptr<SharedRouter>> open(RouterOptions options, std::shared_ptr<TableSource> tables,
                                                          const base::Clock* clock = nullptr);
  ~SharedRouter() override;

  Choice choose(const Asker& asker, reactor::Deadline deadline) override;
  const RouterOptions& options() const override { return options_; }
  TableSource& tables() const override { return *tables_; }
  void start_child() override;
  void stop_child() override;
  void report(api::StatusWriter& writer) const override;
  void visit(base::FunctionRef<bool(const BackendState& state)> visit) const override;
  LoadTable* loads() override { return &loads_; }
  bool lease_checks(base::Duration length) override;

  // Every backend of the asker's app. False: there is no such app. Changes nothing.
  bool explain(const Asker& asker, base::FunctionRef<void(const Considered& considered)> visit);
  const Places& places() const { return *places_; }
  // One look of the caretaker; the thread's, and tests'.
  void look_after();
  static std::vector<std::shared_ptr<Router>> of_this_process();

 private:
  // Of one asker, for all looks of its choice.
  struct Wanted {
    const Asker& asker;
    uint64_t client = 0;  // digest of what binds; 0: nothing
    uint64_t hash = 0;
    Location location;
  };

  SharedRouter(RouterOptions options, std::shared_ptr<TableSource> tables, RoutingSegment segment,
               std::unique_ptr<Places> places, const base::Clock* clock);

  void note_connected(Choice& choice, base::Duration took) override;
  void note_success(Choice& choice) override;
  void note_failure(Choice& choice, Failing what) override;
  void give_back(Choice& choice) override;

  int64_t now_ms() const;
  std::shared_ptr<const Prepared> current();
  void adopt(std::shared_ptr<const BackendTable> table);
  Wanted wanted_of(const Asker& asker) const;
  Inquiry inquiry_of(const Wanted& wanted, const Prepared& prepared, bool any_expires) const;
  const Candidate* bound_to(const Wanted& wanted, const Prepared& prepared, const Pool& pool, int64_t now);
  Choice look(const std::shared_ptr<const Prepared>& prepared, const Wanted& wanted);
  Choice make(const std::shared_ptr<const Prepared>& prepared, const Candidate& one, uint64_t client) const;
  void bind(uint64_t client, uint32_t tag, int64_t now);
  Choice wait(const Pool& pool, const Wanted& wanted, reactor::Deadline deadline);
  Choice refuse(Refusal why);
  void refresh_places();
  bool lease(std::atomic<uint64_t>& holder, std::atomic<int64_t>& until, int64_t now, int64_t length) const;
  void run();

  SharedRouter* next_ = nullptr;  // of this process
  const RouterOptions options_;
  const std::shared_ptr<TableSource> tables_;
  const RoutingSegment segment_;
  RoutingHeaderShm& header_;
  LoadTable loads_;
  BindingTable bindings_;
  RetryBudget retries_;
  Outliers outliers_;
  const Chooser chooser_;
  const std::unique_ptr<Places> places_;
  const base::Clock* const clock_;  // null: the system's, as its last tick left it
  uint64_t self_;                   // observe::ProcessIdentity

  base::CurrentValue<Prepared> prepared_;
  std::mutex adopting_;
  std::atomic<uint64_t> waiting_{0};  // of all apps, in this process
  std::atomic<bool> has_caretaker_{false};

  // Of the caretaker.
  int64_t looked_at_places_ = 0, cleaned_ = 0, wanted_ = 0;
  std::mutex guard_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded
  std::thread thread_;
};

}  // namespace navajo::route
