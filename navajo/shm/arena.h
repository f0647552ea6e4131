// Memory that a parent and all children it forks see alike, handed out piece by piece and given back all at once: for
// what a configuration needs in shared memory and what never moves (states of backends, counters of a filter).
// The parent makes it and allocates while the configuration is built; children inherit the mapping at the same address,
// so pointers into it made before the fork are good in every child. allocate() may be called from any thread and any
// process, it is one atomic addition. What a child allocates after the fork, no other process knows of by itself.
// Memory is zero. Nothing in it may own anything: no destructor runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "navajo/base/result.h"

namespace navajo::shm {

class Arena {
 public:
  // `size` is rounded up to whole pages. Fails with the system's reason.
  static base::Result<Arena> create(size_t size);

  Arena(Arena&& other) noexcept;
  Arena& operator=(Arena&& other) noexcept;
  ~Arena();  // unmaps in this process only

  // Null when the arena is exhausted; what was allocated before stays. alignment: a power of two, at most a page.
  // owner: who asks, for refused_owner().
  [[nodiscard]] void* allocate(size_t bytes, size_t alignment, std::string_view owner);

  // Value-initialised, so that plain members are 0.
  template <class T, class... A>
  [[nodiscard]] T* make(std::string_view owner, A&&... arguments) {
    static_assert(std::is_trivially_destructible_v<T>, "nobody would call its destructor");
    void* place = allocate(sizeof(T), alignof(T), owner);
    return place ? ::new (place) T{std::forward<A>(arguments)...} : nullptr;
  }
  // `count` of them in a row.
  template <class T>
  [[nodiscard]] T* make_array(std::string_view owner, size_t count) {
    static_assert(std::is_trivially_destructible_v<T>, "nobody would call its destructor");
    if (count > size_ / sizeof(T)) return static_cast<T*>(refuse(owner, SIZE_MAX));
    void* place = allocate(count * sizeof(T), alignof(T), owner);
    if (!place) return nullptr;
    T* first = static_cast<T*>(place);
    for (size_t i = 0; i < count; i++) ::new (static_cast<void*>(first + i)) T{};
    return first;
  }

  size_t size() const { return size_ - kHead; }
  size_t used() const;
  size_t available() const { return size() - used(); }
  // How many bytes were asked for in vain, by all processes, and who asked first: enough for the line that says so.
  uint64_t refused_bytes() const;
  std::string refused_owner() const;

 private:
  struct HeadShm;
  static constexpr size_t kHead = 128;
  Arena(void* mapping, size_t size) : mapping_(mapping), size_(size) {}
  HeadShm& head() const;
  void* refuse(std::string_view owner, size_t bytes);

  void* mapping_ = nullptr;
  size_t size_ = 0;
};

}  // namespace navajo::shm
