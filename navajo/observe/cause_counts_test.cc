#include "navajo/observe/cause_counts.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::observe;

TEST_GROUP(CauseCounts) {
  CauseTableShm* table = nullptr;
  void setup() override {
    table = static_cast<CauseTableShm*>(
        mmap(nullptr, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  }
  void teardown() override { munmap(table, sizeof *table); }
};

TEST(CauseCounts, are_empty_at_first) { CHECK(read_causes(*table).empty()); }

TEST(CauseCounts, come_with_the_most_frequent_first) {
  count_cause(*table, "no_servlet");
  count_cause(*table, "no_backend");
  count_cause(*table, "no_backend");
  CHECK((read_causes(*table) == CauseCounts{{"no_backend", 2}, {"no_servlet", 1}}));
}

TEST(CauseCounts, end_in_other_when_the_table_is_full) {
  for (size_t i = 0; i < CauseTableShm::kRows + 10; i++) count_cause(*table, "cause" + std::to_string(i));
  const CauseCounts counts = read_causes(*table);
  LONGS_EQUAL(CauseTableShm::kRows + 1, counts.size());
  CHECK((counts.back() == std::pair<std::string, uint64_t>("other", 10)));
}

TEST(CauseCounts, cut_a_word_that_is_too_long) {
  count_cause(*table, std::string(100, 'x'));
  count_cause(*table, std::string(200, 'x'));
  CHECK((read_causes(*table) == CauseCounts{{std::string(36, 'x'), 2}}));
}

TEST(CauseCounts, are_exact_over_many_processes) {
  constexpr int kProcesses = 4, kTimes = 5000;
  for (int p = 0; p < kProcesses; p++) {
    if (fork() != 0) continue;
    for (int i = 0; i < kTimes; i++) count_cause(*table, i % 2 ? "odd" : "even");
    _exit(0);
  }
  for (int p = 0; p < kProcesses; p++) CHECK(wait(nullptr) > 0);
  const CauseCounts counts = read_causes(*table);
  LONGS_EQUAL(2, counts.size());
  for (const auto& [cause, count] : counts) LONGS_EQUAL(kProcesses * kTimes / 2, count);
}
