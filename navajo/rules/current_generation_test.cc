#include "navajo/rules/current_generation.h"

#include <thread>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo::rules;

namespace {

std::atomic<int> g_alive{0};

class Numbered final : public RuleGeneration {
 public:
  explicit Numbered(uint32_t number) : number_(number), check_(~number) { g_alive.fetch_add(1); }
  ~Numbered() override {
    number_ = check_ = 0;
    g_alive.fetch_sub(1);
  }
  uint32_t number() const override { return number_; }
  const Program& program() const override { std::terminate(); }
  RuleCountersShm& counters(uint32_t) const override { std::terminate(); }
  bool whole() const { return number_ == ~check_; }

 private:
  uint32_t number_, check_;
};

}  // namespace

TEST_GROUP(CurrentGeneration) {};

TEST(CurrentGeneration, is_none_before_the_first) {
  const CurrentGeneration current;
  CHECK(current.get() == nullptr);
}

TEST(CurrentGeneration, the_one_before_goes_with_its_last_user) {
  CurrentGeneration current;
  current.replace(std::make_shared<Numbered>(1));
  auto kept = current.get();
  current.replace(std::make_shared<Numbered>(2));
  LONGS_EQUAL(2, g_alive.load());
  LONGS_EQUAL(1, kept->number());
  LONGS_EQUAL(2, current.get()->number());
  kept.reset();
  LONGS_EQUAL(1, g_alive.load());
}

TEST(CurrentGeneration, more_threads_than_stripes_see_living_ones_in_their_order) {
  CurrentGeneration current;
  current.replace(std::make_shared<Numbered>(1));
  std::atomic<bool> stop{false}, failed{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; i++)
    threads.emplace_back([&] {
      uint32_t last = 0;
      while (!stop.load()) {
        const auto generation = current.get();
        const auto& numbered = static_cast<const Numbered&>(*generation);
        if (!numbered.whole() || numbered.number() < last) failed.store(true);
        last = numbered.number();
        std::this_thread::yield();
      }
    });
  for (uint32_t number = 2; number < 300; number++) current.replace(std::make_shared<Numbered>(number));
  stop.store(true);
  for (std::thread& thread : threads) thread.join();
  CHECK(!failed.load());
  LONGS_EQUAL(1, g_alive.load());
}
