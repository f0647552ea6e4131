#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include "navajo/reactor/running_reactor.h"
#include "navajo/reactor/socket.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::reactor;
using namespace std::chrono_literals;

namespace {

struct Pair {
  int ends[2];
  Pair() { (void)socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends); }
};

void say(int fd, char byte = 'x') { (void)!::send(fd, &byte, 1, MSG_NOSIGNAL); }

// Two sockets of this fiber or thread, and what the test holds of them.
struct Two {
  Pair first_pair, second_pair;
  Socket first, second;
  Two() {
    (void)first.adopt(first_pair.ends[0]);
    (void)second.adopt(second_pair.ends[0]);
    if (on_fiber()) {
      first.descriptor().set_not_readable();
      second.descriptor().set_not_readable();
    }
  }
  ~Two() {
    close(first_pair.ends[1]);
    close(second_pair.ends[1]);
  }
  int far_first() const { return first_pair.ends[1]; }
  int far_second() const { return second_pair.ends[1]; }
  std::array<Awaited, 2> to_read() {
    return {Awaited{&first.descriptor(), Interest::read}, Awaited{&second.descriptor(), Interest::read}};
  }
};

}  // namespace

TEST_GROUP(WaitAny) {
  RunningReactor reactor;
};

TEST(WaitAny, tells_which_of_two_became_readable) {
  Wake wake{};
  bool first = true, second = false;
  reactor.run([&] {
    Two two;
    auto awaited = two.to_read();
    std::thread teller([fd = two.far_second()] { say(fd); });
    wake = wait_any(awaited, Deadline::after(5s));
    first = awaited[0].ready;
    second = awaited[1].ready;
    teller.join();
  });
  CHECK(wake == Wake::ready);
  CHECK_FALSE(first);
  CHECK(second);
}

TEST(WaitAny, does_the_same_on_an_ordinary_thread) {
  Two two;
  auto awaited = two.to_read();
  say(two.far_first());
  CHECK(wait_any(awaited, Deadline::after(5s)) == Wake::ready);
  CHECK(awaited[0].ready);
  CHECK_FALSE(awaited[1].ready);
}

TEST(WaitAny, forgets_what_an_earlier_wait_found) {
  Two two;
  auto awaited = two.to_read();
  awaited[1].ready = true;
  say(two.far_first());
  CHECK(wait_any(awaited, Deadline::after(5s)) == Wake::ready);
  CHECK_FALSE(awaited[1].ready);
}

TEST(WaitAny, both_ready_in_one_batch_wake_the_fiber_once) {
  // Reactor rule 1: a fiber with two ready descriptors; the second must find nobody parked and nothing freed.
  Wake wake{}, after{};
  bool both = false;
  reactor.run([&] {
    Two two;
    auto awaited = two.to_read();
    say(two.far_first());
    say(two.far_second());
    yield();
    wake = wait_any(awaited, Deadline::after(5s));
    yield();  // a second wake-up would be seen by the next wait
    char bytes[4];
    (void)two.first.read_available(bytes);
    (void)two.second.read_available(bytes);
    both = awaited[0].ready || awaited[1].ready;
    after = wait_any(awaited, Deadline::after(20ms));
  });
  CHECK(wake == Wake::ready);
  CHECK(both);
  CHECK(after == Wake::timed_out);
}

TEST(WaitAny, times_out_when_neither_says_anything) {
  Wake on_fiber{}, on_thread{};
  reactor.run([&] {
    Two two;
    auto awaited = two.to_read();
    on_fiber = wait_any(awaited, Deadline::after(20ms));
  });
  Two two;
  auto awaited = two.to_read();
  on_thread = wait_any(awaited, Deadline::after(20ms));
  CHECK(on_fiber == Wake::timed_out);
  CHECK(on_thread == Wake::timed_out);
}

TEST(WaitAny, waits_for_room_to_write_on_one_and_bytes_on_the_other) {
  Wake wake{};
  bool writable = false;
  reactor.run([&] {
    Two two;
    std::string much(65536, 'x');
    while (two.first.descriptor().writable()) {
      if (::send(two.first.descriptor().fd(), much.data(), much.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        two.first.descriptor().set_not_writable();
    }
    std::array<Awaited, 2> awaited{Awaited{&two.first.descriptor(), Interest::write},
                                   Awaited{&two.second.descriptor(), Interest::read}};
    std::thread reader([fd = two.far_first()] {
      std::string into(1 << 20, 0);
      for (int i = 0; i < 64; i++)
        if (recv(fd, into.data(), into.size(), MSG_DONTWAIT) <= 0) break;
    });
    wake = wait_any(awaited, Deadline::after(5s));
    writable = awaited[0].ready;
    reader.join();
  });
  CHECK(wake == Wake::ready);
  CHECK(writable);
}

TEST(WaitAny, a_cancelled_fiber_comes_back_at_once) {
  Wake wake{};
  Fiber* fiber = nullptr;
  std::promise<void> parked;
  reactor.start([&] {
    Two two;
    auto awaited = two.to_read();
    fiber = Fiber::current();
    parked.set_value();
    wake = wait_any(awaited, Deadline::after(5s));
  });
  parked.get_future().wait();
  reactor.run([&] { fiber->cancel(); });
  reactor.end(5s);
  CHECK(wake == Wake::cancelled);
}

TEST(WaitAny, the_own_client_going_away_shows_as_readable_not_as_cancelled) {
  Wake wake{};
  bool client = false;
  reactor.run([&] {
    Two two;
    two.first.descriptor().cancels(Fiber::current());
    auto awaited = two.to_read();
    std::thread leaver([fd = two.far_first()] { shutdown(fd, SHUT_RDWR); });
    wake = wait_any(awaited, Deadline::after(5s));
    client = awaited[0].ready;
    leaver.join();
    two.first.descriptor().cancels(nullptr);
  });
  CHECK(wake == Wake::ready);
  CHECK(client);
}

TEST(WaitAny, fails_when_the_reactor_stops) {
  Wake wake = Wake::ready;
  {
    RunningReactor own;
    std::promise<void> parked;
    own.start([&] {
      Two two;
      auto awaited = two.to_read();
      parked.set_value();
      wake = wait_any(awaited, Deadline::never());
    });
    parked.get_future().wait();
  }
  CHECK(wake == Wake::stopping);
}

TEST(WaitAny, leaves_no_trace_on_the_descriptor_that_was_not_ready) {
  // Were the fiber still its waiter, a later event would resume it out of turn.
  Wake second_wait{};
  reactor.run([&] {
    Two two;
    auto awaited = two.to_read();
    say(two.far_first());
    (void)wait_any(awaited, Deadline::after(5s));
    char bytes[4];
    (void)two.first.read_available(bytes);
    say(two.far_second());
    const Wake slept = sleep_until(Deadline::after(30ms));
    second_wait = slept == Wake::ready ? wait_any(awaited, Deadline::after(5s)) : Wake::stopping;
  });
  CHECK(second_wait == Wake::ready);
}

TEST_GROUP(FairShare) {
  RunningReactor reactor;
};

TEST(FairShare, a_fiber_between_two_ends_that_are_always_ready_lets_others_run) {
  bool other_ran = false, in_time = false;
  reactor.run([&] {
    Two two;
    Socket far;
    (void)far.adopt(dup(two.far_first()));
    reactor.start([&] { other_ran = true; });
    std::string piece(65536, 'x'), into(65536, 0);
    for (int i = 0; i < 100 && !in_time; i++) {
      (void)two.first.write(std::string_view(piece), Deadline::after(5s));
      for (size_t got = 0; got < piece.size();) got += far.read(into, Deadline::after(5s)).bytes;
      in_time = other_ran;
    }
  });
  CHECK(in_time);
}
