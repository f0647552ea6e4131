// The rules of one Rules element, shared by all children: generations of one image in a shared segment (shm/segment.h)
// that a graceful restart finds again. A new generation is written aside, verified and put to work by one atomic store;
// every child notices within a poll interval and adopts it on a thread of its own, so that no reactor ever compiles a
// pattern. A request takes one generation and keeps it to its end. An old image's room is used again when no living
// process and no request has it any more.
//
// Counters per rule are in the same segment, found by the rule's id: they go on over generations, and over restarts.
// What stops: a file with faults changes nothing, says all that is wrong (NVJ1900), and is judged again when it
// changes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/base/result.h"
#include "navajo/config/diagnostics.h"
#include "navajo/rules/program.h"

namespace navajo::rules {

struct RuleCountersShm {
  std::atomic<uint64_t> hits;         // the condition held
  std::atomic<uint64_t> other_arm;    // of a two-armed rule: it did not
  std::atomic<uint64_t> refused, would_have, gave_up;
  std::atomic<uint64_t> timed, nanoseconds;  // a sample of the evaluations, and what they took
  std::atomic<int64_t> last_hit;      // seconds since 1970
};

struct RuleStoreOptions {
  std::string name;  // of the Rules element
  std::string file;  // absolute
  uint64_t memory = 16 << 20;  // of one generation's image; there are three places for them
  uint32_t counter_rows = 32768;
  std::chrono::milliseconds poll{500};
};

// One generation as a process sees it. The program's image stays mapped as long as somebody holds it.
class RuleGeneration {
 public:
  virtual ~RuleGeneration() = default;
  virtual uint32_t number() const = 0;
  virtual const Program& program() const = 0;
  // Of the program's rule with that number; never null: rules beyond counter_rows share one row.
  virtual RuleCountersShm& counters(uint32_t rule) const = 0;
};

class RuleStore {
 public:
  // In the parent while the configuration is read: reads and compiles the file. Faults go to diagnostics, and then the
  // result is null. At a graceful restart with a faulty file the configuration as a whole is refused, as ever.
  static std::shared_ptr<RuleStore> open(const RuleStoreOptions& options, config::Diagnostics& diagnostics);
  // Segments no configuration uses any more go: when a configuration has been read whole.
  static void close_unused();
  // Those of the configuration, by name. In a child any thread; in the parent the one that reads configurations.
  static std::vector<std::shared_ptr<RuleStore>> of_this_process();
  virtual ~RuleStore() = default;

  // Any thread, any fiber; a few nanoseconds, no lock. Never null after open().
  virtual std::shared_ptr<const RuleGeneration> current() const = 0;

  // In the parent, when the configuration is put to work: what open() has read becomes the generation of children of an
  // earlier configuration, too. Until then number() of it may be 0.
  virtual void put_to_work() {}

  // Starts the thread that looks for new generations and for changed files.
  virtual void start_child() = 0;
  virtual void stop_child() = 0;

  // Reads the file again and puts it to work, also if it has not changed: `navajo rules reload`. Not on a reactor: it
  // may take a second. Answers with the number of the generation; the faults, with their places, are in diagnostics.
  virtual base::Result<uint32_t> reload(config::Diagnostics& diagnostics) = 0;

  virtual const RuleStoreOptions& options() const = 0;
  // Generations, memory, reloads, and every rule's counters.
  virtual void report(api::StatusWriter& writer) const = 0;
};

}  // namespace navajo::rules
