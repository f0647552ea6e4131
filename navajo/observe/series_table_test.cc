#include "navajo/observe/series_table.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>

#include "CppUTest/TestHarness.h"

using namespace navajo::observe;
using namespace std::chrono_literals;

namespace {
using Small = SeriesTableShm<LatencyLaneShm, 8>;
using Counts = SeriesTableShm<CountLaneShm, 32>;
constexpr int64_t kNow = 1'700'000'000;
}  // namespace

TEST_GROUP(SeriesTable) {
  std::unique_ptr<Small> table = std::make_unique<Small>();
  std::vector<Series> read() const {
    return read_series(std::span<const SeriesRowShm<LatencyLaneShm>>(table->rows), table->other, 2);
  }
  uint64_t all() const {
    uint64_t sum = 0;
    for (const Series& one : read()) sum += one.count();
    return sum;
  }
};

TEST(SeriesTable, counts_by_all_labels_together) {
  record(*table, {"www", "Shop"}, 1ms, kNow);
  record(*table, {"www", "Shop"}, 3ms, kNow);
  record(*table, {"www", "Bank"}, 1ms, kNow);
  record(*table, {"wwwS", "hop"}, 1ms, kNow);
  const auto series = read();
  LONGS_EQUAL(3, series.size());
  STRCMP_EQUAL("Bank", series[0].labels[1].c_str());
  STRCMP_EQUAL("Shop", series[1].labels[1].c_str());
  LONGS_EQUAL(2, series[1].count());
  LONGS_EQUAL(4'000'000, series[1].latency.nanoseconds);
  STRCMP_EQUAL("hop", series[2].labels[1].c_str());
}

TEST(SeriesTable, a_name_too_many_is_counted_as_other_and_said) {
  for (int i = 0; i < 12; i++) record(*table, {"www", std::to_string(i)}, 1ms, kNow);
  const auto series = read();
  LONGS_EQUAL(9, series.size());
  STRCMP_EQUAL("other", series[8].labels[0].c_str());
  STRCMP_EQUAL("other", series[8].labels[1].c_str());
  STRCMP_EQUAL("", series[8].labels[2].c_str());
  LONGS_EQUAL(4, series[8].count());
  LONGS_EQUAL(4, table->overflow.unnamed.load());
}

TEST(SeriesTable, a_name_not_seen_for_an_hour_gives_way_and_its_numbers_stay) {
  for (int i = 0; i < 8; i++) record(*table, {"old", std::to_string(i)}, 1ms, kNow);
  record(*table, {"old", "0"}, 1ms, kNow + kForgetAfter);
  record(*table, {"new", ""}, 1ms, kNow + kForgetAfter + 1);
  LONGS_EQUAL(1, table->overflow.forgotten.load());
  LONGS_EQUAL(0, table->overflow.unnamed.load());
  LONGS_EQUAL(10, all());
  const auto series = read();
  STRCMP_EQUAL("new", series[0].labels[0].c_str());
  STRCMP_EQUAL("0", series[1].labels[1].c_str());
  STRCMP_EQUAL("other", series.back().labels[0].c_str());
  LONGS_EQUAL(1, series.back().count());
}

TEST(SeriesTable, a_long_label_is_cut) {
  record(*table, {std::string(100, 'x'), "s"}, 1ms, kNow);
  record(*table, {std::string(57, 'x') + "y", "s"}, 1ms, kNow);
  LONGS_EQUAL(1, read().size());
  LONGS_EQUAL(kLongestLabel, read()[0].labels[0].size());
}

TEST(SeriesTable, a_label_may_be_empty) {
  record(*table, {"www", std::string_view()}, 1ms, kNow);
  record(*table, {"www", ""}, 1ms, kNow);
  LONGS_EQUAL(1, read().size());
  STRCMP_EQUAL("", read()[0].labels[1].c_str());
}

TEST(SeriesTable, a_row_whose_namer_was_killed_is_lost_and_nothing_else) {
  for (auto& row : table->rows) row.name.state = 1;
  record(*table, {"www", "Shop"}, 1ms, kNow);
  LONGS_EQUAL(1, all());
  STRCMP_EQUAL("other", read()[0].labels[0].c_str());
}

TEST(SeriesTable, threads_and_processes_lose_no_count) {
  void* const memory = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  Counts& counts = *static_cast<Counts*>(memory);
  const auto work = [&counts] {
    for (int i = 0; i < 10'000; i++) record(counts, {i % 3 ? "a" : "b"}, kNow);
  };
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  std::thread other(work);
  work();
  other.join();
  int status = 0;
  LONGS_EQUAL(child, waitpid(child, &status, 0));
  LONGS_EQUAL(0, status);
  const auto series = read_series(std::span<const SeriesRowShm<CountLaneShm>>(counts.rows), counts.other, 1);
  LONGS_EQUAL(2, series.size());
  LONGS_EQUAL(30'000, series[0].count() + series[1].count());
  munmap(memory, sizeof(Counts));
}
