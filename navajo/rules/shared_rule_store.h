// RuleStore over a segment that all children map (rules/store_segment.h). The parent keeps its own copy of what it has
// read, so that it holds none of the three places; children that are forked inherit it, program and all. What comes
// later is written into a place by whichever process sees the change first, adopted there by its writer, made the
// current one by one store, and adopted by everybody else from the place.
//
// Threads: open() and put_to_work() in the parent; the watcher of a child and the admin thread take turns (working_);
// between processes, writers have the segment's lock. Requests see neither.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "navajo/rules/current_generation.h"
#include "navajo/rules/file_stamps.h"
#include "navajo/rules/rule_compiler.h"
#include "navajo/rules/rule_store.h"
#include "navajo/rules/shared_generation.h"

namespace navajo::rules {

class SharedRuleStore final : public RuleStore {
 public:
  // How long reload() waits for what others have.
  struct Patience {
    std::chrono::milliseconds for_lock{30'000}, for_place{3'000};
  };
  static std::shared_ptr<SharedRuleStore> open(const RuleStoreOptions& options, const RuleCompiler& compiler,
                                               config::Diagnostics& diagnostics, Patience patience);
  ~SharedRuleStore() override;

  std::shared_ptr<const RuleGeneration> current() const override { return current_.get(); }
  void put_to_work() override;
  void start_child() override;
  void stop_child() override;
  base::Result<uint32_t> reload(config::Diagnostics& diagnostics) override;
  const RuleStoreOptions& options() const override { return options_; }
  void report(api::StatusWriter& writer) const override;

  // What the watcher does; also for tests, which have none. Adopts the generation that is at work, if this process has
  // another one.
  void take_over();
  // Judges files that have changed. When to look again.
  std::chrono::milliseconds look_at_files();
  void drain() { retired_->drain(); }

 private:
  using Clock = std::chrono::steady_clock;
  using Held = std::optional<PlaceReaders::Hold>;
  // Files as they were when they were read.
  struct Judged {
    std::vector<std::string> watched;
    uint64_t stamps = 0;  // 0: they are to be read again
    uint64_t content = 0;
    bool as_read = true;  // false: the files have something else now, or it was a recorded configuration that was read
  };
  struct Published {
    GenerationWord word;
    Held hold;
    std::vector<uint32_t> rows;
    AdoptedRules rules;  // adopted from the place; empty if they were adopted already
  };

  SharedRuleStore(const RuleStoreOptions& options, const RuleCompiler& compiler, Patience patience)
      : options_(options), compiler_(compiler), patience_(patience) {}

  StoreHeadShm& head() const { return segment_->head(); }
  bool read_first(config::Diagnostics& diagnostics);
  void watch();
  void adopt_current();
  bool adopt(const GenerationWord& there, Held hold);
  // Under the lock, all of these.
  base::Result<uint32_t> judge(config::Diagnostics& diagnostics);
  base::Result<Published> publish(std::span<const std::byte> image, const AdoptedRules* adopted);
  base::Result<uint32_t> free_place();
  std::vector<uint32_t> place_counters(const AdoptedRules& rules, uint32_t generation);
  void remember(const Judged& judged, bool good);
  void take_own(uint32_t number, std::vector<uint32_t> rows);
  bool is_current(std::span<const std::byte> image) const;
  void mend(shm::RobustLock& lock) const;
  void take_copy(const GenerationWord& there);

  base::Status<> lock_for_writing(std::optional<shm::RobustLock>& lock) const;

  Judged look_back(const config::FileTexts& texts, bool good) const;
  bool fits(uint64_t image, config::Diagnostics& diagnostics) const;
  void tell_loaded(uint32_t number, Clock::time_point begun) const;
  void tell_warnings(std::span<const std::string> warnings) const;
  void tell_faults(std::span<const config::Fault> faults) const;
  void replace(SharedGeneration::Parts parts);

  const RuleStoreOptions options_;
  const RuleCompiler& compiler_;
  const Patience patience_;
  std::shared_ptr<StoreSegment> segment_;
  std::shared_ptr<RetiredGenerations> retired_ = std::make_shared<RetiredGenerations>();
  CurrentGeneration current_;

  // Of the parent: what open() has read.
  OwnImage own_image_;
  AdoptedRules own_rules_;
  Judged own_judged_;
  std::vector<std::string> own_warnings_;
  Clock::time_point own_begun_{};

  std::mutex working_;  // guards what follows
  std::atomic<uint32_t> number_{0};  // of current_
  uint32_t failed_number_ = 0;       // could not be adopted
  Clock::time_point failed_again_at_{};
  std::vector<std::string> watched_;
  uint32_t watch_version_ = 0;
  int restless_ = 0;  // looks in a row that found files being written

  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace navajo::rules
