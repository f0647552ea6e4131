// Ends that reset, that make no room, that say nothing, and wake-ups without a reason.
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/tunnel/tunnel_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::tunnel;
using namespace std::chrono_literals;
using reactor::RunningReactor;
using State = Tunnel::State;

namespace {

int g_lines = 0;  // NVJ1802

const std::string& much() {
  static const std::string text(2 << 20, 'm');
  return text;
}
[[maybe_unused]] const bool made_before = !much().empty();

// On a thread of its own, since it will not all be taken.
class Sender {
 public:
  Sender(Peer& peer, bool then_finish = false) : peer_(peer), thread_([this, then_finish] {
    peer_.send(much());
    if (then_finish) peer_.finish();
  }) {}
  ~Sender() { thread_.join(); }

 private:
  Peer& peer_;
  std::thread thread_;
};

// Bytes are held, and no more were taken for a while; or that was so for too long.
bool is_blocked(Line& line) {
  uint64_t bytes = 0;
  int same = 0;
  return line.until([&](Tunnel& tunnel) {
    if (tunnel.end() == End::write_timeout) return true;
    same = relay_buffer_numbers().in_use > 0 && tunnel.bytes_up() + tunnel.bytes_down() == bytes ? same + 1 : 0;
    bytes = tunnel.bytes_up() + tunnel.bytes_down();
    return same > 200;
  });
}

std::chrono::nanoseconds cpu_of(RunningReactor& running) {
  return reactor::thread_cpu_time(running.reactor.thread_id());
}

}  // namespace

TEST_GROUP(TunnelFault) {
  RunningReactor* running = nullptr;
  void setup() override {
    g_lines = 0;
    observe::set_log_sink(
        [](observe::LogId id, std::string_view) {
          if (id.number == observe::id::tunnel_without_progress.number) g_lines++;
        },
        [](observe::Level) { return true; });
    running = new RunningReactor;
  }
  void teardown() override {
    delete running;
    observe::set_log_sink(nullptr, nullptr);
  }
  uint64_t counted(observe::Counter which) {
    uint64_t value = 0;
    running->run([&] { value = observe::counter(which).load(); });
    return value;
  }
};

// ---------------------------------------------------------------- resets

TEST(TunnelFault, T7_a_reset_ends_it_and_reaches_the_other_end) {
  for (const Legs legs : all_legs()) {
    Line line(*running, legs);
    line.client.send("data");
    STRCMP_EQUAL("data", line.origin.read(4).c_str());
    line.client.reset();
    CHECK(line.wait_for_end() == End::reset_by_client);
    CHECK_TRUE(line.origin.sees_reset());
    Line other(*running, legs);
    other.origin.send("data");
    STRCMP_EQUAL("data", other.client.read(4).c_str());
    other.origin.reset();
    CHECK(other.wait_for_end() == End::reset_by_origin);
    running->run([&] { close_with_reset(other.client_stream()); });
    CHECK_TRUE(other.client.sees_reset());
  }
}

TEST(TunnelFault, T7_a_reset_while_half_closed_is_seen_at_once) {
  for (const Legs legs : all_legs())
    for (const bool of_client : {true, false}) {
      Line line(*running, legs);
      line.client.finish();
      CHECK_TRUE(line.origin.sees_end());
      of_client ? line.client.reset() : line.origin.reset();
      CHECK(line.wait_for_end() == (of_client ? End::reset_by_client : End::reset_by_origin));
      CHECK(line.lifetime() < 1s);
    }
}

TEST(TunnelFault, T7_a_reset_while_bytes_wait_for_room_is_seen_at_once) {
  for (const Legs legs : all_legs())
    for (const bool of_client : {true, false}) {
      Line line(*running, legs, {.small = true});
      {
        Sender sender(line.client);
        CHECK_TRUE(is_blocked(line));
        of_client ? line.client.disconnect() : line.origin.reset();
        CHECK(line.wait_for_end() == (of_client ? End::reset_by_client : End::reset_by_origin));
      }
      CHECK(line.lifetime() < 5s);
    }
  CHECK_EQUAL(0u, relay_buffer_numbers().in_use);
}

TEST(TunnelFault, what_an_origin_sent_before_its_reset_arrives) {
  for (const Legs legs : {Legs{}, Legs{TLS1_3_VERSION, TLS1_3_VERSION}, Legs{kPlain, TLS1_2_VERSION}}) {
    Line line(*running, legs, {.started = false});
    line.client.send("a request that is not read");
    line.origin.send("refused, and why");
    line.origin.close();  // with unread bytes: a reset
    line.with_tunnel([](Tunnel& tunnel) { tunnel.start(); });
    STRCMP_EQUAL("refused, and why", line.client.read(16).c_str());
    CHECK(line.wait_for_end() != End::none);
  }
}

// ---------------------------------------------------------------- no room

TEST(TunnelFault, T8_a_slow_reader_gets_all_of_what_an_origin_sent_before_it_finished) {
  for (const Legs legs : all_legs()) {
    Line line(*running, legs, {.small = true});
    std::string arrived;
    {
      Sender sender(line.origin, true);
      CHECK_TRUE(is_blocked(line));
      const auto before = cpu_of(*running);
      const uint32_t woken = line.ask([](Tunnel& tunnel) { return tunnel.wake_ups(); });
      CHECK_TRUE(is_blocked(line));
      // The last segments that fill its window may still come, and the test's own questions take their time.
      CHECK(line.ask([](Tunnel& tunnel) { return tunnel.wake_ups(); }) <= woken + 50);
      CHECK(cpu_of(*running) - before < 400ms);
      while (arrived.size() < much().size()) {
        const std::string part = line.client.read(std::min<size_t>(50000, much().size() - arrived.size()));
        if (part.empty()) break;
        arrived += part;
      }
    }
    CHECK_TRUE(arrived == much());
    CHECK_TRUE(line.client.sees_end());
    line.client.finish();
    CHECK_TRUE(line.origin.sees_end());
    CHECK(line.wait_for_end() == End::finished);
  }
  CHECK_EQUAL(0, g_lines);
}

TEST(TunnelFault, T9_both_ends_finished_with_output_pending_is_no_loop) {
  for (const Legs legs : all_legs())
    for (const bool reads_on : {true, false}) {
      Line line(*running, legs, {.limits = {.write = reads_on ? 10s : base::Duration(80ms)}, .small = true});
      std::string arrived;
      {
        Sender sender(line.origin, true);
        CHECK_TRUE(is_blocked(line));
        line.client.finish();
        if (reads_on) {
          arrived = line.client.read(much().size());
          CHECK_TRUE(line.client.sees_end());
          CHECK(line.wait_for_end() == End::finished);
        } else {
          CHECK(line.wait_for_end() == End::write_timeout);
        }
        line.origin.fin();
      }
      if (reads_on) CHECK_TRUE(arrived == much());
      // While bytes flow, those that are not wanted yet wake it as well.
      if (!reads_on) CHECK(line.ask([](Tunnel& tunnel) { return tunnel.fruitless(); }) < 100);
    }
  CHECK_EQUAL(0, g_lines);
}

TEST(TunnelFault, T10_an_end_that_makes_no_room_ends_it_at_the_limit) {
  for (const Legs legs : all_legs()) {
    Line line(*running, legs, {.limits = {.write = 100ms}, .small = true});
    Sender sender(line.client);
    const auto before = cpu_of(*running);
    CHECK(line.wait_for_end() == End::write_timeout);
    CHECK(line.lifetime() >= 100ms);
    CHECK(cpu_of(*running) - before < 150ms);
  }
  CHECK_EQUAL(0, g_lines);
}

TEST(TunnelFault, bytes_that_are_not_wanted_yet_are_no_standstill) {
  Line line(*running, {}, {.limits = {.write = 10s}, .small = true});
  std::string sent;
  // Far more segments than the guard's limit, each of them a wake-up.
  const std::string block(30000, 'b');
  while (send(line.client.fd(), block.data(), block.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
    CHECK(line.ask([](Tunnel& tunnel) { return tunnel.end(); }) == End::none);
  CHECK_TRUE(is_blocked(line));
  std::string drained = line.origin.read(100000);
  for (int i = 0; i < 200; i++) {
    (void)send(line.client.fd(), "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    line.ask([](Tunnel& tunnel) { return tunnel.end(); });
  }
  CHECK(line.ask([](Tunnel& tunnel) { return tunnel.end(); }) == End::none);
  CHECK_EQUAL(0, g_lines);
}

// ---------------------------------------------------------------- limits

TEST(TunnelFault, T18_the_limits_are_kept_within_a_tenth) {
  base::ManualClock clock;
  reactor::ReactorOptions options;
  options.clock = &clock;
  RunningReactor timed(options);
  for (const Legs legs : {Legs{}, Legs{TLS1_3_VERSION, TLS1_2_VERSION}}) {
    Line idle(timed, legs, {.limits = {.idle = 600s, .half_closed = 1s}});
    Line half(timed, legs, {.limits = {.idle = 600s, .half_closed = 60s}});
    half.client.finish();
    CHECK_TRUE(half.until_state(State::half_closed_client));
    const auto ended = [](Line& line) { return line.ask([](Tunnel& tunnel) { return tunnel.end(); }); };
    clock.advance(59900ms);
    CHECK(ended(half) == End::none);
    clock.advance(1s);
    CHECK(half.wait_for_end_while_asking() == End::half_closed_limit);
    CHECK(half.lifetime() <= 66s);
    clock.advance(538s);
    CHECK(ended(idle) == End::none);
    clock.advance(2s);
    CHECK(idle.wait_for_end_while_asking() == End::idle);
    CHECK(idle.lifetime() <= 660s);
  }
}

TEST(TunnelFault, bytes_that_move_put_the_limit_off) {
  base::ManualClock clock;
  reactor::ReactorOptions options;
  options.clock = &clock;
  RunningReactor timed(options);
  Line line(timed, {}, {.limits = {.half_closed = 60s}});
  line.client.finish();
  CHECK_TRUE(line.origin.sees_end());
  // A pass that began before the step may count for the time before it, so two steps are within the limit.
  for (int i = 0; i < 20; i++) {
    clock.advance(25s);
    line.origin.send("x");
    STRCMP_EQUAL("x", line.client.read(1).c_str());
  }
  CHECK(line.ask([](Tunnel& tunnel) { return tunnel.end(); }) == End::none);
  clock.advance(61s);
  const End end = line.wait_for_end_while_asking();
  STRCMP_EQUAL(word(End::half_closed_limit), word(end));
}

TEST(TunnelFault, without_limits_nothing_is_armed) {
  const base::Duration never = base::Duration::max();
  Line line(*running, {}, {.limits = {.idle = never, .half_closed = never, .write = never}});
  line.client.send("a");
  STRCMP_EQUAL("a", line.origin.read(1).c_str());
  CHECK(line.ask([](Tunnel& tunnel) { return tunnel.end(); }) == End::none);
}

// ---------------------------------------------------------------- no progress

TEST(TunnelFault, T14_T15_T28_wake_ups_without_a_reason_end_it_with_one_line) {
  for (const Legs legs : all_legs())
    for (const bool half_closed : {false, true}) {
      g_lines = 0;
      const uint64_t stuck = counted(observe::Counter::tunnels_stuck),
                     fruitless = counted(observe::Counter::tunnel_fruitless);
      Line line(*running, legs);
      line.client.send("data");
      STRCMP_EQUAL("data", line.origin.read(4).c_str());
      if (half_closed) {
        line.client.finish();
        CHECK_TRUE(line.origin.sees_end());
        CHECK_TRUE(line.until_state(State::half_closed_client));
      }
      int wakes = 0;
      line.with_tunnel([&](Tunnel& tunnel) {
        for (; tunnel.end() == End::none && wakes < 100; wakes++) TunnelProbe::wake(tunnel, line.client_stream());
      });
      CHECK(line.wait_for_end() == End::no_progress);
      CHECK(wakes <= Tunnel::kFruitlessLimit + 1);
      CHECK(line.lifetime() < 1s);
      CHECK_EQUAL(1, g_lines);
      CHECK_EQUAL(stuck + 1, counted(observe::Counter::tunnels_stuck));
      CHECK(counted(observe::Counter::tunnel_fruitless) >= fruitless + Tunnel::kFruitlessLimit);
      if (!half_closed) CHECK_TRUE(line.origin.sees_reset());
    }
}

TEST(TunnelFault, T28_a_byte_that_moves_begins_the_count_anew) {
  Line line(*running, {});
  for (int round = 0; round < 5; round++) {
    line.with_tunnel([&](Tunnel& tunnel) {
      for (int i = 0; i < Tunnel::kFruitlessLimit - 6; i++) TunnelProbe::wake(tunnel, line.client_stream());
    });
    line.client.send("x");
    STRCMP_EQUAL("x", line.origin.read(1).c_str());
  }
  CHECK(line.ask([](Tunnel& tunnel) { return tunnel.end(); }) == End::none);
}

TEST(TunnelFault, T15_urgent_bytes_wake_it_and_bring_nothing) {
  Line line(*running, {});
  // The peer can do that without a byte for the stream: an honest reason for the guard.
  for (int i = 0; i < 200; i++) {
    if (send(line.client.fd(), "!", 1, MSG_OOB | MSG_NOSIGNAL) <= 0) break;
    if (line.ask([](Tunnel& tunnel) { return tunnel.end(); }) != End::none) break;
  }
  const End end = line.ask([](Tunnel& tunnel) { return tunnel.end(); });
  CHECK(end == End::none || end == End::no_progress);
  CHECK(g_lines <= 1);
}

TEST(TunnelFault, T12_records_without_data_have_a_limit) {
  Line line(*running, {TLS1_3_VERSION, kPlain});
  SSL* ssl = line.client.tls().ssl();
  bool sent = true;
  for (int i = 0; i < 15000 && sent; i++) {
    SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_do_handshake(ssl);
    if (i % 1000 == 999) sent = line.client.send_raw(line.client.tls().take());
  }
  const End end = line.wait_for_end();
  CHECK(end == End::no_progress || end == End::tls_failed);
}

// ---------------------------------------------------------------- sockets that are none

TEST(TunnelFault, T16_only_a_hang_up_only_an_error_no_descriptor) {
  struct Ends : Tunnel::Owner {
    std::promise<End> ended;
    void tunnel_ended(Tunnel& tunnel) override { ended.set_value(tunnel.end()); }
  };
  const std::vector<std::function<int()>> sockets{
      [] {  // hung up
        int ends[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) return -1;
        close(ends[1]);
        return ends[0];
      },
      [] { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); },  // never connected
      [] {  // refused
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        const SocketPair pair = connected_pair(false);
        sockaddr_in address{};
        socklen_t length = sizeof address;
        getsockname(pair.ours, reinterpret_cast<sockaddr*>(&address), &length);
        (void)connect(fd, reinterpret_cast<sockaddr*>(&address), length);
        close(pair.ours);
        close(pair.theirs);
        return fd;
      },
      [] { return -1; },  // none
  };
  for (size_t i = 0; i < sockets.size(); i++) {
    Ends owner;
    const SocketPair pair = connected_pair(false);
    std::unique_ptr<Tunnel> tunnel;
    tls::Stream client;
    running->run([&] {
      auto origin = std::make_unique<tls::Stream>();
      (void)client.socket().adopt(pair.ours);
      const int fd = sockets[i]();
      if (fd >= 0) (void)origin->socket().adopt(fd);
      tunnel = std::make_unique<Tunnel>(client, std::move(origin), TunnelLimits{.half_closed = 100ms}, owner);
      tunnel->start();
    });
    auto ended = owner.ended.get_future();
    CHECK(ended.wait_for(10s) == std::future_status::ready);
    const End end = ended.get();
    CHECK(end == End::failed || end == End::reset_by_origin);
    running->run([&] {
      CHECK(tunnel->wake_ups() < Tunnel::kFruitlessLimit);
      tunnel.reset();
      client.close();
    });
    close(pair.theirs);
  }
}
