#include "navajo/observe/series_table.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <type_traits>

namespace navajo::observe {
namespace {

constexpr uint32_t kFree = 0, kBeingNamed = 1, kNamed = 2;
constexpr size_t kProbes = 16;  // rows looked at before a name goes to "other"

static_assert(sizeof(SeriesNameShm) == 256);
static_assert(std::is_standard_layout_v<SeriesRowShm<LatencyLaneShm>>);

// The labels as they stand in a row, and their hash.
struct Key {
  explicit Key(const Labels& labels) {
    char* at = text;
    for (const std::string_view label : labels) {
      at += label.copy(at, kLongestLabel);  // unlike memcpy() it may be asked to copy nothing from nowhere
      *at++ = 0;
    }
    length = static_cast<uint32_t>(at - text);
    // Eight bytes at a time: this is on every request's path.
    memset(at, 0, std::min<size_t>(8, static_cast<size_t>(text + sizeof text - at)));
    hash = length;
    for (size_t i = 0; i < length; i += 8) {
      uint64_t word;
      memcpy(&word, text + i, 8);
      hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
      hash ^= hash >> 32;
    }
  }
  uint64_t hash;
  uint32_t length;
  char text[sizeof SeriesNameShm::text];
};

size_t lane_of_this_thread() {
  static std::atomic<unsigned> next{0};
  // Children begin at different ones.
  thread_local const size_t lane =
      (static_cast<unsigned>(getpid()) + next.fetch_add(1, std::memory_order_relaxed)) % kSeriesLanes;
  return lane;
}

bool is_called(const SeriesNameShm& name, const Key& key) {
  return name.hash.load(std::memory_order_relaxed) == key.hash && name.length == key.length &&
         memcmp(name.text, key.text, key.length) == 0;
}

void give_name(SeriesNameShm& name, const Key& key, int64_t now) {
  memcpy(name.text, key.text, key.length);
  name.length = key.length;
  name.hash.store(key.hash, std::memory_order_relaxed);
  name.last_used.store(now, std::memory_order_relaxed);
  name.state.store(kNamed, std::memory_order_release);
}

void move(std::atomic<uint64_t>& from, std::atomic<uint64_t>& to) {
  if (const uint64_t number = from.exchange(0, std::memory_order_relaxed))
    to.fetch_add(number, std::memory_order_relaxed);
}
void move(LatencyLaneShm& from, LatencyLaneShm& to) {
  for (size_t i = 0; i < kLatencyBuckets; i++) move(from.buckets[i], to.buckets[i]);
  move(from.nanoseconds, to.nanoseconds);
}
void move(CountLaneShm& from, CountLaneShm& to) { move(from.count, to.count); }

template <class Lane>
SeriesRowShm<Lane>& row_for(std::span<SeriesRowShm<Lane>> rows, SeriesRowShm<Lane>& other, SeriesOverflowShm& overflow,
                            const Labels& labels, int64_t now) {
  const Key key(labels);
  SeriesRowShm<Lane>* forgotten = nullptr;
  for (size_t i = 0; i < std::min(kProbes, rows.size()); i++) {
    SeriesRowShm<Lane>& row = rows[(key.hash + i) % rows.size()];
    uint32_t state = row.name.state.load(std::memory_order_acquire);
    if (state == kNamed && is_called(row.name, key)) {
      if (row.name.last_used.load(std::memory_order_relaxed) != now)
        row.name.last_used.store(now, std::memory_order_relaxed);
      return row;
    }
    if (state == kFree && row.name.state.compare_exchange_strong(state, kBeingNamed, std::memory_order_acq_rel)) {
      give_name(row.name, key, now);
      return row;
    }
    if (state == kNamed && !forgotten && row.name.last_used.load(std::memory_order_relaxed) + kForgetAfter < now)
      forgotten = &row;
  }
  uint32_t named = kNamed;
  if (forgotten && forgotten->name.state.compare_exchange_strong(named, kBeingNamed, std::memory_order_acq_rel)) {
    // Whoever found it by its old name a moment ago counts once under the new one.
    for (size_t i = 0; i < kSeriesLanes; i++) move(forgotten->lanes[i], other.lanes[i]);
    give_name(forgotten->name, key, now);
    overflow.forgotten.fetch_add(1, std::memory_order_relaxed);
    return *forgotten;
  }
  overflow.unnamed.fetch_add(1, std::memory_order_relaxed);
  return other;
}

void add(Latency& sum, const LatencyLaneShm& lane) {
  for (size_t i = 0; i < kLatencyBuckets; i++) sum.buckets[i] += lane.buckets[i].load(std::memory_order_relaxed);
  sum.nanoseconds += lane.nanoseconds.load(std::memory_order_relaxed);
}
void add(Latency& sum, const CountLaneShm& lane) { sum.buckets[0] += lane.count.load(std::memory_order_relaxed); }

template <class Lane>
Latency sum_of(const SeriesRowShm<Lane>& row) {
  Latency sum;
  for (const Lane& lane : row.lanes) add(sum, lane);
  return sum;
}

std::array<std::string, kMostLabels> labels_in(std::string_view text) {
  std::array<std::string, kMostLabels> out;
  for (std::string& label : out) {
    const size_t end = std::min(text.find('\0'), text.size());
    label = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

template <class Lane>
std::vector<Series> read_all(std::span<const SeriesRowShm<Lane>> rows, const SeriesRowShm<Lane>& other,
                             size_t label_count) {
  std::map<std::array<std::string, kMostLabels>, Latency> found;
  for (const SeriesRowShm<Lane>& row : rows) {
    const SeriesNameShm& name = row.name;
    if (name.state.load(std::memory_order_acquire) != kNamed) continue;
    const uint64_t hash = name.hash.load(std::memory_order_relaxed);
    char text[sizeof name.text];
    memcpy(text, name.text, sizeof text);
    const size_t length = std::min<size_t>(name.length, sizeof text);
    const Latency sum = sum_of(row);
    std::atomic_thread_fence(std::memory_order_acquire);
    // It got another name meanwhile: its numbers are in "other", or will be there at the next look.
    if (name.state.load(std::memory_order_relaxed) != kNamed || name.hash.load(std::memory_order_relaxed) != hash)
      continue;
    found[labels_in({text, length})] += sum;
  }
  std::vector<Series> out;
  out.reserve(found.size() + 1);
  for (const auto& [labels, latency] : found) out.push_back({labels, latency});
  if (const Latency rest = sum_of(other); rest.count() > 0) {
    Series last{{}, rest};
    for (size_t i = 0; i < std::min(label_count, kMostLabels); i++) last.labels[i] = "other";
    out.push_back(std::move(last));
  }
  return out;
}

}  // namespace

void record(std::span<SeriesRowShm<LatencyLaneShm>> rows, SeriesRowShm<LatencyLaneShm>& other,
            SeriesOverflowShm& overflow, const Labels& labels, std::chrono::nanoseconds took, int64_t now) {
  LatencyLaneShm& lane = row_for(rows, other, overflow, labels, now).lanes[lane_of_this_thread()];
  lane.buckets[latency_bucket(took)].fetch_add(1, std::memory_order_relaxed);
  lane.nanoseconds.fetch_add(static_cast<uint64_t>(std::max<int64_t>(took.count(), 0)), std::memory_order_relaxed);
}

void record(std::span<SeriesRowShm<CountLaneShm>> rows, SeriesRowShm<CountLaneShm>& other, SeriesOverflowShm& overflow,
            const Labels& labels, int64_t now) {
  row_for(rows, other, overflow, labels, now)
      .lanes[lane_of_this_thread()]
      .count.fetch_add(1, std::memory_order_relaxed);
}

std::vector<Series> read_series(std::span<const SeriesRowShm<LatencyLaneShm>> rows,
                                const SeriesRowShm<LatencyLaneShm>& other, size_t labels) {
  return read_all(rows, other, labels);
}
std::vector<Series> read_series(std::span<const SeriesRowShm<CountLaneShm>> rows,
                                const SeriesRowShm<CountLaneShm>& other, size_t labels) {
  return read_all(rows, other, labels);
}

}  // namespace navajo::observe
