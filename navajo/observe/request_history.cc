#include "navajo/observe/request_history.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <type_traits>
#include <utility>

#include "navajo/observe/process_identity.h"

namespace navajo::observe {

// ---------------------------------------------------------------- the layout

struct RingSlotShm {
  std::atomic<uint64_t> sequence;  // odd: being written
  std::atomic<uint64_t> writer;    // ProcessIdentity; 0: nobody
  uint64_t number;                 // which record of its kind this is, from 1
  RequestRecord record;
};

struct RingShm {
  alignas(64) std::atomic<uint64_t> next;
  RingSlotShm slots[RequestHistory::kRing];
};

struct alignas(64) LiveSlotShm {
  std::atomic<uint64_t> sequence;  // odd: being written
  std::atomic<uint32_t> used;      // there is a request to be shown
  std::atomic<uint32_t> taken;     // by a request of the child; no other process looks
  LiveRequest live;
};

struct LiveTableShm {
  alignas(64) std::atomic<uint64_t> owner;  // ProcessIdentity; 0: nobody
  std::atomic<uint32_t> generation;
  LiveSlotShm slots[RequestHistory::kLive];
};

struct HistoryShm {
  char magic[8];
  uint32_t version, children;
  uint64_t size, parent;
  std::atomic<uint64_t> not_shown;
  RingShm rings[kRecordKinds];
};

namespace {

constexpr char kHistoryMagic[8] = {'N', 'V', 'J', 'R', 'E', 'Q', 'S', '1'};
constexpr uint32_t kHistoryVersion = 1;
constexpr uint32_t kMaxChildren = 4096;
constexpr auto kRelaxed = std::memory_order_relaxed;

static_assert(std::is_trivially_copyable_v<RequestRecord> && std::is_trivially_copyable_v<LiveRequest>);
static_assert(std::is_standard_layout_v<HistoryShm> && std::is_standard_layout_v<LiveTableShm>);

std::atomic<const RequestHistory*> g_history{nullptr};

// Of this process: its share of the live table, and who it is.
std::atomic<LiveTableShm*> g_live{nullptr};
uint64_t g_self = 0;
std::atomic<uint64_t>* g_not_shown = nullptr;
uint32_t g_generation = 0;

size_t history_size(uint32_t children) { return sizeof(HistoryShm) + children * sizeof(LiveTableShm); }

LiveTableShm* live_tables(HistoryShm& head) { return reinterpret_cast<LiveTableShm*>(&head + 1); }

// Word by word and relaxed: another process may write meanwhile, which the sequence number tells afterwards.
template <class T>
void copy_out(const T& from, T& into) {
  auto* source = const_cast<uint64_t*>(reinterpret_cast<const uint64_t*>(&from));
  auto* target = reinterpret_cast<uint64_t*>(&into);
  for (size_t i = 0; i < sizeof(T) / 8; i++)
    target[i] = std::atomic_ref<uint64_t>(source[i]).load(kRelaxed);
}
template <class T>
void copy_in(const T& from, T& into) {
  const auto* source = reinterpret_cast<const uint64_t*>(&from);
  auto* target = reinterpret_cast<uint64_t*>(&into);
  for (size_t i = 0; i < sizeof(T) / 8; i++) std::atomic_ref<uint64_t>(target[i]).store(source[i], kRelaxed);
}

// False: it was written meanwhile, or is empty.
template <class Slot, class T>
bool read_slot(const Slot& slot, const T& from, T& into) {
  for (int tries = 0; tries < 4; tries++) {
    const uint64_t before = slot.sequence.load(std::memory_order_acquire);
    if (before == 0 || before % 2 == 1) return false;
    copy_out(from, into);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (slot.sequence.load(kRelaxed) == before) return true;
  }
  return false;
}

// What a reader does with it relies on these.
void close_texts(RequestRecord& record) {
  record.elements = static_cast<uint8_t>(std::min<size_t>(record.elements, RequestRecord::kElements));
  record.kind = static_cast<uint8_t>(record.kind % kRecordKinds);
}

struct HistoryFile {
  int fd;
  ~HistoryFile() {
    if (fd >= 0) close(fd);
  }
};

base::Failed<base::Error> history_error(const std::string& path, const char* what) {
  return {base::Error{path + ": " + what + ": " + strerror(errno)}};
}

void* map_if_ours(const std::string& path, size_t size) {
  const HistoryFile file{open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
  struct stat about {};
  if (file.fd < 0 || fstat(file.fd, &about) != 0 || static_cast<size_t>(about.st_size) != size) return nullptr;
  void* at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd, 0);
  if (at == MAP_FAILED) return nullptr;
  const auto& head = *static_cast<const HistoryShm*>(at);
  if (memcmp(head.magic, kHistoryMagic, sizeof kHistoryMagic) == 0 && head.version == kHistoryVersion &&
      head.size == size && head.parent == ProcessIdentity::self().word())
    return at;
  munmap(at, size);
  return nullptr;
}

}  // namespace

const char* word(RecordKind kind) {
  switch (kind) {
    case RecordKind::slow: return "slow";
    case RecordKind::failed: return "failed";
    case RecordKind::blocked: return "blocked";
    case RecordKind::sampled: return "sampled";
  }
  return "sampled";
}

// ---------------------------------------------------------------- the file

base::Result<RequestHistory> RequestHistory::open_or_create(const std::string& path, uint32_t children) {
  children = std::clamp<uint32_t>(children, 1, kMaxChildren);
  const size_t size = history_size(children);
  if (void* at = map_if_ours(path, size)) return RequestHistory(at, size);
  const std::string temporary = path + ".new";
  unlink(temporary.c_str());
  // Clients and users stand in it: the server's own user alone.
  const HistoryFile file{open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (file.fd < 0) return history_error(temporary, "cannot create");
  // Reserved now: a full disk is an error here instead of a SIGBUS in a child.
  errno = posix_fallocate(file.fd, 0, static_cast<off_t>(size));
  void* at = errno ? MAP_FAILED : mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd, 0);
  if (at == MAP_FAILED) {
    const auto failed = history_error(temporary, "cannot reserve its size");
    unlink(temporary.c_str());
    return failed;
  }
  auto& head = *static_cast<HistoryShm*>(at);
  memcpy(head.magic, kHistoryMagic, sizeof kHistoryMagic);
  head.version = kHistoryVersion;
  head.children = children;
  head.size = size;
  head.parent = ProcessIdentity::self().word();
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const auto failed = history_error(path, "cannot rename to it");
    munmap(at, size);
    unlink(temporary.c_str());
    return failed;
  }
  return RequestHistory(at, size);
}

RequestHistory::RequestHistory(RequestHistory&& other) noexcept
    : mapping_(std::exchange(other.mapping_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      slot_(std::exchange(other.slot_, -1)) {}

RequestHistory& RequestHistory::operator=(RequestHistory&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(size_, other.size_);
  std::swap(slot_, other.slot_);
  return *this;
}

RequestHistory::~RequestHistory() {
  release_child();
  if (mapping_) munmap(mapping_, size_);
}

void RequestHistory::claim_child(int slot, uint32_t generation) {
  g_self = ProcessIdentity::self().word();
  if (slot < 0 || static_cast<uint32_t>(slot) >= head().children) return;
  LiveTableShm& table = live_tables(head())[slot];
  // The slot of the status segment is this child's alone, and so is this.
  for (LiveSlotShm& one : table.slots) {
    one.used.store(0, kRelaxed);
    one.taken.store(0, kRelaxed);
    one.sequence.store((one.sequence.load(kRelaxed) | 1) + 1, kRelaxed);
  }
  table.generation.store(generation, kRelaxed);
  table.owner.store(g_self, std::memory_order_release);
  g_not_shown = &head().not_shown;
  g_generation = generation;
  slot_ = slot;
  g_live.store(&table, std::memory_order_release);
}

void RequestHistory::release_child() {
  if (slot_ < 0) return;
  LiveTableShm& table = live_tables(head())[slot_];
  slot_ = -1;
  g_live.store(nullptr, std::memory_order_release);
  uint64_t self = ProcessIdentity::self().word();
  table.owner.compare_exchange_strong(self, 0);
}

// ---------------------------------------------------------------- records

void RequestHistory::remember(const RequestRecord& record) const {
  RingShm& ring = head().rings[record.kind % kRecordKinds];
  const uint64_t self = g_self ? g_self : ProcessIdentity::self().word();
  // A place that another thread is writing right now, or that a killed process has left half written, is passed over;
  // the latter only until somebody finds that its writer is gone.
  for (int tries = 0; tries < 4; tries++) {
    const uint64_t number = ring.next.fetch_add(1, kRelaxed) + 1;
    RingSlotShm& slot = ring.slots[number % kRing];
    uint64_t writer = slot.writer.load(kRelaxed);
    if (writer != 0 && ProcessIdentity(writer).alive()) continue;
    if (!slot.writer.compare_exchange_strong(writer, self, std::memory_order_acquire)) continue;
    const uint64_t sequence = slot.sequence.load(kRelaxed) | 1;
    slot.sequence.store(sequence, kRelaxed);
    std::atomic_thread_fence(std::memory_order_release);
    std::atomic_ref<uint64_t>(slot.number).store(number, kRelaxed);
    copy_in(record, slot.record);
    slot.sequence.store(sequence + 1, std::memory_order_release);
    slot.writer.store(0, std::memory_order_release);
    return;
  }
}

void RequestHistory::visit(RecordKind kind, base::FunctionRef<bool(const RequestRecord& record)> visit) const {
  RingShm& ring = head().rings[static_cast<size_t>(kind)];
  const uint64_t newest = ring.next.load(kRelaxed);
  RequestRecord record;
  for (uint64_t i = 0; i < kRing && i < newest; i++) {
    const RingSlotShm& slot = ring.slots[(newest - i) % kRing];
    if (!read_slot(slot, slot.record, record)) continue;
    close_texts(record);
    if (!visit(record)) return;
  }
}

bool RequestHistory::find(std::string_view id, RequestRecord& into) const {
  if (const size_t dot = id.find('.'); dot == 32) id = id.substr(0, dot);
  constexpr size_t kShortest = 8;
  if (id.size() < kShortest) return false;
  bool found = false;
  for (size_t kind = 0; kind < kRecordKinds && !found; kind++)
    visit(static_cast<RecordKind>(kind), [&](const RequestRecord& record) {
      found = get_text(record.id).starts_with(id);
      if (found) into = record;
      return !found;
    });
  return found;
}

void RequestHistory::visit_live(base::FunctionRef<bool(const LiveRequest& live)> visit) const {
  LiveTableShm* tables = live_tables(head());
  LiveRequest live;
  for (uint32_t i = 0; i < head().children; i++) {
    const LiveTableShm& table = tables[i];
    const uint64_t owner = table.owner.load(std::memory_order_acquire);
    if (owner == 0 || !ProcessIdentity(owner).alive()) continue;
    for (const LiveSlotShm& slot : table.slots) {
      if (!slot.used.load(kRelaxed) || !read_slot(slot, slot.live, live)) continue;
      live.pid = static_cast<uint32_t>(ProcessIdentity(owner).pid());
      live.generation = table.generation.load(kRelaxed);
      if (!visit(live)) return;
    }
  }
}

uint64_t RequestHistory::count(RecordKind kind) const {
  return head().rings[static_cast<size_t>(kind)].next.load(kRelaxed);
}

uint64_t RequestHistory::not_shown() const { return head().not_shown.load(kRelaxed); }

void set_process_history(const RequestHistory* history) { g_history.store(history, std::memory_order_release); }
const RequestHistory* process_history() { return g_history.load(std::memory_order_acquire); }

// ---------------------------------------------------------------- live requests

LivePlace::LivePlace(const Facts& facts) {
  LiveTableShm* table = g_live.load(std::memory_order_acquire);
  if (!table) return;
  // The place this thread gave back last is free most of the time, and in its cache.
  thread_local uint32_t last = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(&last) >> 6);
  for (uint32_t tries = 0; tries < RequestHistory::kLive; tries++) {
    const uint32_t index = (last + tries) % RequestHistory::kLive;
    std::atomic<uint32_t>& taken = table->slots[index].taken;
    if (taken.load(kRelaxed) || taken.exchange(1, std::memory_order_acquire)) continue;
    slot_ = &table->slots[index];
    last = index;
    break;
  }
  if (!slot_) {
    g_not_shown->fetch_add(1, kRelaxed);
    return;
  }
  LiveSlotShm& slot = *slot_;
  const uint64_t sequence = slot.sequence.load(kRelaxed) | 1;
  slot.sequence.store(sequence, kRelaxed);
  std::atomic_thread_fence(std::memory_order_release);
  slot.live.started_us = facts.started_us;
  put_text(slot.live.id, facts.id);
  put_text(slot.live.client, facts.client);
  put_text(slot.live.method, facts.method);
  put_text(slot.live.host, facts.host);
  if (facts.query.empty())
    put_text(slot.live.path, facts.path);
  else
    slot.live.path[write_target(facts.path, facts.query, slot.live.path, sizeof slot.live.path - 1)] = 0;
  slot.live.element[0] = 0;
  slot.sequence.store(sequence + 1, std::memory_order_release);
  slot.used.store(1, kRelaxed);
}

LivePlace::~LivePlace() {
  if (!slot_) return;
  slot_->used.store(0, kRelaxed);
  slot_->taken.store(0, std::memory_order_release);
}

void LivePlace::enter(std::string_view name) {
  if (!slot_) return;
  const uint64_t sequence = slot_->sequence.load(kRelaxed) | 1;
  slot_->sequence.store(sequence, kRelaxed);
  std::atomic_thread_fence(std::memory_order_release);
  put_text(slot_->live.element, name);
  slot_->sequence.store(sequence + 1, std::memory_order_release);
}

// ---------------------------------------------------------------- texts

size_t write_target(std::string_view path, std::string_view query, char* into, size_t room) {
  size_t length = path.copy(into, std::min(path.size(), room));
  const auto add = [&](std::string_view text) {
    length += text.copy(into + length, std::min(text.size(), room - length));
  };
  const auto is_plain = [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
           c == '.';
  };
  constexpr size_t kLongestName = 32;
  const char* separator = "?";
  while (!query.empty() && length < room) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    add(separator);
    separator = "&";
    const bool shown = equals != std::string_view::npos && name.size() <= kLongestName &&
                       std::all_of(name.begin(), name.end(), is_plain);
    if (shown) {
      add(name);
      add("=");
    }
    add("*");
  }
  return length;
}

}  // namespace navajo::observe
