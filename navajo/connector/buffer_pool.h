// 64 KB buffers for bytes on their way, with room for the fields of a response head. Taken when there are bytes to
// hold and given back when there are none, so that 10,000 requests that wait for a backend hold none. The last one
// given back is the next one taken: it is still in the processor's cache. One free list per reactor, one with a
// lock for ordinary threads; each keeps a bounded number, the rest goes back to the allocator.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "navajo/http/response_head.h"

namespace navajo::connector {

struct Buffer {
  // Of malloc: the pool keeps buffers until the process ends, which is nobody's leak (unit tests count operator new).
  static void* operator new(size_t size);
  static void operator delete(void* memory) noexcept;

  static constexpr size_t kSize = 64 * 1024;
  static constexpr size_t kMaxFields = 1000;
  std::array<http::FieldSlice, kMaxFields> fields;
  Buffer* next_free = nullptr;
  char bytes[kSize];
};

// Owns one buffer, or none. Used on the thread that took it.
class BufferLease {
 public:
  BufferLease() = default;
  ~BufferLease() { give_back(); }
  BufferLease(BufferLease&& other) noexcept : buffer_(std::exchange(other.buffer_, nullptr)) {}
  BufferLease& operator=(BufferLease&& other) noexcept {
    if (this != &other) {
      give_back();
      buffer_ = std::exchange(other.buffer_, nullptr);
    }
    return *this;
  }

  void take();  // does nothing when there is one
  void give_back();
  explicit operator bool() const { return buffer_ != nullptr; }
  Buffer* operator->() const { return buffer_; }
  std::span<char> bytes() const { return {buffer_->bytes, Buffer::kSize}; }

 private:
  Buffer* buffer_ = nullptr;
};

struct BufferPoolStats {
  size_t idle = 0, in_use = 0;
};
// Of the whole process.
BufferPoolStats buffer_pool_stats();

}  // namespace navajo::connector
