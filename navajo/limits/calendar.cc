#include "navajo/limits/calendar.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>

namespace navajo::limits {

using config::TimeZone;

namespace {

constexpr int64_t kDay = 86400;

struct Date {
  int year, month, day;
};

// Of a day since 1970, and back.
Date date_of(int64_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day()))};
}

int64_t days_of(int year, int month, int day) {
  return std::chrono::sys_days(std::chrono::year(year) / month / day).time_since_epoch().count();
}

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// The first day of the period that day `days` is in.
int64_t first_day(const CreditSpec& spec, int64_t days) {
  if (spec.period == CreditPeriod::daily) return days;
  if (spec.period == CreditPeriod::weekly) {
    const int64_t weekday = ((days + 3) % 7 + 7) % 7;  // 0: Monday
    return days - (weekday - (std::clamp(spec.day, 1, 7) - 1) + 7) % 7;
  }
  const int day = std::clamp(spec.day, 1, 28);
  const Date date = date_of(days);
  if (date.day >= day) return days_of(date.year, date.month, day);
  return date.month == 1 ? days_of(date.year - 1, 12, day) : days_of(date.year, date.month - 1, day);
}

int64_t next_first_day(const CreditSpec& spec, int64_t first) {
  if (spec.period == CreditPeriod::daily) return first + 1;
  if (spec.period == CreditPeriod::weekly) return first + 7;
  const Date date = date_of(first);
  return date.month == 12 ? days_of(date.year + 1, 1, date.day) : days_of(date.year, date.month + 1, date.day);
}

// A window that is kept: read without a lock; an odd version is being written.
struct Kept {
  std::atomic<uint32_t> version{0};
  std::atomic<uint64_t> spec{0};
  std::atomic<int64_t> begin{0}, end{0};
};
constexpr size_t kKept = 64;
Kept g_kept[kKept];

struct NamedZone {
  std::string name;
  TimeZone zone;
};
constexpr size_t kMaxZones = 64;
std::mutex g_guard;
std::deque<NamedZone> g_zones;  // guarded; entries stay where they are

// Null: more zones than anybody needs, or none of that name.
const TimeZone* find_zone(const char* name) {
  const std::lock_guard lock(g_guard);
  for (const NamedZone& known : g_zones)
    if (known.name == name) return &known.zone;
  if (g_zones.size() >= kMaxZones) return nullptr;
  auto loaded = TimeZone::load(name);
  return &g_zones.emplace_back(NamedZone{name, loaded.ok() ? std::move(*loaded) : TimeZone()}).zone;
}

// FNV-1a; specs come from the configuration, nobody aims at collisions.
uint64_t hash_of(const CreditSpec& spec) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&hash](uint64_t value) { hash = (hash ^ value) * 0x100000001b3; };
  for (const char* at = spec.zone; *at; at++) mix(static_cast<unsigned char>(*at));
  mix(0x100 + static_cast<uint64_t>(spec.period));
  mix(static_cast<uint64_t>(spec.day));
  mix(static_cast<uint64_t>(spec.minute));
  return hash | 1;
}

}  // namespace

Window window_at(const TimeZone& zone, const CreditSpec& spec, int64_t wall_seconds) {
  const int64_t in_day = int64_t{std::clamp(spec.minute, 0, 1439)} * 60;
  const int64_t local = wall_seconds + zone.offset_at(wall_seconds);
  const auto begin_of = [&](int64_t day) { return zone.first_utc_of(day * kDay + in_day); };
  int64_t first = first_day(spec, floor_div(local, kDay));
  // The minute is later on that day, or a change of the clocks has moved it.
  while (begin_of(first) > wall_seconds) first = first_day(spec, first - 1);
  int64_t next = next_first_day(spec, first);
  while (begin_of(next) <= wall_seconds) {
    first = next;
    next = next_first_day(spec, first);
  }
  return {begin_of(first), begin_of(next)};
}

Window window_at(const CreditSpec& spec, int64_t wall_seconds) {
  const uint64_t hash = hash_of(spec);
  Kept& kept = g_kept[(hash >> 32) % kKept];
  const uint32_t version = kept.version.load(std::memory_order_acquire);
  if (version % 2 == 0 && kept.spec.load(std::memory_order_relaxed) == hash) {
    const Window window{kept.begin.load(std::memory_order_relaxed), kept.end.load(std::memory_order_relaxed)};
    std::atomic_thread_fence(std::memory_order_acquire);
    if (kept.version.load(std::memory_order_relaxed) == version && wall_seconds >= window.begin &&
        wall_seconds < window.end)
      return window;
  }
  static const TimeZone utc;
  const TimeZone* zone = strcmp(spec.zone, "UTC") == 0 ? &utc : find_zone(spec.zone);
  const Window window = window_at(zone ? *zone : utc, spec, wall_seconds);
  uint32_t even = version & ~1u;
  if (kept.version.compare_exchange_strong(even, even + 1, std::memory_order_acq_rel)) {
    kept.spec.store(hash, std::memory_order_relaxed);
    kept.begin.store(window.begin, std::memory_order_relaxed);
    kept.end.store(window.end, std::memory_order_relaxed);
    kept.version.store(even + 2, std::memory_order_release);
  }
  return window;
}

base::Status<> check_zone(const char* zone) {
  auto loaded = TimeZone::load(zone);
  if (!loaded.ok()) return base::Failed{loaded.error()};
  return base::Done{};
}

}  // namespace navajo::limits
