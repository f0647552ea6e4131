// Limits in one segment of shared memory (shm/segment.h): a head, the slots, the rates, the credits. Found again over
// graceful restarts, also with another `memory`, which counts when the server is stopped and started. What is not used
// takes no memory: the tables' pages are made present when the first key comes.
//
// Every child has a caretaker's thread; by a lease in the head one of them does the work: drops forgotten keys, gives
// back what dead children held, saves credits. The lease ends with its holder, and runs out when that is stuck.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "navajo/limits/credit_table.h"
#include "navajo/limits/credits_file.h"
#include "navajo/limits/limits.h"
#include "navajo/limits/rate_table.h"
#include "navajo/limits/refused_names.h"
#include "navajo/limits/slot_table.h"
#include "navajo/shm/segment.h"

namespace navajo::limits {

struct LimitsHeaderShm {
  char magic[8];
  uint32_t version;
  uint32_t rate_rows, credit_rows;
  uint64_t size;
  KeySecret secret;
  std::atomic<uint32_t> rates_present, credits_present;
  std::atomic<uint32_t> loaded;    // the file of credits has been read
  std::atomic<uint32_t> save_set;  // of the file, which is written next
  std::atomic<uint64_t> lease_holder;
  std::atomic<int64_t> lease_until, cleaned_at, saved_at;  // steady clock, ms
  std::atomic<uint64_t> told_crowded, told_repaired;
  std::atomic<uint64_t> saves, saves_failed;
  alignas(64) RateNumbersShm rates;
  alignas(64) CreditNumbersShm credits;
  RefusedNames::Layout names;
};

class SharedLimits final : public Limits {
 public:
  static base::Result<std::shared_ptr<SharedLimits>> open_segment(const LimitsOptions& options);
  ~SharedLimits() override;

  void put_to_work() override;
  const KeySecret& secret() const override { return header().secret; }
  RateDecision rate(const Key& key, const RateSpec& spec, base::TimePoint now, uint64_t cost = 1) override;
  CreditDecision credit(const Key& key, const CreditSpec& spec, int64_t wall_seconds, uint64_t price,
                        std::string_view label = {}) override;
  void charge(const Key& key, const CreditSpec& spec, int64_t wall_seconds, uint64_t price,
              std::string_view label = {}) override;
  void visit_credits(base::FunctionRef<bool(const CreditUse&)> visit) const override;
  uint32_t visit_rates(uint32_t from, base::TimePoint now,
                       base::FunctionRef<void(const RateUse&)> visit) const override;
  void name_refused(const Key& key, std::string_view name) override { names_.put(key_id(key), name); }
  uint64_t forget(const Key& key) override;
  uint64_t forget_credits(base::FunctionRef<bool(const CreditUse&)> which) override;
  uint32_t forget_rates(uint32_t from, base::TimePoint now, base::FunctionRef<bool(const RateUse&)> which,
                        uint64_t& forgotten) override;
  bool save_forgotten() override;
  Slot enter(const Key& key, uint64_t limit) override;
  bool begin_sleep() override;
  void end_sleep() override;
  void start_child() override;
  void stop_child() override;
  void report(api::StatusWriter& writer) const override;

  // One look of the caretaker: what is due of its work, if the lease is this process's. The thread's, and tests'.
  void look_after(base::TimePoint now, int64_t wall_seconds);
  // Rows of one visit_rates() or forget_rates().
  static constexpr uint32_t kVisited = 2048;
  // Credits that have changed, now. False: they could not be saved (NVJ1922 once until it works again).
  bool save();

  static constexpr char kSegmentPrefix[] = "navajo-limits-";

 private:
  friend class Limits;
  SharedLimits(const LimitsOptions& options, shm::Segment segment);
  LimitsHeaderShm& header() const { return *reinterpret_cast<LimitsHeaderShm*>(segment_.data()); }
  bool make_present(std::atomic<uint32_t>& present, uint64_t offset, uint64_t bytes) const;
  bool rates_present() const;
  bool credits_present() const;
  void clean(uint64_t now_ns, int64_t wall_seconds);
  void tell();
  void run();

  SharedLimits* next_ = nullptr;  // of this process
  LimitsOptions options_;
  shm::Segment segment_;
  SlotTable slots_;
  mutable RateTable rates_;
  mutable CreditTable credits_;
  RefusedNames names_;
  std::unique_ptr<CreditsFile> file_;
  pid_t opened_by_ = 0;
  bool save_failed_ = false;  // told; guarded by saving_
  std::mutex saving_;
  std::atomic<uint32_t> sleepers_{0};
  std::atomic<int64_t> told_sleepers_{INT64_MIN / 2};

  std::mutex guard_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded
  std::thread thread_;
};

}  // namespace navajo::limits
