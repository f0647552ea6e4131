// The same work done by threads of one process and by processes: what one stored the others see, nothing is lost.
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "navajo/session/reaper.h"
#include "navajo/session/store_fixture.h"
#include "navajo/shm/arena.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::session;

namespace {

constexpr int kWorkers = 4;

enum class By { threads, processes };

// Runs body(0), body(1) ... side by side; true when every one says true. Nothing in body may use CHECK.
bool side_by_side(By by, const std::function<bool(int)>& body) {
  bool good = true;
  if (by == By::processes) {
    std::vector<navajo::shm::Forked> children;
    for (int i = 0; i < kWorkers; i++) children.emplace_back([&body, i] { return body(i); });
    for (auto& child : children) good = child.succeeded() && good;
    return good;
  }
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kWorkers; i++) threads.emplace_back([&, i] { failed += body(i) ? 0 : 1; });
  for (std::thread& thread : threads) thread.join();
  return failed == 0;
}

struct ParallelTest : Utest, StoreFixture {
  bool clean() { return store->validate().clean(); }

  // Each its own sessions: created, filled, read back, renewed, ended.
  void lives(By by) {
    CHECK(side_by_side(by, [this](int worker) {
      for (int n = 0; n < 500; n++) {
        const auto made = store->create(kLimits);
        if (!made.ok()) return false;
        const std::string value(static_cast<size_t>(n), static_cast<char>('a' + worker));
        if (!stored(store->set(made->session, "a", AttributeType::text, value))) return false;
        const auto renewed = store->renew(made->session, 0ms);
        const auto found = renewed.ok() ? store->find(*renewed, 0ms) : std::nullopt;
        if (!found || text_of(*store, *found, "a") != value) return false;
        if (n % 10 != 0 && !store->invalidate(*found)) return false;
      }
      return true;
    }));
    LONGS_EQUAL(kWorkers * 50, store->numbers().active);
    CHECK(clean());
  }
  // All of them one session, each its own attributes: as parallel requests of one browser.
  void merge(By by) {
    const auto shared = store->create(kLimits);
    CHECK(side_by_side(by, [&](int worker) {
      for (int n = 0; n < 100; n++) {
        const auto found = store->find(shared->id, 0ms);
        const std::string attribute = "w" + std::to_string(worker) + "-" + std::to_string(n);
        if (!found || !stored(store->set(*found, attribute, AttributeType::text, attribute))) return false;
        if (n % 2 == 1 && !store->remove(*found, "w" + std::to_string(worker) + "-" + std::to_string(n - 1)))
          return false;
      }
      return true;
    }));
    const auto all = store->attributes(shared->session, *std::pmr::new_delete_resource());
    LONGS_EQUAL(kWorkers * 50, all.size());
    for (const Attribute& one : all) CHECK(one.name == one.value.bytes);
    CHECK(clean());
  }
  // One attribute written by all and read by all is always one of the written values, whole.
  void never_torn(By by) {
    const auto shared = store->create(kLimits);
    CHECK(stored(store->set(shared->session, "a", AttributeType::text, "0")));
    CHECK(side_by_side(by, [&](int worker) {
      for (int n = 0; n < 400; n++) {
        const auto found = store->find(shared->id, 0ms);
        if (!found) return false;
        const std::string value(static_cast<size_t>(1 + n * 3), static_cast<char>('a' + worker));
        if (!store->set(*found, "a", AttributeType::text, value).ok()) return false;
        const std::string seen = text_of(*store, *found, "a");
        if (seen.empty() || seen.find_first_not_of(seen[0]) != std::string::npos) return false;
      }
      return true;
    }));
    CHECK(clean());
  }
  // Reaper, validator, administrator and users at once.
  void everything(By by) {
    CHECK(side_by_side(by, [this](int worker) {
      for (int n = 0; n < 200; n++) {
        if (worker == 0) {
          (void)Reaper(*store, {0ms, 120s}).run([] { return false; });
        } else if (worker == 1) {
          if (!store->validate().structure_ok()) return false;
          store->visit([this](const SessionView& view) {
            AttributeValue value;
            (void)store->get(view.session, "a", value);
            return true;
          });
        } else {
          const auto made = store->create({86400s, 600s});
          if (!made.ok()) return false;
          // It may have timed out already: the clock is everybody's.
          (void)store->set(made->session, "a", AttributeType::text, std::string(500, 'x'));
          clock.advance(20s);
        }
      }
      return true;
    }));
    CHECK(clean());
  }
};

}  // namespace

TEST_GROUP_BASE(StoreInParallel, ParallelTest) {
  void setup() override { CHECK(open() != nullptr); }
};

TEST(StoreInParallel, sessions_of_threads_do_not_meet) { lives(By::threads); }
TEST(StoreInParallel, sessions_of_processes_do_not_meet) { lives(By::processes); }
TEST(StoreInParallel, threads_merge_attribute_by_attribute) { merge(By::threads); }
TEST(StoreInParallel, processes_merge_attribute_by_attribute) { merge(By::processes); }
TEST(StoreInParallel, threads_never_see_half_a_value) { never_torn(By::threads); }
TEST(StoreInParallel, processes_never_see_half_a_value) { never_torn(By::processes); }
TEST(StoreInParallel, threads_may_reap_validate_and_walk_meanwhile) { everything(By::threads); }
TEST(StoreInParallel, processes_may_reap_validate_and_walk_meanwhile) { everything(By::processes); }

// The classic failure of a session store: after millions of sessions of all sizes, memory that nobody can use. Here any
// free block fits any need, so what must stay flat is what was committed. NAVAJO_TEST_LONG=1: ten million cycles.
TEST(StoreInParallel, memory_stays_flat_over_sessions_of_all_sizes) {
  const int cycles = getenv("NAVAJO_TEST_LONG") ? 10'000'000 : 100'000;
  const uint64_t empty = store->numbers().memory_used;
  std::vector<CreatedSession> living;
  uint32_t random = 12345, committed = 0;
  const std::string value(4000, 'v');
  for (int n = 0; n < cycles; n++) {
    random = random * 1664525 + 1013904223;
    const auto made = store->create(kLimits);
    CHECK(made.ok());
    for (uint32_t a = 0; a < (random >> 28) % 3; a++)
      CHECK(stored(store->set(made->session, a ? "a" : "b", AttributeType::text,
                              std::string_view(value).substr(0, (random >> 12) % (a ? 300 : 3000)))));
    if (living.size() < 500) {
      living.push_back(*made);
    } else {
      CreatedSession& victim = living[(random >> 8) % living.size()];
      CHECK(store->invalidate(victim.session));
      victim = *made;
    }
    if (n == cycles / 4) committed = store->core().memory().committed();
  }
  LONGS_EQUAL(committed, store->core().memory().committed());
  for (const CreatedSession& one : living) CHECK(store->invalidate(one.session));
  LONGS_EQUAL(empty, store->numbers().memory_used);
  CHECK(clean());
}
