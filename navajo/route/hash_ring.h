// A ring of points for consistent hashing: each backend has a number of them by its weight, at places that depend on
// its id alone, so that every server has the same ring and one backend more or less moves only its own share of the
// keys. Immutable once made.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace navajo::route {

class HashRing {
 public:
  struct Member {
    std::string_view id;
    uint32_t weight;
  };
  HashRing() = default;
  explicit HashRing(std::span<const Member> members);

  size_t points() const { return points_.size(); }
  // The first point at or behind the hash, then those that follow: member numbers, as long as visit says true.
  template <class Visit>
  void walk(uint64_t hash, size_t most, Visit&& visit) const {
    size_t at = first(hash);
    for (size_t i = 0; i < most && i < points_.size(); i++, at++) {
      if (at == points_.size()) at = 0;
      if (!visit(points_[at].member)) return;
    }
  }

 private:
  struct Point {
    uint32_t place;
    uint16_t member;
  };
  size_t first(uint64_t hash) const;
  std::vector<Point> points_;
};

}  // namespace navajo::route
