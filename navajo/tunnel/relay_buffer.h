// 64 KB for bytes that one end of a tunnel has sent and the other has not taken yet. Held only while there are such
// bytes, so an idle tunnel has none. The last one given back is the next one taken: it is still in the processor's
// cache. One free list per thread; it keeps kMaxIdle, the rest goes back to the allocator, all of it with the thread.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace navajo::tunnel {

// Owns one buffer, or none. Given back on the thread that took it.
class RelayBuffer {
 public:
  static constexpr size_t kSize = 64 * 1024, kMaxIdle = 16;

  RelayBuffer() = default;
  ~RelayBuffer() { give_back(); }
  RelayBuffer(const RelayBuffer&) = delete;
  RelayBuffer& operator=(const RelayBuffer&) = delete;

  // Does nothing when there is one. False: no memory.
  [[nodiscard]] bool take();
  void give_back();
  explicit operator bool() const { return bytes_ != nullptr; }
  std::span<char> bytes() const { return {bytes_, kSize}; }

 private:
  char* bytes_ = nullptr;
};

// Of the whole process.
struct RelayBufferNumbers {
  size_t in_use = 0, idle = 0;
};
RelayBufferNumbers relay_buffer_numbers();

}  // namespace navajo::tunnel
