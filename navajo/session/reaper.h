// Ends the sessions whose time is up, in small steps: a step looks at a few thousand blocks without any lock and
// takes the lock of one session at a time, so nobody waits for it. One process at a time, by a lease in the store
// that runs out when its holder dies. Before a pass every stripe is locked once: a process that died inside one is
// noticed then at the latest, and what it left is put right. After a pass one line tells the store's numbers (trace
// group NPReaperOp, info).
#pragma once

#include <chrono>
#include <cstdint>

#include "navajo/base/function_ref.h"
#include "navajo/session/local_session_store.h"

namespace navajo::session {

struct ReaperOptions {
  std::chrono::milliseconds interval{10'000};  // from the end of a pass to the next, over all processes
  std::chrono::milliseconds timeout{120'000};  // a pass that takes longer is reported and goes on in the next run
};

class Reaper {
 public:
  Reaper(LocalSessionStore& store, const ReaperOptions& options) : store_(store), options_(options) {}

  enum class Run : uint8_t { not_due, held_by_another, stopped, timed_out, pass_ended };
  // Runs until the pass has ended, the time is over, or stop() says true (asked between two steps).
  Run run(base::FunctionRef<bool()> stop);

  // Blocks looked at in one step.
  static constexpr uint32_t kStep = 8192;
  static constexpr uint64_t kLeaseMs = 10'000;

 private:
  bool take_lease(uint64_t now);
  void visit_stripes();
  void step(uint32_t from, uint32_t to);
  void end_pass();

  LocalSessionStore& store_;
  ReaperOptions options_;
};

}  // namespace navajo::session
