// Shared memory of any size that outlives the configuration it was made for: anonymous memory behind a descriptor
// (memfd) which this process keeps open. Objects come and go with configurations, and libnavajo itself is unloaded and
// loaded again at a graceful restart; the descriptor stays, and find() knows it by its name. Children inherit it with
// the fork; a program that is executed does not (close-on-exec). No file system is needed, no other user can open it.
//
// Sparse: nothing is used before it is touched. Where memory is short the kernel does not refuse a page: it kills
// processes of the machine, or sends SIGBUS. So whoever uses a new piece calls commit() first, which looks how much
// memory is left, keeps kReserve of it for everybody else, and either makes the pages present or says why not.
// Kept out of core dumps. One thread creates and finds (configuration); data() and commit() from any thread or process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "navajo/base/function_ref.h"
#include "navajo/base/result.h"

namespace navajo::shm {

class Segment {
 public:
  // name: unique in this process among those kept; at most kMaxName bytes of it count.
  static base::Result<Segment> create(std::string_view name, uint64_t size);
  // The one an earlier configuration of this process (or its parent) made. None also where /proc is not mounted.
  static std::optional<Segment> find(std::string_view name);
  // Closes the kept segments whose name begins with `prefix` and is not wanted any more; memory goes when the last
  // process that maps it ends. Returns how many.
  static size_t close_unwanted(std::string_view prefix, base::FunctionRef<bool(std::string_view name)> wanted);

  Segment(Segment&& other) noexcept
      : mapping_(std::exchange(other.mapping_, nullptr)), size_(other.size_), descriptor_(other.descriptor_) {}
  Segment& operator=(Segment&& other) noexcept;
  ~Segment();  // unmaps; the descriptor stays

  std::byte* data() const { return static_cast<std::byte*>(mapping_); }
  uint64_t size() const { return size_; }
  // Makes the pages of [offset, offset + length) present, zeroed where they were not. May take some 0.1 ms per MB;
  // meant for pieces of megabytes.
  base::Status<> commit(uint64_t offset, uint64_t length) const;

  static constexpr size_t kMaxName = 200;
  static constexpr uint64_t kReserve = 64 << 20;

 private:
  Segment(void* mapping, uint64_t size, int descriptor) : mapping_(mapping), size_(size), descriptor_(descriptor) {}
  static base::Result<Segment> map(int descriptor, uint64_t size);

  void* mapping_ = nullptr;
  uint64_t size_ = 0;
  int descriptor_ = -1;
};

// What this process may use at most: the machine's memory, or its control group's limit if that is lower.
uint64_t memory_limit();
// How much of it is left now, with what the kernel can give back at once (page cache).
uint64_t memory_available();

}  // namespace navajo::shm
