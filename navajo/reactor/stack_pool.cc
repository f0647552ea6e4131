#include "navajo/reactor/stack_pool.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "navajo/reactor/sanitizer.h"

namespace navajo::reactor {
namespace {

constexpr unsigned char kPaint = 0xA5;

size_t page_size() {
  static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

}  // namespace

StackPool::StackPool(size_t stack_size, size_t hot)
    : stack_size_((stack_size + page_size() - 1) / page_size() * page_size()), hot_(hot) {}

StackPool::~StackPool() {
  for (const Stack& stack : free_) munmap(stack.low - page_size(), stack.size + page_size());
}

Stack StackPool::take() {
  Stack stack;
  if (!free_.empty()) {
    stack = free_.back();
    free_.pop_back();
    unused_ = std::min(unused_, free_.size());
  } else {
    void* base = mmap(nullptr, stack_size_ + page_size(), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (base == MAP_FAILED) return {};
    if (mprotect(base, page_size(), PROT_NONE) != 0) {
      munmap(base, stack_size_ + page_size());
      return {};
    }
    stack = {static_cast<char*>(base) + page_size(), stack_size_};
    mapped_++;
  }
  if (paint_) memset(stack.low, kPaint, stack.size);
  return stack;
}

void StackPool::give(Stack stack) {
  sanitizer::forget(stack.low, stack.size);
  if (paint_) measure(stack);
  free_.push_back(stack);  // last in, first out: the next fiber finds a warm stack
}

bool StackPool::trim() {
  // The coldest stand in front.
  const size_t surplus = free_.size() > hot_ ? std::min(unused_, free_.size() - hot_) : 0;
  for (size_t i = 0; i < surplus; i++) munmap(free_[i].low - page_size(), free_[i].size + page_size());
  free_.erase(free_.begin(), free_.begin() + static_cast<std::ptrdiff_t>(surplus));
  mapped_ -= surplus;
  unused_ = free_.size();
  return free_.size() > hot_;
}

void StackPool::measure(const Stack& stack) {
  size_t untouched = 0;
  while (untouched < stack.size && static_cast<unsigned char>(stack.low[untouched]) == kPaint) untouched++;
  if (stack.size - untouched > deepest_use_) deepest_use_ = stack.size - untouched;
}

}  // namespace navajo::reactor
