#include "navajo/observe/status_segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <type_traits>
#include <utility>

#include "navajo/observe/process_identity.h"

// Present only when the allocator that is preloaded brings them.
extern "C" [[gnu::weak]] int mallctl(const char* name, void* old, size_t* old_size, void* value, size_t value_size);
extern "C" [[gnu::weak]] void __asan_poison_memory_region(void const volatile* address, size_t size);

namespace navajo::observe {
namespace {

constexpr char kMagic[8] = {'N', 'V', 'J', 'S', 'T', 'A', 'T', '1'};
constexpr uint32_t kVersion = 1;
constexpr uint32_t kMaxSlots = 65536;

static_assert(std::is_standard_layout_v<ChildShm> && std::is_standard_layout_v<SegmentShm>);
static_assert(std::is_trivially_destructible_v<ChildShm> && std::is_trivially_destructible_v<SegmentShm>);
static_assert(std::atomic<uint64_t>::is_always_lock_free && std::atomic<uint32_t>::is_always_lock_free);

// FNV-1a over everything a reader of another build could misread.
constexpr uint32_t layout_checksum() {
  uint32_t sum = 2166136261u;
  auto mix = [&sum](uint64_t value) {
    for (int i = 0; i < 8; i++) sum = (sum ^ ((value >> (8 * i)) & 255)) * 16777619u;
  };
  auto mix_text = [&sum](const char* text) {
    for (; *text; text++) sum = (sum ^ static_cast<unsigned char>(*text)) * 16777619u;
    sum *= 16777619u;
  };
  mix(sizeof(SegmentShm));
  mix(sizeof(ChildShm));
  mix(kLanes);
  for (const CounterRow& row : kCounterRows) mix_text(row.name);
  for (const GaugeRow& row : kGaugeRows) mix_text(row.name);
  for (const FamilyRow& row : kFamilyRows) mix_text(row.name);
  return sum;
}
constexpr uint32_t kLayout = layout_checksum();

ChildShm g_private;
std::atomic<ChildShm*> g_own{&g_private};
std::atomic<unsigned> g_next_lane{0};
std::atomic<const StatusSegment*> g_segment{nullptr};

unsigned own_lane() {
  thread_local const unsigned lane = g_next_lane.fetch_add(1, std::memory_order_relaxed) % kLanes;
  return lane;
}

size_t size_for(uint32_t slots) { return sizeof(SegmentShm) + slots * sizeof(ChildShm); }

template <size_t N>
void put_text(char (&field)[N], const std::string& text) {
  char padded[N] = {};
  memcpy(padded, text.data(), std::min(text.size(), N - 1));
  if (memcmp(field, padded, N) != 0) memcpy(field, padded, N);
}

template <size_t N>
std::string get_text(const char (&field)[N]) {
  return std::string(field, strnlen(field, N));
}

void put_texts(SegmentShm& head, const SegmentTexts& texts) {
  put_text(head.server, texts.server);
  put_text(head.allocator, texts.allocator);
  put_text(head.configuration, texts.configuration);
}

// Null, or why this file is not a segment of this build.
const char* fault_of(const SegmentShm& head, uint64_t file_size) {
  if (memcmp(head.magic, kMagic, sizeof kMagic) != 0) return "not a Navajo status segment";
  if (head.version != kVersion || head.layout != kLayout) return "written by another version of Navajo";
  if (head.slots == 0 || head.slots > kMaxSlots || head.size != size_for(head.slots)) return "damaged header";
  if (head.size != file_size) return "cut short";
  return nullptr;
}

struct Fd {
  int fd;
  ~Fd() {
    if (fd >= 0) close(fd);
  }
};

base::Error error_of(const std::string& path, const char* what, int error = 0) {
  return {path + ": " + what + (error ? std::string(": ") + strerror(error) : "")};
}

uint64_t lanes_of(const ChildShm& child, size_t which) {
  uint64_t sum = 0;
  for (const LaneShm& lane : child.lanes) sum += lane.counters[which].load(std::memory_order_relaxed);
  return sum;
}

struct Mapping {
  void* at = nullptr;
  size_t size = 0;
};

base::Result<Mapping> map_existing(const std::string& path, int open_flags, int protection) {
  const Fd file{open(path.c_str(), open_flags | O_CLOEXEC | O_NOFOLLOW)};
  if (file.fd < 0) return base::Failed{error_of(path, "cannot open", errno)};
  struct stat about {};
  if (fstat(file.fd, &about) != 0) return base::Failed{error_of(path, "cannot look at", errno)};
  if (!S_ISREG(about.st_mode) || static_cast<size_t>(about.st_size) < sizeof(SegmentShm)) {
    return base::Failed{error_of(path, "not a Navajo status segment")};
  }
  const size_t size = static_cast<size_t>(about.st_size);
  void* at = mmap(nullptr, size, protection, MAP_SHARED, file.fd, 0);
  if (at == MAP_FAILED) return base::Failed{error_of(path, "cannot map", errno)};
  if (const char* fault = fault_of(*static_cast<SegmentShm*>(at), size)) {
    munmap(at, size);
    return base::Failed{error_of(path, fault)};
  }
  return Mapping{at, size};
}

base::Result<Mapping> make_new(const std::string& path, uint32_t slots, const SegmentTexts& texts) {
  // Made complete under another name, then renamed: a reader sees the old file or a whole new one.
  const std::string temporary = path + ".new";
  unlink(temporary.c_str());
  const Fd file{open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640)};
  if (file.fd < 0) return base::Failed{error_of(temporary, "cannot create", errno)};
  const size_t size = size_for(slots);
  // Reserved now: a full disk is an error here instead of a SIGBUS in a child.
  if (const int error = posix_fallocate(file.fd, 0, static_cast<off_t>(size))) {
    unlink(temporary.c_str());
    return base::Failed{error_of(temporary, "cannot reserve its size", error)};
  }
  void* at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd, 0);
  if (at == MAP_FAILED) {
    const int error = errno;
    unlink(temporary.c_str());
    return base::Failed{error_of(temporary, "cannot map", error)};
  }
  auto& head = *static_cast<SegmentShm*>(at);
  memcpy(head.magic, kMagic, sizeof kMagic);
  head.version = kVersion;
  head.layout = kLayout;
  head.size = size;
  head.slots = slots;
  head.parent = ProcessIdentity::self().word();
  head.started_at = time(nullptr);
  put_texts(head, texts);
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    munmap(at, size);
    unlink(temporary.c_str());
    return base::Failed{error_of(path, "cannot rename to it", error)};
  }
  return Mapping{at, size};
}

}  // namespace

std::atomic<uint64_t>& counter(Counter which) {
  return g_own.load(std::memory_order_relaxed)->lanes[own_lane()].counters[static_cast<size_t>(which)];
}

std::atomic<int64_t>& gauge(Gauge which) {
  return g_own.load(std::memory_order_relaxed)->gauges[static_cast<size_t>(which)];
}

Counter response_class(int status) {
  if (status < 200) return Counter::responses_1xx;
  if (status < 300) return Counter::responses_2xx;
  if (status < 400) return Counter::responses_3xx;
  if (status < 500) return Counter::responses_4xx;
  return Counter::responses_5xx;
}

base::Result<StatusSegment> StatusSegment::open_or_create(const std::string& path, uint32_t slots,
                                                          const SegmentTexts& texts) {
  slots = std::clamp<uint32_t>(slots, 1, kMaxSlots);
  auto mapping = map_existing(path, O_RDWR, PROT_READ | PROT_WRITE);
  if (mapping && static_cast<SegmentShm*>(mapping->at)->parent != ProcessIdentity::self().word()) {
    munmap(mapping->at, mapping->size);
    mapping = base::Failed{base::Error{"of another server"}};
  }
  if (!mapping) mapping = make_new(path, slots, texts);
  if (!mapping) return base::Failed{mapping.error()};
  auto& head = *static_cast<SegmentShm*>(mapping->at);
  put_texts(head, texts);
  head.generation.fetch_add(1, std::memory_order_relaxed);
  head.configured_at.store(time(nullptr), std::memory_order_relaxed);
  return StatusSegment(mapping->at, mapping->size);
}

base::Result<StatusSegment> StatusSegment::attach(const std::string& path) {
  auto mapping = map_existing(path, O_RDONLY, PROT_READ);
  if (!mapping) return base::Failed{mapping.error()};
  return StatusSegment(mapping->at, mapping->size);
}

StatusSegment::StatusSegment(StatusSegment&& other) noexcept
    : mapping_(std::exchange(other.mapping_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      own_slot_(std::exchange(other.own_slot_, -1)) {}

StatusSegment& StatusSegment::operator=(StatusSegment&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(size_, other.size_);
  std::swap(own_slot_, other.own_slot_);
  return *this;
}

StatusSegment::~StatusSegment() {
  release_child();
  if (mapping_) munmap(mapping_, size_);
}

ChildShm& StatusSegment::slot(uint32_t index) const {
  return reinterpret_cast<ChildShm*>(static_cast<char*>(mapping_) + sizeof(SegmentShm))[index];
}

bool StatusSegment::claim_child() {
  if (own_slot_ >= 0) return true;
  const uint64_t self = ProcessIdentity::self().word();
  for (uint32_t i = 0; i < head().slots; i++) {
    ChildShm& child = slot(i);
    uint64_t owner = child.owner.load(std::memory_order_acquire);
    if (owner != 0 && ProcessIdentity(owner).alive()) continue;
    if (!child.owner.compare_exchange_strong(owner, self, std::memory_order_acq_rel)) continue;
    for (auto& value : child.gauges) value.store(0, std::memory_order_relaxed);
    // Stores of one word each: killed in the middle of this, the slot still sums up right.
    for (size_t c = 0; c < kCounters; c++) child.baseline[c].store(lanes_of(child, c), std::memory_order_relaxed);
    child.generation.store(head().generation.load(std::memory_order_relaxed), std::memory_order_relaxed);
    child.started_at.store(time(nullptr), std::memory_order_relaxed);
    own_slot_ = static_cast<int>(i);
    g_own.store(&child, std::memory_order_release);
    return true;
  }
  head().claims_refused.fetch_add(1, std::memory_order_relaxed);
  return false;
}

void StatusSegment::release_child() {
  if (own_slot_ < 0) return;
  ChildShm& child = slot(static_cast<uint32_t>(own_slot_));
  own_slot_ = -1;
  g_own.store(&g_private, std::memory_order_release);
  // A process forked from the child holds a copy of this object, but not the slot.
  if (ProcessIdentity(child.owner.load(std::memory_order_relaxed)).pid() != getpid()) return;
  for (auto& value : child.gauges) value.store(0, std::memory_order_relaxed);
  child.owner.store(0, std::memory_order_release);
}

void StatusSegment::set_memory(uint64_t configured, uint64_t used) {
  head().memory_configured.store(configured, std::memory_order_relaxed);
  head().memory_used.store(used, std::memory_order_relaxed);
}

bool StatusSegment::lease_metrics_sending() const {
  const uint64_t self = ProcessIdentity::self().word();
  uint64_t sender = head().metrics_sender.load(std::memory_order_acquire);
  if (sender == self) return true;
  if (sender != 0 && ProcessIdentity(sender).alive()) return false;
  return head().metrics_sender.compare_exchange_strong(sender, self, std::memory_order_acq_rel);
}

void StatusSegment::give_up_metrics_sending() const {
  uint64_t self = ProcessIdentity::self().word();
  head().metrics_sender.compare_exchange_strong(self, 0, std::memory_order_acq_rel);
}

void StatusSegment::set_certificates(const std::vector<CertificateEnd>& certificates) {
  const size_t count = std::min(certificates.size(), std::size(head().certificates));
  head().certificate_count.store(0, std::memory_order_release);
  for (size_t i = 0; i < count; i++) {
    CertificateShm& row = head().certificates[i];
    put_text(row.name, certificates[i].name);
    put_text(row.use, certificates[i].use);
    row.not_after = certificates[i].not_after;
  }
  head().certificate_count.store(static_cast<uint32_t>(count), std::memory_order_release);
}

void StatusSegment::set_crashes(uint64_t crashes, int64_t blocked_since) const {
  head().child_crashes.store(crashes, std::memory_order_relaxed);
  head().blocked_since.store(blocked_since, std::memory_order_relaxed);
}

void StatusSegment::set_configuration_state(ConfigurationState state, std::string_view fault) const {
  put_text(head().configuration_fault, std::string(fault));
  head().configuration_state.store(state, std::memory_order_relaxed);
}

StatusNumbers StatusSegment::read() const {
  StatusNumbers numbers;
  const SegmentShm& from = head();
  const ProcessIdentity parent(from.parent);
  numbers.parent_pid = static_cast<uint32_t>(parent.pid());
  numbers.parent_alive = parent.alive();
  numbers.started_at = from.started_at;
  numbers.configured_at = from.configured_at.load(std::memory_order_relaxed);
  numbers.generation = from.generation.load(std::memory_order_relaxed);
  numbers.memory_configured = from.memory_configured.load(std::memory_order_relaxed);
  numbers.memory_used = from.memory_used.load(std::memory_order_relaxed);
  numbers.child_crashes = from.child_crashes.load(std::memory_order_relaxed);
  numbers.blocked_since = from.blocked_since.load(std::memory_order_relaxed);
  numbers.configuration_state = from.configuration_state.load(std::memory_order_relaxed);
  if (numbers.configuration_state != ConfigurationState::taken)
    numbers.configuration_fault = get_text(from.configuration_fault);
  numbers.claims_refused = from.claims_refused.load(std::memory_order_relaxed);
  // Looked at once more: another process may write to this memory.
  const size_t room = (size_ - sizeof(SegmentShm)) / sizeof(ChildShm);
  numbers.slots = static_cast<uint32_t>(std::min<size_t>(from.slots, room));
  numbers.texts = {get_text(from.server), get_text(from.allocator), get_text(from.configuration)};
  numbers.causes = read_causes(from.causes);
  const size_t certificates = std::min<size_t>(from.certificate_count.load(std::memory_order_acquire),
                                               std::size(from.certificates));
  for (size_t i = 0; i < certificates; i++) {
    const CertificateShm& row = from.certificates[i];
    numbers.certificates.push_back({get_text(row.name), get_text(row.use), row.not_after});
  }
  for (uint32_t i = 0; i < numbers.slots; i++) {
    const ChildShm& child = slot(i);
    const ProcessIdentity owner(child.owner.load(std::memory_order_acquire));
    ChildNumbers own;
    own.pid = static_cast<uint32_t>(owner.pid());
    own.alive = owner.alive();
    own.generation = child.generation.load(std::memory_order_relaxed);
    own.started_at = child.started_at.load(std::memory_order_relaxed);
    for (size_t c = 0; c < kCounters; c++) {
      const uint64_t total = lanes_of(child, c);
      numbers.counters[c] += total;
      own.counters[c] = total - std::min(total, child.baseline[c].load(std::memory_order_relaxed));
    }
    if (!own.alive) continue;
    for (size_t g = 0; g < kGauges; g++) {
      own.gauges[g] = child.gauges[g].load(std::memory_order_relaxed);
      numbers.gauges[g] = kGaugeRows[g].combine == Combine::max ? std::max(numbers.gauges[g], own.gauges[g])
                                                                : numbers.gauges[g] + own.gauges[g];
    }
    numbers.children.push_back(own);
  }
  return numbers;
}

void set_process_segment(const StatusSegment* segment) { g_segment.store(segment, std::memory_order_release); }
const StatusSegment* process_segment() { return g_segment.load(std::memory_order_acquire); }

std::string live_allocator() {
  if (__asan_poison_memory_region) return "AddressSanitizer";
  const char* version = nullptr;
  size_t size = sizeof version;
  if (mallctl && mallctl("version", &version, &size, nullptr, 0) == 0 && version) {
    const std::string_view text(version);
    return "jemalloc " + std::string(text.substr(0, text.find('-')));
  }
  return "the C library's malloc";
}

}  // namespace navajo::observe
