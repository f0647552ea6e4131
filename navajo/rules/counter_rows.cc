#include "navajo/rules/counter_rows.h"

#include <algorithm>
#include <cstring>

namespace navajo::rules {
namespace {

constexpr uint64_t kBeingMade = 1;

// FNV-1a: ids are the administrator's, nobody attacks the table with them.
uint64_t hash_of(std::string_view id) {
  uint64_t hash = 14695981039346656037u;
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash > kBeingMade ? hash : hash + 2;
}

bool is_of(const CounterRowShm& row, std::string_view id) {
  const size_t kept = std::min(id.size(), CounterRowShm::kIdSize);
  return row.id_length == static_cast<uint16_t>(id.size()) && memcmp(row.id, id.data(), kept) == 0;
}

void clear(RuleCountersShm& counters) {
  for (auto* number : {&counters.hits, &counters.other_arm, &counters.refused, &counters.would_have, &counters.gave_up,
                       &counters.timed, &counters.nanoseconds})
    number->store(0, std::memory_order_relaxed);
  counters.last_hit.store(0, std::memory_order_relaxed);
}

}  // namespace

uint32_t CounterRows::place(std::string_view id, uint32_t generation) const {
  const uint32_t usable = shared_row();
  if (usable == 0) return 0;
  const uint64_t hash = hash_of(id);
  CounterRowShm* room = nullptr;
  for (uint32_t step = 0; step < std::min(kLongestWay, usable); step++) {
    CounterRowShm& row = rows_[(hash + step) % usable];
    const uint64_t there = row.hash.load(std::memory_order_relaxed);
    if (there == hash && is_of(row, id)) {
      row.seen.store(generation, std::memory_order_relaxed);
      return static_cast<uint32_t>(&row - rows_.data());
    }
    const bool given_up = there == 0 || row.seen.load(std::memory_order_relaxed) + kKeptGenerations < generation;
    if (given_up && !room) room = &row;
    if (there == 0) break;
  }
  if (!room) return shared_row();
  room->hash.store(kBeingMade, std::memory_order_relaxed);
  room->seen.store(generation, std::memory_order_relaxed);
  clear(room->counters);
  room->id_length = static_cast<uint16_t>(id.size());
  memcpy(room->id, id.data(), std::min(id.size(), CounterRowShm::kIdSize));
  room->hash.store(hash, std::memory_order_release);
  return static_cast<uint32_t>(room - rows_.data());
}

}  // namespace navajo::rules
