#include "navajo/shm/arena.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace navajo::shm {

struct Arena::HeadShm {
  std::atomic<uint64_t> used;  // including this head
  std::atomic<uint64_t> refused_bytes;
  std::atomic<uint32_t> refusals;
  std::atomic<uint32_t> owner_written;
  char refused_owner[kHead - 24];
};

base::Result<Arena> Arena::create(size_t size) {
  static_assert(sizeof(HeadShm) == kHead);
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  if (size > SIZE_MAX / 2) return base::Failed{base::Error{"a shared memory of " + std::to_string(size) + " bytes"}};
  const size_t whole = (size + kHead + page - 1) / page * page;
  void* mapping = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) {
    return base::Failed{base::Error{"no shared memory of " + std::to_string(size) + " bytes: " +
                                    std::generic_category().message(errno)}};
  }
  auto* head = ::new (mapping) HeadShm{};
  head->used.store(kHead, std::memory_order_relaxed);
  return Arena(mapping, whole);
}

Arena::Arena(Arena&& other) noexcept
    : mapping_(std::exchange(other.mapping_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Arena& Arena::operator=(Arena&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(size_, other.size_);
  return *this;
}

Arena::~Arena() {
  if (mapping_) munmap(mapping_, size_);
}

Arena::HeadShm& Arena::head() const { return *static_cast<HeadShm*>(mapping_); }

void* Arena::refuse(std::string_view owner, size_t bytes) {
  HeadShm& h = head();
  h.refused_bytes.fetch_add(bytes == SIZE_MAX ? size_ : bytes, std::memory_order_relaxed);
  if (h.refusals.fetch_add(1, std::memory_order_relaxed) == 0) {
    const size_t length = std::min(owner.size(), sizeof h.refused_owner - 1);
    memcpy(h.refused_owner, owner.data(), length);
    h.owner_written.store(1, std::memory_order_release);
  }
  return nullptr;
}

void* Arena::allocate(size_t bytes, size_t alignment, std::string_view owner) {
  std::atomic<uint64_t>& used = head().used;
  uint64_t from = used.load(std::memory_order_relaxed);
  for (;;) {
    const uint64_t start = (from + alignment - 1) & ~static_cast<uint64_t>(alignment - 1);
    if (start > size_ || bytes > size_ - start) return refuse(owner, bytes);
    if (used.compare_exchange_weak(from, start + bytes, std::memory_order_relaxed))
      return static_cast<char*>(mapping_) + start;
  }
}

size_t Arena::used() const { return head().used.load(std::memory_order_relaxed) - kHead; }

uint64_t Arena::refused_bytes() const { return head().refused_bytes.load(std::memory_order_relaxed); }

std::string Arena::refused_owner() const {
  const HeadShm& h = head();
  if (h.owner_written.load(std::memory_order_acquire) == 0) return {};
  return std::string(h.refused_owner, strnlen(h.refused_owner, sizeof h.refused_owner));
}

}  // namespace navajo::shm
