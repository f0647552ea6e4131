#include "navajo/tunnel/relay_buffer.h"

#include <array>
#include <atomic>
#include <cstdlib>

namespace navajo::tunnel {
namespace {

std::atomic<size_t> g_in_use{0}, g_idle{0};

struct FreeList {
  std::array<char*, RelayBuffer::kMaxIdle> buffers{};
  size_t count = 0;
  ~FreeList() {
    g_idle.fetch_sub(count, std::memory_order_relaxed);
    while (count > 0) free(buffers[--count]);
  }
};
thread_local FreeList t_free;

}  // namespace

// Of malloc, whose pages stay untouched until they are used.
bool RelayBuffer::take() {
  if (bytes_) return true;
  if (t_free.count > 0) {
    bytes_ = t_free.buffers[--t_free.count];
    g_idle.fetch_sub(1, std::memory_order_relaxed);
  } else {
    bytes_ = static_cast<char*>(malloc(kSize));
  }
  if (!bytes_) return false;
  g_in_use.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void RelayBuffer::give_back() {
  if (!bytes_) return;
  g_in_use.fetch_sub(1, std::memory_order_relaxed);
  if (t_free.count == kMaxIdle) {
    free(bytes_);
  } else {
    t_free.buffers[t_free.count++] = bytes_;
    g_idle.fetch_add(1, std::memory_order_relaxed);
  }
  bytes_ = nullptr;
}

RelayBufferNumbers relay_buffer_numbers() {
  return {g_in_use.load(std::memory_order_relaxed), g_idle.load(std::memory_order_relaxed)};
}

}  // namespace navajo::tunnel
