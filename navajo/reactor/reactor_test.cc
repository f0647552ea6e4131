#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "navajo/observe/log.h"
#include "navajo/reactor/current.h"
#include "navajo/reactor/offload.h"
#include "navajo/reactor/reactor.h"
#include "navajo/reactor/running_reactor.h"
#include "navajo/reactor/socket.h"
#include "navajo/reactor/sync.h"
#include "navajo/reactor/thread_times.h"
#include "navajo/reactor/watchdog.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::reactor;
using namespace std::chrono_literals;

namespace {

struct Pair {
  int ends[2];
  Pair() { socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends); }
};

std::string* g_log = nullptr;

}  // namespace

TEST_GROUP(Reactor){};

TEST(Reactor, runs_a_fiber_and_reuses_its_stack) {
  RunningReactor running;
  int sum = 0;
  for (int i = 0; i < 100; i++) running.run([&] { sum += on_fiber() ? 1 : 0; });
  CHECK_EQUAL(100, sum);
  running.run([] {});
  CHECK(running.reactor.stats().fibers_created.load() <= 2);
}

TEST(Reactor, wakes_a_reader_when_bytes_arrive) {
  RunningReactor running;
  Pair pair;
  std::string got;
  std::promise<void> waiting, done;
  running.start([&] {
    Socket socket;
    CHECK(socket.adopt(pair.ends[0]).ok());
    char buffer[16];
    waiting.set_value();
    const IoResult result = socket.read(buffer, Deadline::after(10s));
    got.assign(buffer, result.bytes);
    done.set_value();
  });
  waiting.get_future().wait();
  CHECK_EQUAL(5, write(pair.ends[1], "hello", 5));
  done.get_future().wait();
  STRCMP_EQUAL("hello", got.c_str());
  close(pair.ends[1]);
}

TEST(Reactor, ends_a_read_at_its_deadline) {
  RunningReactor running;
  Pair pair;
  IoResult result;
  running.run([&] {
    Socket socket;
    CHECK(socket.adopt(pair.ends[0]).ok());
    char buffer[16];
    result = socket.read(buffer, Deadline::after(30ms));
  });
  CHECK(result.status == IoStatus::timed_out);
  CHECK_EQUAL(1, running.reactor.stats().timeouts.load());
  close(pair.ends[1]);
}

TEST(Reactor, writes_more_than_the_socket_buffer_holds) {
  RunningReactor running;
  Pair pair;
  const std::string big(4 << 20, 'x');
  size_t received = 0;
  std::thread reader([&] {
    std::vector<char> buffer(65536);
    while (ssize_t got = read(pair.ends[1], buffer.data(), buffer.size())) {
      if (got < 0) break;
      received += got;
    }
  });
  running.run([&] {
    Socket socket;
    CHECK(socket.adopt(pair.ends[0]).ok());
    const IoResult result = socket.write(std::span<const char>(big), Deadline::after(20s));
    CHECK(result.ok());
    CHECK_EQUAL(big.size(), result.bytes);
  });
  reader.join();
  CHECK_EQUAL(big.size(), received);
  close(pair.ends[1]);
}

TEST(Reactor, cancels_a_wait_when_the_client_goes_away) {
  RunningReactor running;
  Pair client, backend;
  std::promise<void> waiting;
  std::promise<IoResult> answered;
  running.start([&] {
    Socket to_client, to_backend;
    CHECK(to_client.adopt(client.ends[0]).ok());
    CHECK(to_backend.adopt(backend.ends[0]).ok());
    to_client.descriptor().cancels(Fiber::current());
    char buffer[16];
    waiting.set_value();
    answered.set_value(to_backend.read(buffer, Deadline::never()));
  });
  waiting.get_future().wait();
  close(client.ends[1]);
  CHECK(answered.get_future().get().status == IoStatus::cancelled);
  close(backend.ends[1]);
}

TEST(Reactor, does_not_cancel_for_a_fin_when_half_close_is_served) {
  RunningReactor running;
  Pair client, backend;
  std::promise<void> waiting;
  std::promise<IoResult> answered;
  running.start([&] {
    Socket to_client, to_backend;
    CHECK(to_client.adopt(client.ends[0]).ok());
    CHECK(to_backend.adopt(backend.ends[0]).ok());
    to_client.descriptor().cancel_on_fin(false);
    to_client.descriptor().cancels(Fiber::current());
    char buffer[16];
    waiting.set_value();
    answered.set_value(to_backend.read(buffer, Deadline::after(10s)));
  });
  waiting.get_future().wait();
  shutdown(client.ends[1], SHUT_WR);
  running.run([] { yield(); });
  CHECK_EQUAL(2, write(backend.ends[1], "ok", 2));
  CHECK(answered.get_future().get().ok());
  close(client.ends[1]);
  close(backend.ends[1]);
}

TEST(Reactor, makes_a_fiber_runnable_once_for_two_ready_descriptors) {
  RunningReactor running;
  Pair one, two;
  CHECK_EQUAL(1, write(one.ends[1], "a", 1));
  CHECK_EQUAL(1, write(two.ends[1], "b", 1));
  close(one.ends[1]);
  close(two.ends[1]);
  int reads = 0;
  running.run([&] {
    auto first = std::make_unique<Socket>(), second = std::make_unique<Socket>();
    CHECK(first->adopt(one.ends[0]).ok());
    CHECK(second->adopt(two.ends[0]).ok());
    yield();  // both registrations report in one batch
    char buffer[4];
    if (first->read(buffer, Deadline::after(5s)).ok()) reads++;
    first.reset();  // the event of the second may still be on its way
    if (second->read(buffer, Deadline::after(5s)).ok()) reads++;
  });
  CHECK_EQUAL(2, reads);
}

TEST(Reactor, tells_the_observer_of_a_descriptor_nobody_waits_on) {
  struct Watcher : Descriptor::Observer {
    std::promise<bool> told;
    bool once = false;
    void on_event(Descriptor& descriptor) override {
      if (!descriptor.readable() || !descriptor.peer_finished() || once) return;
      once = true;
      told.set_value(true);
    }
  } watcher;
  RunningReactor running;
  Pair pair;
  auto socket = std::make_unique<Socket>();
  running.run([&] {
    CHECK(socket->adopt(pair.ends[0]).ok());
    socket->descriptor().observe(&watcher);
  });
  close(pair.ends[1]);
  CHECK(watcher.told.get_future().get());
  running.run([&] { socket.reset(); });
}

TEST(Reactor, knows_a_pooled_connection_that_was_closed) {
  RunningReactor running;
  Pair pair;
  auto socket = std::make_unique<Socket>();
  bool before = false, after = true;
  running.run([&] {
    CHECK(socket->adopt(pair.ends[0]).ok());
    before = socket->is_idle_and_open();
  });
  close(pair.ends[1]);
  running.run([] { (void)sleep_until(Deadline::after(20ms)); });
  running.run([&] {
    after = socket->is_idle_and_open();
    socket.reset();
  });
  CHECK(before);
  CHECK_FALSE(after);
}

TEST(Reactor, flushes_what_a_fiber_gathered_before_it_waits) {
  RunningReactor running;
  Pair pair;
  int flushed = 0, flushed_before_ready_read = -1;
  CHECK_EQUAL(1, write(pair.ends[1], "x", 1));
  running.run([&] {
    Fiber::current()->before_park([](void* count) { ++*static_cast<int*>(count); }, &flushed);
    Socket socket;
    CHECK(socket.adopt(pair.ends[0]).ok());
    char buffer[4];
    CHECK(socket.read(buffer, Deadline::after(1s)).ok());
    flushed_before_ready_read = flushed;
    CHECK(socket.read(buffer, Deadline::after(10ms)).status == IoStatus::timed_out);
  });
  CHECK_EQUAL(0, flushed_before_ready_read);
  CHECK_EQUAL(1, flushed);
  close(pair.ends[1]);
}

TEST(Reactor, keeps_errno_over_a_wait) {
  RunningReactor running;
  int seen = 0;
  running.run([&] {
    errno = EDOM;
    (void)sleep_until(Deadline::after(10ms));
    seen = errno;
  });
  CHECK_EQUAL(EDOM, seen);
}

TEST(Reactor, fails_every_wait_when_it_stops) {
  RunningReactor running;
  Pair pair;
  std::promise<void> waiting;
  std::promise<IoResult> answered;
  running.start([&] {
    Socket socket;
    CHECK(socket.adopt(pair.ends[0]).ok());
    char buffer[4];
    waiting.set_value();
    answered.set_value(socket.read(buffer, Deadline::never()));
  });
  waiting.get_future().wait();
  running.end(5s);
  CHECK(answered.get_future().get().status == IoStatus::stopping);
  close(pair.ends[1]);
}

TEST(Reactor, refuses_a_fiber_over_its_cap_and_counts_it) {
  navajo::observe::set_log_sink([](navajo::observe::LogId, std::string_view) {}, nullptr);
  ReactorOptions options;
  options.max_fibers = 1;
  RunningReactor running(options);
  Event hold;
  std::promise<void> inside;
  running.start([&] {
    inside.set_value();
    (void)hold.wait(Deadline::never());
  });
  inside.get_future().wait();
  running.start([] {});
  while (running.reactor.stats().fibers_refused.load() == 0) std::this_thread::yield();
  hold.set();
  navajo::observe::set_log_sink(nullptr, nullptr);
}

TEST(Reactor, measures_how_deep_a_painted_stack_was_used) {
  ReactorOptions options;
  options.paint_stacks = true;
  RunningReactor running(options);
  running.run([] {
    volatile char deep[40000];
    for (size_t i = 0; i < sizeof deep; i += 64) deep[i] = 1;
  });
  running.run([] {});
  running.end(5s);
  CHECK(running.reactor.stats().deepest_stack.load() >= 40000);
  CHECK(running.reactor.stats().deepest_stack.load() < 64 * 1024);
}

TEST_GROUP(Sync){};

TEST(Sync, an_event_set_by_a_thread_wakes_fibers_and_threads) {
  RunningReactor running;
  Event event;
  std::atomic<int> woken{0};
  std::vector<std::promise<void>> started(3);
  for (auto& promise : started)
    running.start([&] {
      promise.set_value();
      if (event.wait(Deadline::after(10s)) == Wake::ready) woken++;
    });
  std::thread thread([&] {
    if (event.wait(Deadline::after(10s)) == Wake::ready) woken++;
  });
  for (auto& promise : started) promise.get_future().wait();
  event.set();
  thread.join();
  running.run([] { yield(); });
  running.end(5s);
  CHECK_EQUAL(4, woken.load());
}

TEST(Sync, an_event_that_is_never_set_times_out) {
  RunningReactor running;
  Event event;
  Wake wake = Wake::ready;
  running.run([&] { wake = event.wait(Deadline::after(20ms)); });
  CHECK(wake == Wake::timed_out);
  CHECK(event.wait(Deadline::after(5ms)) == Wake::timed_out);
}

TEST(Sync, a_mutex_held_over_a_wait_is_passed_on_in_order) {
  RunningReactor running;
  Mutex mutex;
  std::string order;
  std::vector<std::promise<void>> done(3);
  for (int i = 0; i < 3; i++)
    running.start([&, i] {
      CHECK(mutex.lock(Deadline::after(10s)) == Wake::ready);
      order += static_cast<char>('a' + i);
      (void)sleep_until(Deadline::after(10ms));
      mutex.unlock();
      done[i].set_value();
    });
  for (auto& promise : done) promise.get_future().wait();
  STRCMP_EQUAL("abc", order.c_str());
}

TEST(Sync, a_permit_is_not_lost_when_its_taker_times_out) {
  RunningReactor running;
  Semaphore semaphore(0);
  running.run([&] { CHECK(semaphore.acquire(Deadline::after(10ms)) == Wake::timed_out); });
  semaphore.release();
  CHECK(semaphore.try_acquire());
  CHECK_FALSE(semaphore.try_acquire());
}

TEST(Sync, a_queue_carries_items_between_threads_and_fibers_and_refuses_when_full) {
  RunningReactor running;
  Queue<int> queue(2);
  CHECK(queue.push(1));
  CHECK(queue.push(2));
  CHECK_FALSE(queue.push(3));
  int sum = 0;
  running.run([&] {
    int item = 0;
    for (int i = 0; i < 2; i++)
      if (queue.pop(item, Deadline::after(1s)) == Wake::ready) sum += item;
  });
  CHECK_EQUAL(3, sum);
}

TEST_GROUP(Offload) {
  void teardown() override { HelperPool::set_current(nullptr); }
};

TEST(Offload, runs_blocking_work_elsewhere_while_other_fibers_go_on) {
  HelperPool pool({});
  HelperPool::set_current(&pool);
  RunningReactor running;
  std::promise<void> release, offloaded;
  std::shared_future<void> released(release.get_future());
  std::thread::id helper, reactor;
  running.start([&] {
    reactor = std::this_thread::get_id();
    CHECK(offload([&] {
      helper = std::this_thread::get_id();
      released.wait();
    }));
    offloaded.set_value();
  });
  bool other_ran = false;
  running.run([&] { other_ran = true; });
  release.set_value();
  offloaded.get_future().wait();
  CHECK(other_ran);
  CHECK(helper != reactor);
}

TEST(Offload, refuses_work_when_its_queue_is_full) {
  navajo::observe::set_log_sink([](navajo::observe::LogId, std::string_view) {}, nullptr);
  HelperPool pool({1, 1, {}});
  HelperPool::set_current(&pool);
  RunningReactor running;
  std::promise<void> release, busy;
  std::shared_future<void> released(release.get_future());
  std::vector<std::promise<bool>> ran(2);
  running.start([&] {
    ran[0].set_value(offload([&] {
      busy.set_value();
      released.wait();
    }));
  });
  busy.get_future().wait();
  running.start([&] { ran[1].set_value(offload([] {})); });
  bool third = true;
  running.run([&] { third = offload([] {}); });
  CHECK_FALSE(third);
  release.set_value();
  CHECK(ran[0].get_future().get());
  CHECK(ran[1].get_future().get());
  CHECK_EQUAL(1, pool.stats().refused);
  running.end(5s);
  navajo::observe::set_log_sink(nullptr, nullptr);
}

TEST(Offload, simply_runs_on_an_ordinary_thread) {
  bool ran = false;
  CHECK(offload([&] { ran = true; }));
  CHECK(ran);
}

TEST_GROUP(Watchdog) {
  std::string lines;
  void setup() override {
    g_log = &lines;
    navajo::observe::set_log_sink(
        [](navajo::observe::LogId, std::string_view text) { *g_log += std::string(text) + "\n"; }, nullptr);
  }
  void teardown() override { navajo::observe::set_log_sink(nullptr, nullptr); }
};

TEST(Watchdog, may_be_looked_at_by_its_own_thread_until_stop_returns) {
  std::promise<void> called;
  std::atomic<int> calls{0};
  std::unique_ptr<Watchdog> watchdog;
  WatchdogOptions options;
  options.every_half_second = [&] {
    CHECK_EQUAL(0, watchdog->stats().stalls.load());
    if (calls.fetch_add(1) == 0) called.set_value();
  };
  watchdog = std::make_unique<Watchdog>(options, std::vector<Reactor*>{});
  watchdog->start();
  called.get_future().wait();
  watchdog->stop();
  const int before = calls;
  watchdog->stop();
  CHECK_EQUAL(before, calls.load());
  CHECK_EQUAL(0, watchdog->stats().stalls.load());
}

TEST(Watchdog, names_what_holds_a_reactor_once_and_ends_the_process_past_the_limit) {
  std::promise<void> blocked, release;
  std::shared_future<void> released(release.get_future());
  RunningReactor running;
  bool ended = false;
  WatchdogOptions options;
  options.limit = 60s;
  options.end_process = [&] { ended = true; };
  Watchdog watchdog(options, {&running.reactor});
  running.start([&] {
    set_fiber_label({"GET ", "/slow"});
    blocked.set_value();
    released.wait();  // on purpose the wrong way: holds the thread
  });
  // Released however this test ends: the reactor's destructor waits for its thread.
  struct Release {
    std::promise<void>& promise;
    ~Release() { promise.set_value(); }
  } release_at_end{release};
  blocked.get_future().wait();
  while (thread_state(running.reactor.thread_id()) == 'R') std::this_thread::yield();
  navajo::base::ManualClock clock;
  watchdog.look(clock.now());
  clock.advance(99ms);
  watchdog.look(clock.now());
  CHECK_EQUAL(0, watchdog.stats().stalls.load());
  clock.advance(1ms);
  watchdog.look(clock.now());
  clock.advance(1s);
  watchdog.look(clock.now());
  CHECK_EQUAL(1, watchdog.stats().stalls.load());
  CHECK(lines.find("NVJ1001") != std::string::npos);
  CHECK(lines.find("GET /slow") != std::string::npos);
  CHECK(lines.find("NVJ1001", lines.find("NVJ1001") + 1) == std::string::npos);
  CHECK_FALSE(ended);
  clock.advance(60s);
  watchdog.look(clock.now());
  CHECK(ended);
  CHECK(lines.find("NVJ1002") != std::string::npos);
}
