// What a decision on rates and credits costs: nanoseconds each, one line per case. Hot: one key; many: a million keys
// in turn, which do not fit into the processor's caches; threads: two that ask for the same key.
//
//   limiter [DECISIONS]
#include <time.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "navajo/limits/limits.h"

using namespace navajo;
using namespace navajo::limits;

namespace {

double wall_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// The best of some rounds: others use the machine as well.
template <class Body>
double best(int decisions, Body&& body) {
  double least = 1e18;
  for (int round = 0; round < 5; round++) {
    const double begin = wall_ns();
    body(decisions);
    least = std::min(least, (wall_ns() - begin) / decisions);
  }
  return least;
}

void print(const char* name, double ns) { printf("%s %.1f ns_per_decision\n", name, ns); }

}  // namespace

int main(int argc, char** argv) {
  const int decisions = argc > 1 ? atoi(argv[1]) : 1'000'000;
  auto opened = Limits::open({.name = "bench", .memory = 128 << 20});
  if (!opened.ok()) {
    fprintf(stderr, "limiter: %s\n", opened.error().text.c_str());
    return 1;
  }
  Limits& limits = **opened;
  const base::TimePoint begin = base::coarse_now();
  uint64_t allowed = 0;
  const auto rates = [&](const RateSpec& spec, uint64_t keys) {
    return [&, keys, spec](int count) {
      for (int i = 0; i < count; i++) {
        const uint64_t which = static_cast<uint64_t>(i) % keys;
        const Key key{which * 0x9e3779b97f4a7c15 + 1, which * 0xd1342543de82ef95 + 7};
        allowed += limits.rate(key, spec, begin + std::chrono::microseconds(i)).allowed ? 1 : 0;
      }
    };
  };
  const RateSpec window{.limit = 1'000'000, .window = std::chrono::seconds(10)};
  RateSpec bucket = window, refusing = window;
  bucket.algorithm = RateAlgorithm::token_bucket;
  refusing.limit = 10;
  print("two_window_hot", best(decisions, rates(window, 1)));
  print("two_window_refused", best(decisions, rates(refusing, 1)));
  print("token_bucket_hot", best(decisions, rates(bucket, 1)));
  print("two_window_many", best(decisions, rates(window, 1'000'000)));
  print("token_bucket_many", best(decisions, rates(bucket, 1'000'000)));
  print("key_and_two_window", best(decisions, [&](int count) {
          for (int i = 0; i < count; i++) {
            const Key key = KeyBuilder(limits.secret()).part("rule-id").part("192.0.2.7").part("x-api-key").finish();
            allowed += limits.rate(key, window, begin).allowed ? 1 : 0;
          }
        }));
  const CreditSpec credit{.amount = uint64_t{1} << 35};
  print("credit_hot", best(decisions, [&](int count) {
          for (int i = 0; i < count; i++) allowed += limits.credit({1, 2}, credit, 1'800'000'000, 1).allowed ? 1 : 0;
        }));
  print("slot", best(decisions, [&](int count) {
          for (int i = 0; i < count; i++) allowed += limits.enter({3, 4}, 10) ? 1 : 0;
        }));
  print("two_window_threads", best(decisions, [&](int count) {
          std::vector<std::thread> threads;
          for (int t = 0; t < 2; t++)
            threads.emplace_back([&limits, &window, begin, count] {
              for (int i = 0; i < count / 2; i++) (void)limits.rate({5, 6}, window, begin);
            });
          for (std::thread& thread : threads) thread.join();
        }));
  return allowed == 0 ? 1 : 0;
}
