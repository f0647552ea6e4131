#include "navajo/route/weighted_turns.h"

#include <algorithm>
#include <numeric>
#include <queue>
#include <tuple>

namespace navajo::route {

WeightedTurns::WeightedTurns(std::span<const uint32_t> weights) {
  if (weights.empty()) return;
  uint32_t divisor = 0;
  uint64_t sum = 0;
  for (const uint32_t weight : weights) {
    divisor = std::gcd(divisor, weight);
    sum += weight;
  }
  const double coarser = std::max<double>(divisor, static_cast<double>(sum) / kMostTurns);
  struct Next {
    double due;
    uint16_t who;
    double step;
  };
  const auto later = [](const Next& a, const Next& b) { return std::tie(a.due, a.who) > std::tie(b.due, b.who); };
  std::priority_queue<Next, std::vector<Next>, decltype(later)> line(later);
  size_t turns = 0;
  for (size_t i = 0; i < weights.size(); i++) {
    const auto times = std::max<int64_t>(1, static_cast<int64_t>(weights[i] / coarser + 0.5));
    turns += static_cast<size_t>(times);
    const double step = 1.0 / static_cast<double>(times);
    line.push({step / 2, static_cast<uint16_t>(i), step});
  }
  turns_.reserve(turns);
  while (turns_.size() < turns) {
    Next next = line.top();
    line.pop();
    turns_.push_back(next.who);
    next.due += next.step;
    line.push(next);
  }
}

}  // namespace navajo::route
