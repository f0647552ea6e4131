// Fiber stacks: mmap'd, each with a guard page below it, so an overflow is a fault and not a silent write into
// a neighbour. Untouched pages cost nothing. Freed stacks are kept as they are for reuse; trim(), called now and then,
// unmaps those that nobody needed since the last time, down to the hot ones. One reactor thread.
#pragma once

#include <cstddef>
#include <vector>

namespace navajo::reactor {

struct Stack {
  char* low = nullptr;  // first usable byte
  size_t size = 0;
  char* top() const { return low + size; }
};

class StackPool {
 public:
  // hot: stacks that are kept however idle the reactor is.
  StackPool(size_t stack_size, size_t hot);
  ~StackPool();
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;

  // low is null when the kernel has no more memory (or mappings) to give.
  Stack take();
  void give(Stack stack);
  // False: nothing to be done at a next call either, until stacks were taken again.
  bool trim();

  size_t pooled() const { return free_.size(); }
  size_t mapped() const { return mapped_; }

  // Tests: new stacks are painted, so that deepest_use() can tell how far any of them was used.
  void paint(bool yes) { paint_ = yes; }
  size_t deepest_use() const { return deepest_use_; }

 private:
  void measure(const Stack& stack);
  size_t stack_size_, hot_;
  size_t mapped_ = 0;
  size_t unused_ = 0;  // the fewest that were pooled at any time since the last trim()
  size_t deepest_use_ = 0;
  bool paint_ = false;
  std::vector<Stack> free_;
};

}  // namespace navajo::reactor
