// Watches the memory of the child process and of its control group, so that the kernel never has to end anything: above
// `high` new requests with large bodies are refused, above `critical` all new requests are, and a child that stays
// above `replace` is replaced gracefully (seed 003). Also the gate for large bodies: at most so many at work at once.
// One per configuration, made in the parent; a thread in each child looks every `interval`.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "navajo/api/servlet.h"
#include "navajo/limits/memory_level.h"
#include "navajo/reactor/wait.h"

namespace navajo::limits {

struct MemoryObserverOptions {
  // Bytes of memory this child has for itself (resident, not shared with other processes); 0: not watched.
  uint64_t process_high = 0, process_critical = 0, process_replace = 0;
  // Percent of what the control group (or the machine) has, used by all (MemoryReading::group); 0: not watched.
  unsigned group_high = 85, group_critical = 93;
  std::chrono::milliseconds interval{500};
  uint64_t large_body = 1 << 20;     // bytes from which on a body is large; one of unknown length is when it gets there
  uint32_t max_large_bodies = 64;    // of a child, at work at once; 0: any
  std::chrono::milliseconds large_body_wait{5000};
};

class MemoryObserver;

// One large body's place, until it dies.
class [[nodiscard]] LargeBody {
 public:
  LargeBody() = default;
  LargeBody(LargeBody&& other) noexcept;
  LargeBody& operator=(LargeBody&& other) noexcept;
  ~LargeBody();
  explicit operator bool() const { return observer_ != nullptr; }

 private:
  friend class MemoryObserver;
  friend class ObservedMemory;
  explicit LargeBody(MemoryObserver* observer) : observer_(observer) {}
  MemoryObserver* observer_ = nullptr;
};

class MemoryObserver {
 public:
  using Reader = std::function<MemoryReading()>;
  // Has this child replaced, without waiting for it. Null: it will be; else why not, a literal.
  using Replacer = std::function<const char*()>;

  // read: for tests.
  static std::shared_ptr<MemoryObserver> make(const MemoryObserverOptions& options, Reader read = read_memory);
  virtual ~MemoryObserver() = default;

  // One load.
  virtual MemoryLevel level() const = 0;
  // Waits for a place, on a fiber or a thread; empty when memory is short or none got free in time.
  virtual LargeBody enter_large_body(reactor::Deadline deadline) = 0;

  // Before start_child(), by whoever knows how a child is replaced; without one, it never is.
  virtual void replace_with(Replacer replacer) = 0;
  virtual void start_child() = 0;
  virtual void stop_child() = 0;
  virtual void report(api::StatusWriter& writer) const = 0;
  virtual const MemoryObserverOptions& options() const = 0;

 protected:
  friend class LargeBody;
  virtual void leave_large_body() = 0;
};

}  // namespace navajo::limits
