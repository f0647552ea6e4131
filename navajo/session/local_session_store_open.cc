// How a store comes to its memory, and what it tells about it.
#include <algorithm>
#include <cstring>

#include "navajo/base/random.h"
#include "navajo/observe/log.h"
#include "navajo/session/local_session_store.h"

namespace navajo::session {
namespace {

using base::Error;
using base::Failed;

constexpr char kMagic[8] = {'N', 'V', 'J', 'S', 'E', 'S', 'S', '1'};
constexpr uint32_t kVersion = 1;

class CoarseClock final : public base::Clock {
 public:
  base::TimePoint now() const override { return base::coarse_now(); }
};

// What keeps a segment from being used further; null: nothing.
const char* unusable(const shm::Segment& segment, Geometry& geometry) {
  if (segment.size() < kMinMemorySize) return "it is too small";
  const auto& header = *reinterpret_cast<const HeaderShm*>(segment.data());
  if (memcmp(header.magic, kMagic, sizeof kMagic) != 0) return "it was not complete";
  if (header.version != kVersion || header.size != segment.size()) return "it is of another version";
  if (header.stripes == 0 || header.stripes > kMaxStripes) return "its head was written over";
  geometry = Geometry::of(segment.size(), header.stripes);
  if (geometry.blocks == 0 || geometry.checksum() != header.layout) return "it is of another version";
  return nullptr;
}

base::Status<> initialise(const shm::Segment& segment, const Geometry& geometry) {
  // Everything before the owners is used at once; owners and blocks come with the need for them.
  if (auto committed = segment.commit(0, geometry.owners_at); !committed.ok()) return Failed{committed.error()};
  const StoreMemory memory(segment.data(), geometry);
  HeaderShm& header = memory.header();
  header.version = kVersion;
  header.layout = geometry.checksum();
  header.size = geometry.size;
  header.stripes = geometry.stripes;
  header.blocks = geometry.blocks;
  if (!base::random_bytes(&header.secret, sizeof header.secret))
    return Failed{Error{"the system gave no random bytes"}};
  int failed = header.growing.initialise();
  for (uint32_t i = 0; i < geometry.stripes && failed == 0; i++) failed = memory.stripe(i).mutex.initialise();
  if (failed != 0) return Failed{Error{std::string("no shared lock: ") + strerror(failed)}};
  for (uint32_t i = 0; i < kCursors; i++) header.cursors[i].block.store(i * kGroupBlocks);
  BlockHeap heap(memory, &segment);
  if (!heap.grow(0)) return Failed{Error{"no memory for the first sessions"}};
  // Last: what has the magic is complete.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  memcpy(header.magic, kMagic, sizeof kMagic);
  return base::Done{};
}

}  // namespace

const base::Clock& coarse_clock() {
  static const CoarseClock clock;
  return clock;
}

std::string LocalSessionStore::segment_name(const std::string& store_name) {
  const std::string name = kSegmentPrefix + store_name;
  if (name.size() <= shm::Segment::kMaxName) return name;
  return name.substr(0, shm::Segment::kMaxName - 20) + std::to_string(std::hash<std::string>()(name));
}

base::Result<std::unique_ptr<LocalSessionStore>> LocalSessionStore::open(const LocalStoreOptions& options,
                                                                         const base::Clock& clock) {
  const std::string name = segment_name(options.name);
  const auto take = [&](shm::Segment segment, const Geometry& geometry) {
    return std::unique_ptr<LocalSessionStore>(
        new LocalSessionStore(options, std::move(segment), geometry, clock));
  };
  if (auto kept = shm::Segment::find(name)) {
    Geometry geometry;
    const char* why = unusable(*kept, geometry);
    if (!why) {
      if (geometry.size != options.memory_size)
        observe::log(observe::id::session_store_size_kept,
                     "session store %s keeps its %llu bytes, not the %llu asked for now: the first MemorySize counts "
                     "until the server is stopped and started",
                     options.name.c_str(), static_cast<unsigned long long>(geometry.size),
                     static_cast<unsigned long long>(options.memory_size));
      return take(std::move(*kept), geometry);
    }
    observe::log(observe::id::session_store_replaced,
                 "session store %s: the memory of the configuration before cannot be used, %s; its sessions are lost",
                 options.name.c_str(), why);
    shm::Segment::close_unwanted(name, [&name](std::string_view other) { return other != name; });
  }
  const Geometry geometry = Geometry::of(options.memory_size, std::min(options.stripes, kMaxStripes));
  if (options.memory_size < kMinMemorySize || geometry.blocks < kGroupBlocks)
    return Failed{Error{"too small: a store with " + std::to_string(options.stripes) + " locks needs more memory"}};
  if (options.memory_size > shm::memory_limit())
    observe::log(observe::id::session_memory_missing,
                 "session store %s may use %llu bytes, this machine or its control group has %llu: it will not fill",
                 options.name.c_str(), static_cast<unsigned long long>(options.memory_size),
                 static_cast<unsigned long long>(shm::memory_limit()));
  auto made = shm::Segment::create(name, options.memory_size);
  if (!made.ok()) return Failed{made.error()};
  if (auto ready = initialise(*made, geometry); !ready.ok()) {
    shm::Segment::close_unwanted(name, [&name](std::string_view other) { return other != name; });
    return Failed{ready.error()};
  }
  return take(std::move(*made), geometry);
}

LocalSessionStore::LocalSessionStore(const LocalStoreOptions& options, shm::Segment segment, const Geometry& geometry,
                                     const base::Clock& clock)
    : segment_(std::move(segment)),
      core_(options.name, StoreMemory(segment_.data(), geometry), &segment_, clock),
      max_blocks_(static_cast<uint32_t>(std::min<uint64_t>(options.max_session_size / kBlockSize, kMaxBlocks))) {}

WalkReport LocalSessionStore::validate() {
  const StoreLocks all(core_.memory());
  return walk(core_.memory(), WalkMode::look);
}

WalkReport LocalSessionStore::repair() {
  WalkReport report;
  {
    const StoreLocks all(core_.memory());
    report = walk(core_.memory(), WalkMode::repair);
    core_.memory().header().repair_wanted.store(0, std::memory_order_seq_cst);
  }
  core_.tally(kRepairs);
  core_.tally(kOrphans, report.orphans);
  core_.tally(kDamaged, report.damaged);
  core_.watch_level();
  return report;
}

StoreNumbers LocalSessionStore::numbers() const {
  const StoreMemory& memory = core_.memory();
  const HeaderShm& header = memory.header();
  const auto tally = [&header](Tally which) { return header.tallies[which].load(std::memory_order_relaxed); };
  StoreNumbers n;
  n.active = header.active.load(std::memory_order_relaxed);
  n.created = tally(kCreated);
  n.expired_idle = tally(kExpiredIdle);
  n.expired_lifetime = tally(kExpiredLifetime);
  n.invalidated = tally(kInvalidated);
  n.renewed = tally(kRenewed);
  n.refused_new = tally(kRefusedNew);
  n.refused_change = tally(kRefusedChange);
  n.refused_size = tally(kRefusedSize);
  n.refused_memory = tally(kRefusedMemory);
  n.kept_newer = tally(kKeptNewer);
  n.repairs = tally(kRepairs);
  n.orphans = tally(kOrphans);
  n.damaged = tally(kDamaged);
  for (uint32_t i = 0; i < memory.geometry().stripes; i++) {
    n.found += memory.stripe(i).found.load(std::memory_order_relaxed);
    n.missed += memory.stripe(i).missed.load(std::memory_order_relaxed);
  }
  n.memory_size = memory.geometry().size;
  n.memory_used = memory.geometry().bytes_used(header.used.load(std::memory_order_relaxed));
  n.level = core_.level();
  const int64_t growth = header.growth.load(std::memory_order_relaxed);
  const auto full = static_cast<int64_t>(n.memory_size / 10 * 9), used = static_cast<int64_t>(n.memory_used);
  if (used >= full)
    n.full_in = std::chrono::seconds(0);
  else if (growth > 0)
    n.full_in = std::chrono::seconds(static_cast<int64_t>(static_cast<double>(full - used) / growth * 3600));
  return n;
}

}  // namespace navajo::session
