// Whom keys are for that were refused lately, for people who look: a small table in shared memory. The key of another
// name may take the place of one; a name is written when a key is refused that has none, so those that go on being
// refused are there. Any thread of any process; no lock, no wait, no system call (repair() excepted).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace navajo::limits {

class RefusedNames {
 public:
  static constexpr size_t kNames = 48, kWords = 8;
  struct Layout {
    struct {
      std::atomic<uint64_t> id;  // key_id(), 0, or the mark of who writes (way_mark.h)
      std::atomic<uint64_t> text[kWords];
    } entries[kNames];
  };

  explicit RefusedNames(Layout& layout) : layout_(layout) {}

  // 64 bytes of the name count.
  void put(uint64_t id, std::string_view name);
  // Empty: not known.
  std::string get(uint64_t id) const;
  // Frees what dead processes were writing.
  void repair();

 private:
  Layout& layout_;
};

}  // namespace navajo::limits
