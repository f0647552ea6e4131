#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "navajo/observe/log.h"
#include "navajo/reactor/resolver.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::reactor;
using namespace std::chrono_literals;

namespace {

std::atomic<int> g_asked;
bool g_fails;
std::chrono::seconds g_ttl;

Resolver::Answer scripted(const std::string& name) {
  g_asked++;
  Resolver::Answer answer;
  if (g_fails) {
    answer.error = "no such name";
    return answer;
  }
  Resolver literal;
  answer.endpoints = **literal.resolve(name == "two" ? "192.0.2.2" : "192.0.2.1", 0, Deadline::never());
  answer.ttl = g_ttl;
  return answer;
}

}  // namespace

TEST_GROUP(Resolver) {
  navajo::base::ManualClock clock;
  void setup() override {
    g_asked = 0;
    g_fails = false;
    g_ttl = 30s;
    navajo::observe::set_log_sink([](navajo::observe::LogId, std::string_view) {}, nullptr);
  }
  void teardown() override { navajo::observe::set_log_sink(nullptr, nullptr); }
};

TEST(Resolver, takes_literal_addresses_without_asking) {
  Resolver resolver({}, scripted, clock);
  STRCMP_EQUAL("127.0.0.1:80", (**resolver.resolve("127.0.0.1", 80, Deadline::never()))[0].text().c_str());
  STRCMP_EQUAL("[::1]:443", (**resolver.resolve("[::1]", 443, Deadline::never()))[0].text().c_str());
  STRCMP_EQUAL("unix:/run/app", (**resolver.resolve("unix:/run/app", 0, Deadline::never()))[0].text().c_str());
  CHECK_EQUAL(0, g_asked.load());
}

TEST(Resolver, keeps_an_answer_for_its_ttl_and_not_longer) {
  Resolver resolver({}, scripted, clock);
  STRCMP_EQUAL("192.0.2.1:80", (**resolver.resolve("app", 80, Deadline::never()))[0].text().c_str());
  clock.advance(29s);
  CHECK(resolver.resolve("app", 80, Deadline::never()).ok());
  CHECK_EQUAL(1, g_asked.load());
  clock.advance(1s);
  CHECK(resolver.resolve("app", 80, Deadline::never()).ok());
  CHECK_EQUAL(2, g_asked.load());
}

TEST(Resolver, remembers_a_failure_for_a_short_time) {
  g_fails = true;
  Resolver resolver({}, scripted, clock);
  CHECK_FALSE(resolver.resolve("gone", 80, Deadline::never()).ok());
  CHECK_FALSE(resolver.resolve("gone", 80, Deadline::never()).ok());
  CHECK_EQUAL(1, g_asked.load());
  clock.advance(5s);
  STRCMP_EQUAL("no such name", resolver.resolve("gone", 80, Deadline::never()).error().text.c_str());
  CHECK_EQUAL(2, g_asked.load());
}

TEST(Resolver, keeps_the_last_addresses_of_a_name_that_stops_resolving) {
  Resolver resolver({}, scripted, clock);
  CHECK(resolver.resolve("app", 80, Deadline::never()).ok());
  g_fails = true;
  clock.advance(31s);
  CHECK(resolver.resolve("app", 80, Deadline::never()).ok());
  CHECK_EQUAL(1, resolver.stats().stale_answers);
  clock.advance(2h);
  CHECK_FALSE(resolver.resolve("app", 80, Deadline::never()).ok());
}

TEST(Resolver, drops_the_name_unused_for_longest_when_full) {
  ResolverOptions options;
  options.capacity = 2;
  Resolver resolver(options, scripted, clock);
  for (const char* name : {"one", "two", "one", "three"}) CHECK(resolver.resolve(name, 80, Deadline::never()).ok());
  CHECK_EQUAL(1, resolver.stats().evictions);
  const int asked = g_asked;
  CHECK(resolver.resolve("one", 80, Deadline::never()).ok());
  CHECK_EQUAL(asked, g_asked.load());
  CHECK(resolver.resolve("two", 80, Deadline::never()).ok());
  CHECK_EQUAL(asked + 1, g_asked.load());
}

TEST(Resolver, asks_once_however_many_ask_at_once) {
  static std::atomic<int> asked;
  static std::atomic<bool> go;
  asked = 0;
  go = false;
  Resolver resolver({}, [](const std::string& name) {
    asked++;
    while (!go) std::this_thread::yield();
    return scripted(name);
  }, clock);
  std::atomic<int> answers{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++)
    threads.emplace_back([&] {
      if (resolver.resolve("app", 80, Deadline::after(10s)).ok()) answers++;
    });
  while (asked == 0) std::this_thread::yield();
  go = true;
  for (auto& thread : threads) thread.join();
  CHECK_EQUAL(4, answers.load());
  CHECK_EQUAL(1, asked.load());
}

TEST(Resolver, finds_localhost_with_the_real_look_up) {
  Resolver resolver;
  auto found = resolver.resolve("localhost", 80, Deadline::after(10s));
  CHECK(found.ok());
}
