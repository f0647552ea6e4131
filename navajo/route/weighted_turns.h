// In turn, by weight: a schedule in which each backend stands as often as its weight says, spread as evenly as they go
// (earliest deadline first). Weights whose sum is too great are made coarser, none below one. Immutable once made.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace navajo::route {

class WeightedTurns {
 public:
  static constexpr size_t kMostTurns = 16'384;
  WeightedTurns() = default;
  explicit WeightedTurns(std::span<const uint32_t> weights);

  size_t size() const { return turns_.size(); }
  uint16_t at(size_t turn) const { return turns_[turn]; }

 private:
  std::vector<uint16_t> turns_;
};

}  // namespace navajo::route
