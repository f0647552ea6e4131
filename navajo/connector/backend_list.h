// The backends of one connector in order of preference: the first usable one of the first group, then the next
// groups. Who chooses keeps a Tried of his own, so no request goes to the same backend twice by failover.
// Thread-safe.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "navajo/connector/backend.h"

namespace navajo::connector {

class BackendList {
 public:
  // Indexes of backends a request has been to.
  class Tried {
   public:
    void add(size_t index) { bits_ |= uint64_t{1} << index; }
    bool has(size_t index) const { return bits_ >> index & 1; }
    size_t count() const { return static_cast<size_t>(__builtin_popcountll(bits_)); }

   private:
    static_assert(kMaxBackends <= 64);
    uint64_t bits_ = 0;
  };
  static constexpr size_t kNone = SIZE_MAX;

  BackendList(const std::vector<BackendAddress>& addresses, base::Duration retry_timeout, size_t max_connections,
              size_t wait_queue);

  // The index of the backend to use next, or kNone. A backend that stands alone is always used: there is nothing
  // to keep requests away for. Of several that are all bad, one is tried once a second, so that the service is
  // back soon after the first of them.
  size_t choose(const Tried& tried, base::TimePoint now);
  // The one choose() would most likely name, without claiming it: for a log line. kNone: nothing left.
  size_t likely_next(const Tried& tried) const;

  void connect_failed(size_t index, Cause cause, base::TimePoint now);
  void connected(size_t index);

  size_t size() const { return backends_.size(); }
  Backend& operator[](size_t index) { return *backends_[index]; }
  const Backend& operator[](size_t index) const { return *backends_[index]; }

 private:
  std::vector<std::unique_ptr<Backend>> backends_;
  base::Duration retry_timeout_;
  std::atomic<base::Duration::rep> next_last_resort_{0};
  std::atomic<size_t> last_resort_turn_{0};
};

}  // namespace navajo::connector
