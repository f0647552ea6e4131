// The numbers of all children in one shared file, so that the status page of any child and
// `navajo status` (no HTTP, no child involved) tell the sum.
//
// The parent makes the segment before it forks, in the run directory, and finds it again over a graceful
// restart: StatusSegment::open_or_create(). A child takes its slot first thing: claim_child(). From then on
// counter() and gauge() of this process are its slot; before, and where there is no segment (unit tests, the
// command line), they are a private slot nobody reads, so no caller asks whether there is one.
//
// Counters only grow and are spread over lanes (one per thread, as far as lanes last), so that threads do not
// fight for a cache line. Gauges are one word per child: either add and subtract from any thread, or store
// from one. All accesses are relaxed; a reader sees each number exact and all of them nearly at once.
// A slot whose process is gone is taken over by the next child: counters stay, gauges restart at 0.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/observe/cause_counts.h"
#include "navajo/observe/traffic.h"

namespace navajo::observe {

enum class Counter : uint16_t {
#define NVJ_COUNTER(name, help) name,
#define NVJ_GAUGE(name, combine, help)
#include "navajo/observe/status_values.def"
#undef NVJ_COUNTER
#undef NVJ_GAUGE
};

enum class Gauge : uint16_t {
#define NVJ_COUNTER(name, help)
#define NVJ_GAUGE(name, combine, help) name,
#include "navajo/observe/status_values.def"
#undef NVJ_COUNTER
#undef NVJ_GAUGE
};

enum class Combine : uint8_t { sum, max };

// What the last restart came to: the files are at work; they had faults and what ran before goes on; or children that
// served them died and what ran before is at work again.
enum class ConfigurationState : uint32_t { taken, kept, rolled_back };

struct CounterRow {
  const char* name;
  const char* help;
};
struct GaugeRow {
  const char* name;
  Combine combine;
  const char* help;
};

inline constexpr CounterRow kCounterRows[] = {
#define NVJ_COUNTER(name, help) {#name, help},
#define NVJ_GAUGE(name, combine, help)
#include "navajo/observe/status_values.def"
#undef NVJ_COUNTER
#undef NVJ_GAUGE
};
inline constexpr GaugeRow kGaugeRows[] = {
#define NVJ_COUNTER(name, help)
#define NVJ_GAUGE(name, combine, help) {#name, Combine::combine, help},
#include "navajo/observe/status_values.def"
#undef NVJ_COUNTER
#undef NVJ_GAUGE
};
inline constexpr size_t kCounters = std::size(kCounterRows);
inline constexpr size_t kGauges = std::size(kGaugeRows);

// ---------------------------------------------------------------- the numbers of this process

// Only fetch_add() with memory_order_relaxed, please.
std::atomic<uint64_t>& counter(Counter which);
std::atomic<int64_t>& gauge(Gauge which);

inline void count(Counter which, uint64_t by = 1) { counter(which).fetch_add(by, std::memory_order_relaxed); }

// responses_1xx ... responses_5xx
Counter response_class(int status);

// ---------------------------------------------------------------- the layout (plain data, no pointers)

inline constexpr size_t kLanes = 8;

struct alignas(64) LaneShm {
  std::atomic<uint64_t> counters[kCounters];
};

struct alignas(64) ChildShm {
  std::atomic<uint64_t> owner;  // pid in the upper half, start mark in the lower (process_identity.h); 0: free
  std::atomic<int64_t> started_at;  // seconds since 1970
  std::atomic<uint32_t> generation;
  // What the slot had counted before this child: its own numbers are the difference.
  std::atomic<uint64_t> baseline[kCounters];
  std::atomic<int64_t> gauges[kGauges];
  LaneShm lanes[kLanes];
};

// When a certificate that is served, or that signs others, ends. Written by the parent when a configuration is put to
// work; a reader that looks in that moment may see a mixture once.
struct CertificateShm {
  char name[64];  // of the connector
  char use[16];   // "server", "issuer"
  int64_t not_after;  // seconds since 1970
};

struct alignas(64) SegmentShm {
  char magic[8];
  uint32_t version;
  uint32_t layout;  // checksum over the list of numbers and the structs' sizes
  uint64_t size;    // of the file
  uint64_t parent;  // as ChildShm::owner
  int64_t started_at;
  uint32_t slots;
  std::atomic<uint32_t> generation;  // configurations put to work by this parent, from 1
  std::atomic<int64_t> configured_at;
  std::atomic<uint64_t> claims_refused;  // children that found no slot
  // Shared memory of the configuration, bytes.
  std::atomic<uint64_t> memory_configured, memory_used;
  std::atomic<uint64_t> child_crashes;
  std::atomic<int64_t> blocked_since;  // seconds since 1970; 0: requests are served (crashRecoveryStrategy)
  std::atomic<ConfigurationState> configuration_state;
  CauseTableShm causes;
  char server[64];
  char allocator[64];
  char configuration[256];
  char configuration_fault[512];  // why it was not taken: what was found first
  std::atomic<uint64_t> metrics_sender;  // as ChildShm::owner
  std::atomic<uint32_t> certificate_count;
  CertificateShm certificates[64];
  TrafficShm traffic;
};

// ---------------------------------------------------------------- the segment

// Its name in the run directory: mod_navajo makes it there, `navajo status` looks there.
inline constexpr char kStatusFileName[] = "status";
// Beside it for a moment: asks the next configuration to lift what crashRecoveryStrategy has blocked.
inline constexpr char kUnblockFileName[] = "unblock";

// What the parent knows when it makes the segment or finds it again; cut to the fields' sizes.
struct SegmentTexts {
  std::string server;         // "Navajo/0.1.0 Apache/2.4.71"
  std::string allocator;      // "jemalloc 5.3.0"
  std::string configuration;  // path of navajo.xml
};

struct CertificateEnd {
  std::string name;  // of the connector that serves it
  std::string use;   // "server", or "issuer" of those that are minted
  int64_t not_after = 0;  // seconds since 1970
};

// A consistent copy for printing: nothing in it points into the segment.
struct ChildNumbers {
  uint32_t pid = 0;
  bool alive = false;
  uint32_t generation = 0;
  int64_t started_at = 0;
  std::array<uint64_t, kCounters> counters{};  // of this child alone
  std::array<int64_t, kGauges> gauges{};
};
struct StatusNumbers {
  uint32_t parent_pid = 0;
  bool parent_alive = false;
  int64_t started_at = 0, configured_at = 0;
  uint32_t generation = 0;
  uint64_t claims_refused = 0;
  uint64_t memory_configured = 0, memory_used = 0;  // of the configuration, bytes
  uint64_t child_crashes = 0;                       // since the server was started
  int64_t blocked_since = 0;
  ConfigurationState configuration_state = ConfigurationState::taken;
  std::string configuration_fault;  // empty: taken
  uint32_t slots = 0;
  SegmentTexts texts;
  std::array<uint64_t, kCounters> counters{};  // of all children that ever were
  std::array<int64_t, kGauges> gauges{};       // of those alive
  std::vector<ChildNumbers> children;          // those alive, by slot
  CauseCounts causes;                          // of refusals, all children together
  std::vector<CertificateEnd> certificates;    // the first 64

  uint64_t operator[](Counter which) const { return counters[static_cast<size_t>(which)]; }
  int64_t operator[](Gauge which) const { return gauges[static_cast<size_t>(which)]; }
};

class StatusSegment {
 public:
  // In the parent, once per configuration, before children are forked. The segment of the same parent
  // process is used further (its generation goes up by one); any other file at the path is replaced.
  // Children inherit the mapping. slots: ServerLimit, twice where a graceful overlap can fill it.
  static base::Result<StatusSegment> open_or_create(const std::string& path, uint32_t slots,
                                                    const SegmentTexts& texts);
  // For a look from outside, read only: refuses anything whose magic, version, layout or size is not ours.
  static base::Result<StatusSegment> attach(const std::string& path);

  StatusSegment(StatusSegment&& other) noexcept;
  StatusSegment& operator=(StatusSegment&& other) noexcept;
  ~StatusSegment();  // unmaps; must outlive the counting threads of a child

  // In a child, before its first request. False: every slot belongs to a living process (counted in
  // claims_refused); the child's numbers then are not seen by others.
  [[nodiscard]] bool claim_child();
  // At the orderly end of a child: gauges fall to 0, the slot is free, this process counts privately again.
  void release_child();
  // The slot index of this process, or -1.
  int own_slot() const { return own_slot_; }

  // In the parent: shared memory of the configuration, bytes.
  void set_memory(uint64_t configured, uint64_t used);
  void set_crashes(uint64_t crashes, int64_t blocked_since) const;
  // fault: the first that was found, or why it was given up; cut to the field's size.
  void set_configuration_state(ConfigurationState state, std::string_view fault = {}) const;

  // In a child: true for the one that sends metrics to a collector for all of them, until it ends or gives that up.
  [[nodiscard]] bool lease_metrics_sending() const;
  void give_up_metrics_sending() const;

  // In the parent: the certificates of the configuration that is put to work.
  void set_certificates(const std::vector<CertificateEnd>& certificates);

  // One more request ended for this cause. Any thread of any process that has the segment.
  void count_cause(std::string_view cause) const { observe::count_cause(head().causes, cause); }

  StatusNumbers read() const;
  // For record() and read_traffic(). A segment that was attached may only be read.
  TrafficShm& traffic() const { return head().traffic; }

 private:
  StatusSegment(void* mapping, size_t size) : mapping_(mapping), size_(size) {}
  SegmentShm& head() const { return *static_cast<SegmentShm*>(mapping_); }
  ChildShm& slot(uint32_t index) const;

  void* mapping_ = nullptr;
  size_t size_ = 0;
  int own_slot_ = -1;
};

// The segment of this process for whoever prints it (status page); null when there is none.
// Set after open_or_create(), cleared before the segment goes.
void set_process_segment(const StatusSegment* segment);
const StatusSegment* process_segment();

// "jemalloc 5.3.0" or "the C library's malloc": what this process really runs on.
std::string live_allocator();

}  // namespace navajo::observe
