#include "navajo/identity/lockout.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo::identity;
using std::chrono::seconds;

TEST_GROUP(Lockout) {
  std::vector<LockoutTable::Row> rows = std::vector<LockoutTable::Row>(16);
  LockoutTable table{rows, 42};
  navajo::base::ManualClock clock;
  const seconds window{300};

  bool fail(uint64_t key, unsigned limit = 3) { return table.failed(key, limit, window, clock.now()); }
  unsigned locked(uint64_t key, unsigned limit = 3) { return table.locked_for(key, limit, window, clock.now()); }
};

TEST(Lockout, locks_at_the_limit_and_for_the_window_after_the_last_failure) {
  const uint64_t key = table.key("user", "anna");
  CHECK_FALSE(fail(key));
  clock.advance(seconds(100));
  CHECK_FALSE(fail(key));
  CHECK_EQUAL(0u, locked(key));
  clock.advance(seconds(100));
  CHECK_TRUE(fail(key));
  CHECK_EQUAL(300u, locked(key));
  clock.advance(seconds(299));
  CHECK_EQUAL(1u, locked(key));
  clock.advance(seconds(1));
  CHECK_EQUAL(0u, locked(key));
  CHECK_FALSE(fail(key));  // counted from the start again
}

TEST(Lockout, success_forgets_the_failures) {
  const uint64_t key = table.key("user", "anna");
  fail(key);
  fail(key);
  table.succeeded(key);
  CHECK_FALSE(fail(key));
  CHECK_FALSE(fail(key));
  CHECK_EQUAL(0u, locked(key));
}

TEST(Lockout, keys_of_different_parts_are_different) {
  CHECK(table.key("pair", "ab", "c") != table.key("pair", "a", "bc"));
  CHECK(table.key("pair", "ab") != table.key("user", "ab"));
  CHECK(LockoutTable(rows, 1).key("user", "a") != LockoutTable(rows, 2).key("user", "a"));
}

TEST(Lockout, a_flood_of_other_keys_does_not_free_who_is_locked_out) {
  const uint64_t victim = table.key("user", "mallory");
  for (int i = 0; i < 3; i++) fail(victim);
  for (int i = 0; i < 100000; i++) fail(table.key("user", std::to_string(i)));
  CHECK(locked(victim) > 0);
}

TEST(Lockout, a_row_full_of_locked_out_keys_lets_nobody_else_pass) {
  std::vector<LockoutTable::Row> one(1);
  LockoutTable small(one, 7);
  for (unsigned key = 1; key <= LockoutTable::kWays; key++)
    for (int i = 0; i < 3; i++) small.failed(uint64_t{key} << 40, 3, window, clock.now());
  const uint64_t other = uint64_t{99} << 40;
  CHECK_FALSE(small.failed(other, 3, window, clock.now()));
  CHECK_EQUAL(300u, small.locked_for(other, 3, window, clock.now()));
  clock.advance(window);
  CHECK_EQUAL(0u, small.locked_for(other, 3, window, clock.now()));
}

TEST(Lockout, children_count_together) {
  void* shared = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(shared != MAP_FAILED);
  LockoutTable together({static_cast<LockoutTable::Row*>(shared), 16}, 3);
  const uint64_t key = together.key("user", "anna");
  std::vector<pid_t> children;
  for (int i = 0; i < 4; i++) {
    const pid_t child = fork();
    if (child == 0) {
      for (int n = 0; n < 25; n++) together.failed(key, 200, window, clock.now());
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) waitpid(child, nullptr, 0);
  CHECK_EQUAL(0u, together.locked_for(key, 101, window, clock.now()));
  CHECK(together.locked_for(key, 100, window, clock.now()) > 0);
  munmap(shared, 4096);
}
