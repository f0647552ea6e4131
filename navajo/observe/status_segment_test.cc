#include "navajo/observe/status_segment.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo::observe;

namespace {

const SegmentTexts kTexts{"Navajo/0 Apache/0", "malloc", "/x/navajo.xml"};

// Runs the body in a forked child that then waits to be killed; back when the body is done.
pid_t child_that_stays(const std::function<bool()>& body) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) abort();
  const pid_t child = fork();
  if (child == 0) {
    const char answer = body() ? 'y' : 'n';
    if (write(pipe_ends[1], &answer, 1) != 1) _exit(2);
    for (;;) pause();
  }
  char answer = 0;
  const bool told = read(pipe_ends[0], &answer, 1) == 1;
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  CHECK(told);
  BYTES_EQUAL('y', answer);
  return child;
}

void kill_and_reap(pid_t child) {
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

uint64_t requests(const StatusSegment& segment) { return segment.read()[Counter::requests]; }

}  // namespace

TEST_GROUP(StatusSegment) {
  char folder[64] = "/tmp/navajo-status-XXXXXX";
  std::string path;
  void setup() override {
    CHECK(mkdtemp(folder) != nullptr);
    path = std::string(folder) + "/status";
  }
  void teardown() override {
    unlink(path.c_str());
    unlink((path + ".new").c_str());
    rmdir(folder);
  }
  StatusSegment make(uint32_t slots = 2) {
    auto segment = StatusSegment::open_or_create(path, slots, kTexts);
    if (!segment) FAIL(segment.error().text.c_str());
    return std::move(*segment);
  }
  std::string attach_error() {
    auto segment = StatusSegment::attach(path);
    return segment ? "" : segment.error().text;
  }
  // Opens the file and overwrites one byte.
  void damage(size_t offset) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put('\x7e');
  }
};

TEST(StatusSegment, counts_of_a_child_are_seen_from_outside) {
  StatusSegment segment = make();
  const pid_t child = child_that_stays([&] {
    const bool claimed = segment.claim_child();
    count(Counter::requests, 3);
    gauge(Gauge::connections_live).store(4);
    return claimed;
  });
  auto outside = StatusSegment::attach(path);
  CHECK(outside.ok());
  const StatusNumbers numbers = outside->read();
  LONGS_EQUAL(3, numbers[Counter::requests]);
  LONGS_EQUAL(4, numbers[Gauge::connections_live]);
  LONGS_EQUAL(1, numbers.children.size());
  LONGS_EQUAL(child, numbers.children[0].pid);
  LONGS_EQUAL(getpid(), numbers.parent_pid);
  CHECK(numbers.parent_alive);
  STRCMP_EQUAL("malloc", numbers.texts.allocator.c_str());
  kill_and_reap(child);
}

TEST(StatusSegment, the_slot_of_a_killed_child_is_taken_over_with_its_counters_and_without_its_gauges) {
  StatusSegment segment = make(1);
  const pid_t first = child_that_stays([&] {
    const bool claimed = segment.claim_child();
    count(Counter::requests, 10);
    gauge(Gauge::connections_live).store(7);
    return claimed;
  });
  kill_and_reap(first);
  LONGS_EQUAL(10, requests(segment));
  LONGS_EQUAL(0, segment.read()[Gauge::connections_live]);
  LONGS_EQUAL(0, segment.read().children.size());

  const pid_t second = child_that_stays([&] {
    const bool claimed = segment.claim_child();
    count(Counter::requests, 5);
    return claimed && segment.own_slot() == 0;
  });
  const StatusNumbers numbers = segment.read();
  LONGS_EQUAL(15, numbers[Counter::requests]);
  LONGS_EQUAL(0, numbers[Gauge::connections_live]);
  LONGS_EQUAL(1, numbers.children.size());
  LONGS_EQUAL(5, numbers.children[0].counters[static_cast<size_t>(Counter::requests)]);
  kill_and_reap(second);
}

TEST(StatusSegment, a_living_child_keeps_its_slot_and_one_too_many_counts_privately) {
  StatusSegment segment = make(1);
  const pid_t first = child_that_stays([&] { return segment.claim_child(); });
  const pid_t second = child_that_stays([&] {
    const bool claimed = segment.claim_child();
    count(Counter::requests, 99);
    return !claimed;
  });
  LONGS_EQUAL(0, requests(segment));
  LONGS_EQUAL(1, segment.read().claims_refused);
  kill_and_reap(first);
  kill_and_reap(second);
}

TEST(StatusSegment, a_released_slot_is_free_for_the_next_child) {
  StatusSegment segment = make(1);
  const pid_t first = child_that_stays([&] {
    const bool claimed = segment.claim_child();
    count(Counter::requests);
    gauge(Gauge::fibers_live).store(3);
    segment.release_child();
    count(Counter::requests);  // after the release: private
    return claimed;
  });
  const pid_t second = child_that_stays([&] { return segment.claim_child(); });
  LONGS_EQUAL(1, requests(segment));
  LONGS_EQUAL(0, segment.read()[Gauge::fibers_live]);
  kill_and_reap(first);
  kill_and_reap(second);
}

TEST(StatusSegment, the_same_parent_finds_it_again_with_its_numbers_and_the_next_generation) {
  {
    StatusSegment segment = make();
    kill_and_reap(child_that_stays([&] {
      const bool claimed = segment.claim_child();
      count(Counter::requests, 2);
      return claimed;
    }));
    LONGS_EQUAL(1, segment.read().generation);
  }
  auto again = StatusSegment::open_or_create(path, 2, {"Navajo/0 Apache/0", "malloc", "/y/navajo.xml"});
  CHECK(again.ok());
  LONGS_EQUAL(2, again->read().generation);
  LONGS_EQUAL(2, requests(*again));
  STRCMP_EQUAL("/y/navajo.xml", again->read().texts.configuration.c_str());
}

TEST(StatusSegment, another_parent_starts_from_zero_and_leaves_the_old_mapping_alone) {
  StatusSegment old = make();
  CHECK(old.claim_child());
  count(Counter::requests, 4);
  const pid_t other = child_that_stays([&] {
    auto fresh = StatusSegment::open_or_create(path, 2, kTexts);
    return fresh.ok() && requests(*fresh) == 0 && fresh->read().generation == 1;
  });
  LONGS_EQUAL(4, requests(old));
  auto outside = StatusSegment::attach(path);
  CHECK(outside.ok());
  LONGS_EQUAL(other, outside->read().parent_pid);
  kill_and_reap(other);
  CHECK_FALSE(outside->read().parent_alive);
}

TEST(StatusSegment, sums_are_exact_over_many_threads) {
  StatusSegment segment = make();
  CHECK(segment.claim_child());
  std::vector<std::thread> threads;
  for (int t = 0; t < 20; t++) {
    threads.emplace_back([] {
      for (int i = 0; i < 1000; i++) {
        count(Counter::events);
        gauge(Gauge::fibers_live).fetch_add(1, std::memory_order_relaxed);
        gauge(Gauge::fibers_live).fetch_sub(1, std::memory_order_relaxed);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  LONGS_EQUAL(20000, segment.read()[Counter::events]);
  LONGS_EQUAL(0, segment.read()[Gauge::fibers_live]);
}

TEST(StatusSegment, a_peak_is_the_highest_of_the_children_and_not_their_sum) {
  StatusSegment segment = make();
  std::vector<pid_t> children;
  for (const int delay : {50, 20}) {
    children.push_back(child_that_stays([&] {
      const bool claimed = segment.claim_child();
      gauge(Gauge::run_queue_delay_max_us).store(delay);
      gauge(Gauge::reactors).store(2);
      return claimed;
    }));
  }
  LONGS_EQUAL(50, segment.read()[Gauge::run_queue_delay_max_us]);
  LONGS_EQUAL(4, segment.read()[Gauge::reactors]);
  for (const pid_t child : children) kill_and_reap(child);
}

TEST(StatusSegment, a_process_forked_from_a_child_does_not_free_its_slot) {
  StatusSegment segment = make();
  CHECK(segment.claim_child());
  kill_and_reap(child_that_stays([&] {
    segment.release_child();
    return true;
  }));
  LONGS_EQUAL(1, segment.read().children.size());
}

TEST(StatusSegment, refuses_a_file_that_is_not_whole_or_not_its_own) {
  CHECK(attach_error().find("cannot open") != std::string::npos);
  { std::ofstream(path) << "short"; }
  CHECK(attach_error().find("not a Navajo status segment") != std::string::npos);
  { make(); }
  STRCMP_EQUAL("", attach_error().c_str());
  damage(0);
  CHECK(attach_error().find("not a Navajo status segment") != std::string::npos);
  { make(); }  // the parent replaces what it cannot use
  damage(offsetof(SegmentShm, layout));
  CHECK(attach_error().find("another version") != std::string::npos);
  { make(); }
  damage(offsetof(SegmentShm, slots));
  CHECK(attach_error().find("damaged header") != std::string::npos);
  { make(); }
  LONGS_EQUAL(0, truncate(path.c_str(), sizeof(SegmentShm) + sizeof(ChildShm)));
  CHECK(attach_error().find("cut short") != std::string::npos);
}

TEST(StatusSegment, does_not_follow_a_link_at_its_path) {
  const std::string victim = path + ".victim";
  { std::ofstream(victim) << "precious"; }
  LONGS_EQUAL(0, symlink(victim.c_str(), path.c_str()));
  { make(); }
  std::string content;
  std::ifstream(victim) >> content;
  STRCMP_EQUAL("precious", content.c_str());
  struct stat about {};
  LONGS_EQUAL(0, lstat(path.c_str(), &about));
  CHECK(S_ISREG(about.st_mode));
  unlink(victim.c_str());
}

TEST(StatusSegment, names_why_it_cannot_be_made) {
  auto segment = StatusSegment::open_or_create(path + "/no/such/folder", 1, kTexts);
  CHECK_FALSE(segment.ok());
  CHECK(segment.error().text.find("cannot create") != std::string::npos);
}

TEST(StatusSegment, puts_a_status_into_its_class) {
  CHECK(response_class(101) == Counter::responses_1xx);
  CHECK(response_class(204) == Counter::responses_2xx);
  CHECK(response_class(304) == Counter::responses_3xx);
  CHECK(response_class(499) == Counter::responses_4xx);
  CHECK(response_class(502) == Counter::responses_5xx);
}
