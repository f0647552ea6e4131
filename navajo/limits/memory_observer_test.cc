#include "navajo/limits/memory_observer.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "navajo/api/fakes.h"
#include "navajo/observe/log.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace std::chrono_literals;
using limits::LargeBody;
using limits::MemoryLevel;
using limits::MemoryObserver;
using limits::MemoryReading;
using reactor::Deadline;

namespace {

std::mutex g_guard;
std::string g_log;
void keep_log(observe::LogId, std::string_view text) {
  std::lock_guard lock(g_guard);
  g_log.append(text).append("\n");
}
bool log_everything(observe::Level) { return true; }
std::string log_text() {
  std::lock_guard lock(g_guard);
  return g_log;
}

// Memory as the test says it is, step by step: once the test has set it, the observer's thread gets a reading as often
// as the test wants, and waits for the next one; it has judged a reading when it asks again.
class SteeredMemory {
 public:
  MemoryReading read() {
    std::unique_lock lock(guard_);
    asks_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return free_ || left_ > 0; });
    asks_ = false;
    if (left_ > 0) left_--;
    return reading_;
  }
  // Returns when the observer has judged it `looks` times.
  void set(MemoryReading reading, int looks = 1) {
    std::unique_lock lock(guard_);
    free_ = false;
    changed_.wait(lock, [this] { return asks_; });
    reading_ = reading;
    left_ = looks;
    asks_ = false;
    changed_.notify_all();
    changed_.wait(lock, [this] { return left_ == 0 && asks_; });
  }
  // Nobody waits any more.
  void let_go() {
    std::lock_guard lock(guard_);
    free_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex guard_;
  std::condition_variable changed_;
  MemoryReading reading_;
  int left_ = 0;
  bool free_ = true, asks_ = false;
};

}  // namespace

TEST_GROUP(MemoryObserver) {
  SteeredMemory memory;
  limits::MemoryObserverOptions options;
  std::shared_ptr<MemoryObserver> observer;
  std::atomic<int> replaced{0};
  const char* why_not = nullptr;

  void setup() override {
    observe::set_log_sink(keep_log, log_everything);
    options.interval = 1ms;
    options.process_high = 1000;
    options.process_critical = 2000;
    options.max_large_bodies = 2;
  }
  void teardown() override {
    memory.let_go();
    if (observer) observer->stop_child();
    observer.reset();
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(g_log);
  }
  void start() {
    observer = MemoryObserver::make(options, [this] { return memory.read(); });
    observer->replace_with([this] {
      replaced++;
      return why_not;
    });
    observer->start_child();
  }
  bool enters() { return static_cast<bool>(observer->enter_large_body(Deadline::after(0ms))); }
};

TEST(MemoryObserver, refuses_large_bodies_when_memory_is_high_and_relaxes) {
  start();
  memory.set({900, 0});
  CHECK(observer->level() == MemoryLevel::normal);
  CHECK_TRUE(enters());
  memory.set({1000, 0});
  CHECK(observer->level() == MemoryLevel::high);
  CHECK_FALSE(enters());
  memory.set({960, 0});
  CHECK(observer->level() == MemoryLevel::high);
  memory.set({940, 0});
  CHECK(observer->level() == MemoryLevel::normal);
  CHECK_TRUE(enters());
  STRCMP_CONTAINS("NVJ1940 this child has 1000 bytes (processHigh 1000)", log_text().c_str());
  STRCMP_CONTAINS("NVJ1942 this child has 940 bytes", log_text().c_str());
}

TEST(MemoryObserver, the_worse_of_process_and_group_counts) {
  start();
  memory.set({10, 85});
  CHECK(observer->level() == MemoryLevel::high);
  memory.set({10, 93});
  CHECK(observer->level() == MemoryLevel::critical);
  STRCMP_CONTAINS("NVJ1941", log_text().c_str());
  memory.set({1000, 10});
  CHECK(observer->level() == MemoryLevel::high);
}

TEST(MemoryObserver, a_level_is_said_once_however_long_it_lasts) {
  start();
  memory.set({1500, 0}, 20);
  memory.set({1400, 0}, 20);
  const std::string said = log_text();
  CHECK(said.find("NVJ1940") == said.rfind("NVJ1940"));
}

TEST(MemoryObserver, lets_so_many_large_bodies_in_and_one_more_when_one_has_ended) {
  start();
  LargeBody first = observer->enter_large_body(Deadline::after(0ms));
  LargeBody second = observer->enter_large_body(Deadline::after(0ms));
  CHECK_TRUE(first && second);
  CHECK_FALSE(enters());
  CHECK_FALSE(enters());
  STRCMP_CONTAINS("NVJ1947 2 requests with a body of 1048576 bytes or more are at work", log_text().c_str());
  CHECK(log_text().find("NVJ1947") == log_text().rfind("NVJ1947"));
  first = LargeBody();
  CHECK_TRUE(enters());
  api::FakeStatusWriter status;
  observer->report(status);
  CHECK_TRUE(status.has("memory observer/large_bodies 1"));
  CHECK_TRUE(status.has("memory observer/large_bodies_refused 2"));
}

TEST(MemoryObserver, who_waits_gets_the_place_that_gets_free) {
  start();
  LargeBody first = observer->enter_large_body(Deadline::after(0ms));
  LargeBody second = observer->enter_large_body(Deadline::after(0ms));
  std::thread waiting([this] { CHECK_TRUE(static_cast<bool>(observer->enter_large_body(Deadline::after(10s)))); });
  first = LargeBody();
  waiting.join();
}

TEST(MemoryObserver, without_a_limit_lets_any_number_in) {
  options.max_large_bodies = 0;
  start();
  std::vector<LargeBody> places;
  for (int i = 0; i < 1000; i++) {
    places.push_back(observer->enter_large_body(Deadline::after(0ms)));
    CHECK_TRUE(static_cast<bool>(places.back()));
  }
}

TEST(MemoryObserver, has_a_child_replaced_that_stays_above_and_only_once) {
  options.process_replace = 5000;
  start();
  memory.set({5000, 0}, 1);
  memory.set({100, 0}, 2);
  LONGS_EQUAL(0, replaced.load());
  memory.set({6000, 0}, 10);
  LONGS_EQUAL(1, replaced.load());
  STRCMP_CONTAINS("NVJ1943 this child has 6000 bytes, processReplace is 5000: it ends when", log_text().c_str());
}

TEST(MemoryObserver, says_why_a_child_cannot_be_replaced_and_waits_a_minute) {
  options.process_replace = 5000;
  why_not = "there is no room for another one";
  start();
  memory.set({6000, 0}, 10);
  LONGS_EQUAL(1, replaced.load());
  STRCMP_CONTAINS("it cannot be replaced: there is no room for another one", log_text().c_str());
}

TEST(MemoryObserver, that_watches_nothing_has_no_thread) {
  options = {};
  options.group_high = options.group_critical = 0;
  bool asked = false;
  observer = MemoryObserver::make(options, [&asked] {
    asked = true;
    return MemoryReading{UINT64_MAX, 100};
  });
  observer->start_child();
  CHECK_TRUE(enters());
  observer->stop_child();
  CHECK_FALSE(asked);
}
