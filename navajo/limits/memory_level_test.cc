#include "navajo/limits/memory_level.h"

#include <memory>

#include "CppUTest/TestHarness.h"

using navajo::limits::MemoryLevel;
using navajo::limits::MemoryThresholds;

TEST_GROUP(MemoryThresholds) {};

TEST(MemoryThresholds, are_reached_by_the_very_value) {
  MemoryThresholds memory(1000, 2000);
  CHECK(memory.look(999) == MemoryLevel::normal);
  CHECK(memory.look(1000) == MemoryLevel::high);
  CHECK(memory.look(1999) == MemoryLevel::high);
  CHECK(memory.look(2000) == MemoryLevel::critical);
}

TEST(MemoryThresholds, are_left_five_percent_below) {
  MemoryThresholds memory(1000, 2000);
  CHECK(memory.look(2000) == MemoryLevel::critical);
  CHECK(memory.look(1900) == MemoryLevel::critical);
  CHECK(memory.look(1899) == MemoryLevel::high);
  CHECK(memory.look(950) == MemoryLevel::high);
  CHECK(memory.look(949) == MemoryLevel::normal);
  CHECK(memory.look(999) == MemoryLevel::normal);
}

TEST(MemoryThresholds, of_nothing_watch_nothing) {
  MemoryThresholds off(0, 0), critical_only(0, 100);
  CHECK_FALSE(off.watched());
  CHECK(off.look(UINT64_MAX) == MemoryLevel::normal);
  CHECK_TRUE(critical_only.watched());
  CHECK(critical_only.look(99) == MemoryLevel::normal);
  CHECK(critical_only.look(100) == MemoryLevel::critical);
  CHECK(critical_only.look(94) == MemoryLevel::normal);
}

TEST(MemoryThresholds, a_fall_from_critical_may_go_all_the_way) {
  MemoryThresholds memory(1000, 2000);
  CHECK(memory.look(5000) == MemoryLevel::critical);
  CHECK(memory.look(10) == MemoryLevel::normal);
}

TEST_GROUP(ReadMemory) {};

TEST(ReadMemory, sees_what_this_process_takes) {
  constexpr size_t kMuch = 32 << 20;
  const uint64_t before = navajo::limits::read_memory().process;
  const std::unique_ptr<volatile char[]> taken(new volatile char[kMuch]);
  for (size_t i = 0; i < kMuch; i += 4096) taken[i] = 1;
  const navajo::limits::MemoryReading now = navajo::limits::read_memory();
  CHECK(now.process >= before + kMuch * 9 / 10);
  CHECK(now.group <= 100);
}
