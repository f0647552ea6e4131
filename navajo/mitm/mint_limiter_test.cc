#include "navajo/mitm/mint_limiter.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo::mitm;
using namespace std::chrono_literals;
using Answer = MintLimiter::Answer;

TEST_GROUP(MintLimiter) {
  navajo::base::ManualClock clock;
  std::unique_ptr<MintLimiter::TableShm> table = std::make_unique<MintLimiter::TableShm>();

  MintLimiter limiter(const MintLimits& limits) { return {*table, limits, 42, clock.now()}; }
  int granted(MintLimiter & limiter, const std::string& client, int asked) {
    int count = 0;
    for (int i = 0; i < asked; i++) count += limiter.take(client, clock.now()) == Answer::granted;
    return count;
  }
};

TEST(MintLimiter, grants_a_burst_and_then_a_rate) {
  MintLimiter one = limiter({10, 5, 1000, 1000});
  LONGS_EQUAL(5, granted(one, "192.0.2.1", 100));
  CHECK(one.take("192.0.2.1", clock.now()) == Answer::client_limited);
  clock.advance(99ms);
  LONGS_EQUAL(0, granted(one, "192.0.2.1", 1));
  clock.advance(1ms);
  LONGS_EQUAL(1, granted(one, "192.0.2.1", 100));
  clock.advance(1h);
  LONGS_EQUAL(5, granted(one, "192.0.2.1", 100));
}

TEST(MintLimiter, knows_clients_apart) {
  MintLimiter one = limiter({10, 5, 1000, 1000});
  LONGS_EQUAL(5, granted(one, "192.0.2.1", 100));
  LONGS_EQUAL(5, granted(one, "192.0.2.2", 100));
  LONGS_EQUAL(5, granted(one, "2001:db8:0:1::1", 100));
  LONGS_EQUAL(0, granted(one, "2001:db8:0:1:ffff::2", 100));  // the same /64
  LONGS_EQUAL(5, granted(one, "2001:db8:0:2::1", 100));
}

TEST(MintLimiter, bounds_all_clients_together) {
  MintLimiter one = limiter({10, 10, 10, 100});
  int count = 0;
  for (int client = 0; client < 1000; client++) count += granted(one, "10.0.0." + std::to_string(client), 10);
  CHECK(count <= 100);
  clock.advance(1s);
  CHECK(granted(one, "192.0.2.1", 10) <= 10);
}

TEST(MintLimiter, keeps_the_last_quarter_for_clients_that_ask_for_little) {
  MintLimiter one = limiter({10, 100, 10, 100});
  const int flooded = granted(one, "192.0.2.1", 1000);
  CHECK(flooded >= 70);
  CHECK(flooded <= 76);
  LONGS_EQUAL(20, granted(one, "192.0.2.2", 20));
}

TEST(MintLimiter, gives_the_token_back_when_all_together_are_too_many) {
  MintLimiter one = limiter({10, 10, 1, 1});
  LONGS_EQUAL(1, granted(one, "192.0.2.9", 1));
  for (int i = 0; i < 100; i++) CHECK(one.take("192.0.2.1", clock.now()) == Answer::all_limited);
}

TEST(MintLimiter, has_no_more_entries_for_more_clients) {
  MintLimiter one = limiter({1, 3, 10000, 10000});
  LONGS_EQUAL(3, granted(one, "192.0.2.1", 10));
  // A flood of others does not make it forget the one that asks most.
  for (int i = 0; i < 20000; i++) (void)one.take("h" + std::to_string(i), clock.now());
  LONGS_EQUAL(0, granted(one, "192.0.2.1", 1));
}

TEST(MintLimiter, grants_no_more_to_many_threads) {
  MintLimiter one = limiter({10, 500, 10000, 10000});
  std::atomic<int> count{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; i++) threads.emplace_back([&] { count += granted(one, "192.0.2.1", 1000); });
  for (auto& thread : threads) thread.join();
  LONGS_EQUAL(500, count.load());
}
