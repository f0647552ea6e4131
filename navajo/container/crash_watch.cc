#include "navajo/container/crash_watch.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <string_view>
#include <utility>

namespace navajo::container {
namespace {

constexpr char kCrashMagic[8] = {'N', 'V', 'J', 'C', 'R', 'S', 'H', '1'};
constexpr std::string_view kCrashSegment = "navajo-crash-watch";

std::atomic<unsigned> g_next_request_lane{0};

}  // namespace

bool CrashWatch::is_ours(const shm::Segment& segment, uint32_t slots) {
  if (segment.size() < sizeof(HeadShm)) return false;
  const HeadShm& head = *reinterpret_cast<const HeadShm*>(segment.data());
  return memcmp(head.magic, kCrashMagic, sizeof kCrashMagic) == 0 && head.layout == sizeof(SlotShm) &&
         head.slots >= slots && segment.size() >= sizeof(HeadShm) + head.slots * sizeof(SlotShm);
}

base::Result<CrashWatch> CrashWatch::open(uint32_t slots) {
  slots = std::clamp<uint32_t>(slots, 1, 65536);
  if (auto kept = shm::Segment::find(kCrashSegment)) {
    if (is_ours(*kept, slots)) return CrashWatch(std::move(*kept));
    shm::Segment::close_unwanted(kCrashSegment, [](std::string_view name) { return name != kCrashSegment; });
  }
  const uint64_t size = sizeof(HeadShm) + slots * sizeof(SlotShm);
  auto made = shm::Segment::create(kCrashSegment, size);
  if (!made.ok()) return base::Failed{made.error()};
  if (const auto present = made->commit(0, size); !present.ok()) return base::Failed{present.error()};
  HeadShm& head = *reinterpret_cast<HeadShm*>(made->data());
  head.layout = sizeof(SlotShm);
  head.slots = slots;
  memcpy(head.magic, kCrashMagic, sizeof kCrashMagic);
  return CrashWatch(std::move(*made));
}

CrashWatch::SlotShm& CrashWatch::slot(uint32_t index) const {
  return reinterpret_cast<SlotShm*>(segment_.data() + sizeof(HeadShm))[index];
}

bool CrashWatch::claim() {
  for (uint32_t i = 0; i < head().slots; i++) {
    SlotShm& one = slot(i);
    pid_t nobody = 0;
    if (!one.owner.compare_exchange_strong(nobody, getpid())) continue;
    own_ = &one;
    return true;
  }
  return false;
}

void CrashWatch::release() {
  // A process forked from the child holds a copy of this object, but not the slot.
  if (own_ && own_->owner.load() == getpid()) own_->released.store(true);
  own_ = nullptr;
}

std::atomic<int32_t>& CrashWatch::lane() const {
  thread_local const unsigned number = g_next_request_lane.fetch_add(1, std::memory_order_relaxed) % kRequestLanes;
  return own_->lanes[number].requests;
}

void CrashWatch::request_begins() {
  if (own_) lane().fetch_add(1, std::memory_order_relaxed);
}

void CrashWatch::request_ends() {
  if (own_) lane().fetch_sub(1, std::memory_order_relaxed);
}

std::optional<CrashWatch::Death> CrashWatch::child_ended(pid_t pid) {
  for (uint32_t i = 0; i < head().slots; i++) {
    SlotShm& one = slot(i);
    if (one.owner.load() != pid) continue;
    Death death;
    death.orderly = one.released.exchange(false);
    // A lane alone may be below zero: requests begin on one thread and end on another.
    int64_t requests = 0;
    for (LaneShm& part : one.lanes) requests += part.requests.exchange(0);
    death.requests = static_cast<uint32_t>(std::max<int64_t>(requests, 0));
    if (!death.orderly) head().crashes.fetch_add(1, std::memory_order_relaxed);
    one.owner.store(0);
    return death;
  }
  return std::nullopt;
}

void CrashWatch::block(pid_t because_of, uint32_t requests) {
  head().blocked_by.store(because_of);
  head().blocked_requests.store(requests);
  head().blocked_at.store(std::max<int64_t>(time(nullptr), 1));
}

std::optional<CrashWatch::Block> CrashWatch::current_block() const {
  const int64_t since = head().blocked_at.load();
  if (since == 0) return std::nullopt;
  return Block{since, head().blocked_by.load(), head().blocked_requests.load()};
}

bool CrashWatch::unblock() { return head().blocked_at.exchange(0) != 0; }

}  // namespace navajo::container
