// One generation of a rule store in this process: the program, the counters' rows, and what keeps its image where it
// is: a hold on the shared place, or an image of this process alone. Made by whoever adopts it (watcher, admin thread,
// parent); used by all threads; given up by the last request that has it, and taken apart by the watcher, since that
// may be the work of milliseconds.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "navajo/rules/rule_compiler.h"
#include "navajo/rules/rule_store.h"
#include "navajo/rules/store_segment.h"

namespace navajo::rules {

using OwnImage = std::shared_ptr<const std::vector<std::byte>>;

class SharedGeneration final : public RuleGeneration {
 public:
  struct Parts {
    uint32_t number = 0;  // 0: not put to work
    int64_t loaded_at = 0;
    std::shared_ptr<StoreSegment> segment;
    std::optional<PlaceReaders::Hold> hold;  // or else
    OwnImage own_image;
    std::span<const std::byte> image;
    std::vector<uint32_t> rows;  // of the counters, by rule; without one: the row all share
    AdoptedRules rules;
  };
  explicit SharedGeneration(Parts parts) : parts_(std::move(parts)) {}

  uint32_t number() const override { return parts_.number; }
  const Program& program() const override { return *parts_.rules.program; }
  RuleCountersShm& counters(uint32_t rule) const override {
    CounterRows& all = parts_.segment->counters();
    return all.counters(rule < parts_.rows.size() ? parts_.rows[rule] : all.shared_row());
  }
  const Parts& parts() const { return parts_; }

 private:
  friend class RetiredGenerations;
  Parts parts_;  // its program goes before its image
  SharedGeneration* next_retired_ = nullptr;
};

class RetiredGenerations {
 public:
  ~RetiredGenerations() { drain(); }

  // The pointer that everybody shares: when the last one goes, the generation comes here.
  static std::shared_ptr<const SharedGeneration> share(std::unique_ptr<SharedGeneration> generation,
                                                       const std::shared_ptr<RetiredGenerations>& here);
  // From here on they wait for drain(), or no longer.
  void wait_for_drain(bool wait) { waits_.store(wait); }
  // Any thread.
  void drain();

 private:
  void take(const SharedGeneration* generation);

  std::atomic<SharedGeneration*> first_{nullptr};
  std::atomic<bool> waits_{false};
};

}  // namespace navajo::rules
