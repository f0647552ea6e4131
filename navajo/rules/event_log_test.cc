#include "navajo/rules/event_log.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "CppUTest/TestHarness.h"
#include "navajo/observe/status_segment.h"
#include "navajo/rules/json_check.h"
#include "navajo/shm/forked.h"

using namespace navajo;
using namespace navajo::rules;
using namespace std::chrono_literals;
using navajo::shm::Forked;

namespace {

std::vector<std::string>* g_said;
std::mutex g_guard;  // writers log
void keep(observe::LogId, std::string_view text) {
  const std::lock_guard lock(g_guard);
  g_said->emplace_back(text);
}

std::string content(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// {"writer":1,"n":7,"pad":"..."}
std::string numbered(int writer, int n, size_t pad = 0) {
  return "{\"writer\":" + std::to_string(writer) + ",\"n\":" + std::to_string(n) + ",\"pad\":\"" +
         std::string(pad, static_cast<char>('a' + writer)) + "\"}\n";
}

// Children wait at it, so that none ends before all they wrote was seen: the end of one has a limit in time.
class Gate {
 public:
  Gate() { CHECK(pipe2(ends_, O_CLOEXEC) == 0); }
  ~Gate() {
    open();
    close(ends_[0]);
  }
  void open() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  // In a child.
  void wait() {
    open();
    char nothing;
    while (read(ends_[0], &nothing, 1) < 0 && errno == EINTR) continue;
  }

 private:
  int ends_[2];
};

struct Numbers final : api::StatusWriter {
  std::map<std::string, double, std::less<>> numbers;
  std::map<std::string, std::string, std::less<>> texts;
  void begin(std::string_view object) override { texts["object"] = object; }
  void end() override {}
  void number(std::string_view name, double value) override { numbers[std::string(name)] = value; }
  void text(std::string_view name, std::string_view value) override { texts[std::string(name)] = value; }
};

}  // namespace

TEST_GROUP(EventLog) {
  std::string folder, path;
  EventLogOptions options;
  std::vector<std::string> said;
  config::Diagnostics diagnostics;
  int ends[2] = {-1, -1};

  void setup() override {
    char name[] = "/tmp/navajo-events-XXXXXX";
    folder = mkdtemp(name);
    path = options.file = folder + "/events.log";
    options.name = "events";
    options.retry_interval = 1ms;
    g_said = &said;
    observe::set_log_sink(keep, nullptr);
  }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    for (const int end : ends)
      if (end >= 0) close(end);
    std::filesystem::remove_all(folder);
  }

  std::shared_ptr<EventLog> open() {
    auto log = EventLog::open(options, diagnostics);
    CHECK(log != nullptr);
    return log;
  }
  std::shared_ptr<EventLog> working(const EventLogParent& parent = {}) {
    auto log = open();
    log->put_to_work(parent);
    return log;
  }
  EventLogParent with_pipe() {
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    options.file.clear();
    options.program = "the program";
    EventLogParent parent;
    parent.start_program = [this](const std::string&) { return ends[1]; };
    return parent;
  }
  Numbers report(const EventLog& log) {
    Numbers numbers;
    log.report(numbers);
    return numbers;
  }
  bool was_said(std::string_view text) const {
    const std::lock_guard lock(g_guard);
    for (const std::string& line : said)
      if (line.find(text) != std::string::npos) return true;
    return false;
  }
};

TEST(EventLog, has_written_everything_when_the_child_stops) {
  const auto log = working();
  log->start_child();
  std::string expected;
  for (int i = 0; i < 1000; i++) {
    log->write(numbered(1, i));
    expected += numbered(1, i);
  }
  log->stop_child();
  STRCMP_EQUAL(expected.c_str(), content(path).c_str());
  LONGS_EQUAL(1000, report(*log).numbers["records"]);
  LONGS_EQUAL(expected.size(), report(*log).numbers["bytes"]);
  STRCMP_EQUAL(path.c_str(), report(*log).texts["file"].c_str());
}

TEST(EventLog, makes_its_file_in_the_parent_for_its_group_only) {
  const auto log = working();
  struct stat file;
  CHECK(stat(path.c_str(), &file) == 0);
  LONGS_EQUAL(0640, file.st_mode & 07777);
}

TEST(EventLog, gives_its_file_to_the_user_of_the_children) {
  if (geteuid() != 0) return;
  EventLogParent parent;
  parent.owner = parent.group = 65534;
  const auto log = working(parent);
  struct stat file;
  CHECK(stat(path.c_str(), &file) == 0);
  LONGS_EQUAL(65534, file.st_uid);
  LONGS_EQUAL(65534, file.st_gid);
}

TEST(EventLog, appends_to_what_is_there) {
  std::ofstream(path) << "{}\n";
  const auto log = working();
  log->start_child();
  log->write(numbered(1, 1));
  log->stop_child();
  STRCMP_EQUAL(("{}\n" + numbered(1, 1)).c_str(), content(path).c_str());
}

TEST(EventLog, has_whole_lines_of_many_children_and_threads) {
  const auto log = working();
  Gate written;
  {
    std::vector<std::unique_ptr<Forked>> children;
    for (int child = 0; child < 3; child++)
      children.push_back(std::make_unique<Forked>([&, child] {
        log->start_child();
        std::vector<std::thread> threads;
        for (int t = 0; t < 2; t++)
          threads.emplace_back([&, t] {
            for (int i = 0; i < 200; i++) log->write(numbered(child * 2 + t, i, i % 10 == 0 ? 20'000 : 50));
          });
        for (std::thread& thread : threads) thread.join();
        written.wait();
        log->stop_child();
        return true;
      }));
    while (lines(content(path)).size() < 1200) std::this_thread::yield();
    written.open();
    for (auto& child : children) CHECK(child->succeeded());
  }
  const auto found = lines(content(path));
  LONGS_EQUAL(1200, found.size());
  for (const std::string& line : found) CHECK(test::JsonCheck::is_object(line));
  LONGS_EQUAL(1200, report(*log).numbers["records"]);  // of all children
}

TEST(EventLog, follows_a_file_that_was_moved_away) {
  const auto log = working();
  log->start_child();
  log->write(numbered(1, 1));
  while (content(path).empty()) std::this_thread::yield();
  std::filesystem::rename(path, path + ".old");
  log->write(numbered(1, 2));
  log->stop_child();
  STRCMP_EQUAL(numbered(1, 1).c_str(), content(path + ".old").c_str());
  STRCMP_EQUAL(numbered(1, 2).c_str(), content(path).c_str());
}

TEST(EventLog, has_its_file_made_anew_by_the_parent_where_children_may_not) {
  const auto log = working();
  std::filesystem::remove(path);
  log->watch();
  CHECK(std::filesystem::exists(path));
}

TEST(EventLog, does_not_wait_for_a_fifo_somebody_has_put_in_its_place) {
  const auto log = working();
  std::filesystem::remove(path);
  CHECK(mkfifo(path.c_str(), 0600) == 0);
  log->watch();
  CHECK(was_said("NVJ1960 cannot open " + path));
}

TEST(EventLog, rotates_at_its_size_and_loses_nothing) {
  options.rotate_at = 10'000;
  const auto log = working();
  log->start_child();
  for (int i = 0; i < 500; i++) log->write(numbered(1, i, 100));
  log->stop_child();
  std::string all;
  for (int version = 10; version >= 1; version--) all += content(path + "." + std::to_string(version));
  all += content(path);
  std::string expected;
  for (int i = 0; i < 500; i++) expected += numbered(1, i, 100);
  STRCMP_EQUAL(expected.c_str(), all.c_str());
  CHECK(std::filesystem::exists(path + ".1"));
}

TEST(EventLog, takes_as_many_in_a_second_as_it_may) {
  options.per_second = 3;
  const auto log = open();
  base::ManualClock clock;
  int taken = 0;
  for (int i = 0; i < 10; i++) taken += log->wanted(clock.now());
  LONGS_EQUAL(3, taken);
  clock.advance(1s);
  for (int i = 0; i < 10; i++) taken += log->wanted(clock.now());
  LONGS_EQUAL(6, taken);
  LONGS_EQUAL(14, report(*log).numbers["over_rate"]);
}

TEST(EventLog, takes_exactly_as_many_from_many_threads) {
  options.per_second = 1000;
  const auto log = open();
  const base::TimePoint now = base::ManualClock().now();
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++)
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; i++) taken += log->wanted(now);
    });
  for (std::thread& thread : threads) thread.join();
  LONGS_EQUAL(1000, taken);
}

TEST(EventLog, takes_any_number_without_a_limit) {
  const auto log = open();
  const base::TimePoint now = base::ManualClock().now();
  for (int i = 0; i < 1000; i++) CHECK(log->wanted(now));
}

// A full disk looks the same from here: the rest of a write comes back as an error.
TEST(EventLog, drops_and_counts_when_the_disk_is_full_and_goes_on_when_it_is_not) {
  signal(SIGXFSZ, SIG_IGN);
  options.queue = 100'000;
  const auto log = working();
  const uint64_t before = observe::counter(observe::Counter::events_dropped).load();
  const rlimit small{4096, RLIM_INFINITY}, large{RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_FSIZE, &small);
  log->start_child();
  while (report(*log).numbers["dropped"] == 0 || !was_said("NVJ1960")) log->write(numbered(1, 1, 1000));
  setrlimit(RLIMIT_FSIZE, &large);
  log->stop_child();
  CHECK(observe::counter(observe::Counter::events_dropped).load() > before);
  CHECK(was_said("NVJ1960 cannot write " + path));
  CHECK(was_said("NVJ1961 records of event log events are written to " + path));
  size_t whole = 0;
  for (const std::string& line : lines(content(path))) whole += test::JsonCheck::is_object(line);
  LONGS_EQUAL(report(*log).numbers["records"], whole);
}

TEST(EventLog, drops_what_comes_when_it_is_not_at_work) {
  const auto log = working();
  log->write("{}\n");
  log->start_child();
  log->stop_child();
  log->write("{}\n");
  LONGS_EQUAL(2, report(*log).numbers["dropped"]);
  STRCMP_EQUAL("", content(path).c_str());
}

TEST(EventLog, names_its_pattern_that_is_none) {
  options.redact_patterns = {"(open"};
  options.where = {"navajo.xml", 7, 3};
  POINTERS_EQUAL(nullptr, EventLog::open(options, diagnostics).get());
  LONGS_EQUAL(1, diagnostics.faults().size());
  STRCMP_CONTAINS("navajo.xml:7:3: NVJ1306 EventLog Redact pattern '(open'", diagnostics.faults()[0].line().c_str());
}

// ---------------------------------------------------------------- a program

TEST(EventLog, writes_to_the_program_the_parent_has_started) {
  const auto log = working(with_pipe());
  log->start_child();
  log->write(numbered(1, 1));
  log->stop_child();
  std::string received(1000, 0);
  received.resize(static_cast<size_t>(read(ends[0], received.data(), received.size())));
  STRCMP_EQUAL(numbered(1, 1).c_str(), received.c_str());
  STRCMP_EQUAL("the program", report(*log).texts["program"].c_str());
}

TEST(EventLog, has_whole_lines_of_many_children_in_a_pipe_also_long_ones) {
  const auto log = working(with_pipe());
  std::string received;
  Gate seen;
  {
    std::vector<std::unique_ptr<Forked>> children;
    for (int child = 0; child < 3; child++)
      children.push_back(std::make_unique<Forked>([&, child] {
        log->start_child();
        for (int i = 0; i < 60; i++) log->write(numbered(child, i, i % 3 == 0 ? 30'000 : 100));
        seen.wait();
        log->stop_child();
        return true;
      }));
    close(ends[1]);
    ends[1] = -1;
    char piece[8192];
    for (ssize_t n; (n = read(ends[0], piece, sizeof piece)) > 0;) {
      received.append(piece, static_cast<size_t>(n));
      if (lines(received).size() == 180 && received.ends_with('\n')) seen.open();
    }
    for (auto& child : children) CHECK(child->succeeded());
  }
  const auto found = lines(received);
  LONGS_EQUAL(180, found.size());
  for (const std::string& line : found) CHECK(test::JsonCheck::is_object(line));
}

TEST(EventLog, loses_two_lines_at_most_when_a_child_is_killed_in_the_middle_of_one) {
  const auto log = working(with_pipe());
  Forked killed([&] {
    log->start_child();
    log->write(numbered(0, 0, 200'000));  // more than a pipe holds: its writer is in the middle of it, with the turn
    for (;;) pause();
    return true;
  });
  std::string received(1000, 0);
  received.resize(static_cast<size_t>(read(ends[0], received.data(), received.size())));
  killed.kill_and_wait();
  Forked next([&] {
    log->start_child();
    for (int i = 0; i < 10; i++) log->write(numbered(1, i));
    log->stop_child();
    return true;
  });
  close(ends[1]);
  ends[1] = -1;
  char piece[8192];
  for (ssize_t n; (n = read(ends[0], piece, sizeof piece)) > 0;) received.append(piece, static_cast<size_t>(n));
  CHECK(next.succeeded());
  const auto found = lines(received);
  LONGS_EQUAL(11, found.size());
  CHECK_FALSE(test::JsonCheck::is_object(found[0]));
  for (size_t i = 1; i < found.size(); i++) CHECK(test::JsonCheck::is_object(found[i]));
}

TEST(EventLog, never_waits_for_a_program_that_does_not_read) {
  options.queue = 100'000;
  const auto log = working(with_pipe());
  log->start_child();
  for (int i = 0; i < 10'000; i++) log->write(numbered(1, i, 1000));
  CHECK(report(*log).numbers["dropped"] > 0);
  log->stop_child();
}

TEST(EventLog, lives_on_when_nobody_reads_its_pipe_any_more) {
  signal(SIGPIPE, SIG_IGN);
  const auto log = working(with_pipe());
  close(ends[0]);
  ends[0] = -1;
  log->start_child();
  log->write(numbered(1, 1));
  log->stop_child();
  CHECK(was_said("NVJ1960 cannot write to the program: Broken pipe"));
}

TEST(EventLog, drops_all_when_its_program_could_not_be_started) {
  with_pipe();
  EventLogParent parent;
  parent.start_program = [](const std::string&) { return -1; };
  const auto log = working(parent);
  log->start_child();
  log->write("{}\n");
  log->stop_child();
  LONGS_EQUAL(1, report(*log).numbers["dropped"]);
}
