#include "navajo/route/hash_ring.h"

#include <algorithm>
#include <tuple>

#include "navajo/route/digest.h"

namespace navajo::route {
namespace {

// In all, for weights alike: enough that shares differ by a tenth or so, few enough to be sorted in milliseconds.
constexpr double kPoints = 32'768;
constexpr double kFewest = 8, kMost = 160;

}  // namespace

HashRing::HashRing(std::span<const Member> members) {
  if (members.empty()) return;
  double weights = 0;
  for (const Member& member : members) weights += member.weight;
  const double mean = weights / static_cast<double>(members.size());
  const double each = std::clamp(kPoints / static_cast<double>(members.size()), kFewest, kMost);
  for (size_t i = 0; i < members.size(); i++) {
    // A weight far above the others' does not take more points than the ring has altogether.
    const double wanted = std::clamp(each * members[i].weight / mean, 1.0, kPoints);
    uint64_t state = Digest(DigestSecret{}).part(members[i].id).finish();
    for (int point = 0; point < static_cast<int>(wanted); point++) {
      // splitmix64: from one digest as many numbers as wanted.
      uint64_t mixed = state += 0x9e3779b97f4a7c15;
      mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
      mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
      points_.push_back({static_cast<uint32_t>((mixed ^ mixed >> 31) >> 32), static_cast<uint16_t>(i)});
    }
  }
  std::sort(points_.begin(), points_.end(), [&members](const Point& a, const Point& b) {
    return std::tie(a.place, members[a.member].id) < std::tie(b.place, members[b.member].id);
  });
}

size_t HashRing::first(uint64_t hash) const {
  const auto place = static_cast<uint32_t>(hash >> 32);
  const auto at = std::lower_bound(points_.begin(), points_.end(), place,
                                   [](const Point& point, uint32_t wanted) { return point.place < wanted; });
  return static_cast<size_t>(at - points_.begin());
}

}  // namespace navajo::route
