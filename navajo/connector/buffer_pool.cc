#include "navajo/connector/buffer_pool.h"

#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>

#include "navajo/reactor/current.h"

namespace navajo::connector {
namespace {

constexpr size_t kMaxIdle = 64;

// Written by its own thread only (by whoever holds the lock, for ordinary threads). Never torn down: at exit there
// may still be threads.
struct FreeList {
  Buffer* first = nullptr;
  std::atomic<size_t> idle{0}, in_use{0};
};

FreeList g_lists[reactor::kMaxReactors + 1];
std::mutex g_guard;  // of list 0

void add(std::atomic<size_t>& count, size_t by) {
  count.store(count.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

class Locked {
 public:
  Locked() : number_(reactor::current_reactor_number()), lock_(g_guard, std::defer_lock) {
    if (number_ == 0) lock_.lock();
  }
  FreeList& list() const { return g_lists[number_]; }

 private:
  size_t number_;
  std::unique_lock<std::mutex> lock_;
};

}  // namespace

void* Buffer::operator new(size_t size) {
  if (void* memory = malloc(size)) return memory;
  throw std::bad_alloc();
}
void Buffer::operator delete(void* memory) noexcept { free(memory); }

void BufferLease::take() {
  if (buffer_) return;
  {
    const Locked locked;
    FreeList& list = locked.list();
    if (list.first) {
      buffer_ = std::exchange(list.first, list.first->next_free);
      add(list.idle, static_cast<size_t>(-1));
      add(list.in_use, 1);
      return;
    }
  }
  buffer_ = new Buffer;  // bytes stay untouched: no page is taken before it is used
  add(Locked().list().in_use, 1);
}

void BufferLease::give_back() {
  if (!buffer_) return;
  std::unique_ptr<Buffer> surplus;
  {
    const Locked locked;
    FreeList& list = locked.list();
    add(list.in_use, static_cast<size_t>(-1));
    if (list.idle.load(std::memory_order_relaxed) >= kMaxIdle) {
      surplus.reset(buffer_);
    } else {
      buffer_->next_free = std::exchange(list.first, buffer_);
      add(list.idle, 1);
    }
  }
  buffer_ = nullptr;
}

BufferPoolStats buffer_pool_stats() {
  BufferPoolStats stats;
  for (const FreeList& list : g_lists) {
    stats.idle += list.idle.load(std::memory_order_relaxed);
    stats.in_use += list.in_use.load(std::memory_order_relaxed);
  }
  return stats;
}

}  // namespace navajo::connector
