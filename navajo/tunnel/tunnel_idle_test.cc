// What tunnels cost while nothing moves. `make bench SUITE=tunnels` measures a thousand of them for ten seconds.
#include <memory>
#include <string>
#include <vector>

#include "navajo/tunnel/tunnel_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::tunnel;
using namespace std::chrono_literals;
using reactor::RunningReactor;
using State = Tunnel::State;

namespace {

constexpr int kTunnels = 100;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// What may be used of a processor and how often the reactor may wake for kTunnels in one second: 1 ms and one wake-up of
// each per ten seconds.
constexpr auto kCpu = kSanitized ? 100ms : 10ms;
constexpr uint64_t kWakeUps = kTunnels / 10;

struct Cost {
  std::chrono::nanoseconds cpu{};
  uint64_t events = 0;
  End clock_end = End::none;
};

// A tunnel of its own that ends for being idle is the clock.
End let_pass(RunningReactor& running, base::Duration time) {
  return Line(running, {}, {.limits = {.idle = time}}).wait_for_end();
}

// Of one second in which nobody does anything, once delayed acknowledgements have come.
Cost cost_of_a_second(RunningReactor& running) {
  let_pass(running, 200ms);
  Line clock(running, {}, {.limits = {.idle = 1s}});
  clock.ask([](Tunnel& tunnel) { return tunnel.end(); });
  const auto& stats = running.reactor.stats();
  const auto cpu = reactor::thread_cpu_time(running.reactor.thread_id());
  const uint64_t events = stats.events.load();
  Cost cost;
  cost.clock_end = clock.wait_for_end();
  cost.cpu = reactor::thread_cpu_time(running.reactor.thread_id()) - cpu;
  cost.events = stats.events.load() - events;
  return cost;
}

}  // namespace

TEST_GROUP(TunnelIdle) {
  RunningReactor* running = nullptr;
  std::vector<std::unique_ptr<Line>> lines;
  void setup() override { running = new RunningReactor; }
  void teardown() override {
    lines.clear();
    lines.shrink_to_fit();
    delete running;
  }
  void open_all(Legs legs) {
    for (int i = 0; i < kTunnels; i++) lines.push_back(std::make_unique<Line>(*running, legs));
    for (const auto& line : lines) {
      line->client.send("ping");
      CHECK_EQUAL(4u, line->origin.read(4).size());
      line->origin.send("pong");
      CHECK_EQUAL(4u, line->client.read(4).size());
    }
  }
  void check_cost() {
    const Cost cost = cost_of_a_second(*running);
    CHECK(cost.clock_end == End::idle);
    CHECK(cost.cpu <= kCpu);
    CHECK(cost.events <= kWakeUps);
    CHECK_EQUAL(0u, relay_buffer_numbers().in_use);
    // None of them has got cheap by ending.
    for (const auto& line : lines) {
      line->origin.send("still there");
      STRCMP_EQUAL("still there", line->client.read(11).c_str());
    }
  }
};

TEST(TunnelIdle, an_idle_tunnel_is_small_and_has_no_buffer) {
  CHECK(sizeof(Tunnel) + sizeof(tls::Stream) < 1024);
}

TEST(TunnelIdle, a_hundred_open_ones_cost_nothing) {
  open_all({kPlain, kPlain});
  check_cost();
}

TEST(TunnelIdle, T1_a_hundred_half_closed_ones_cost_nothing) {
  for (const Legs legs : {Legs{kPlain, kPlain}, Legs{TLS1_3_VERSION, TLS1_3_VERSION}}) {
    open_all(legs);
    for (const auto& line : lines) {
      line->client.send_raw(line->client.close_notify());
      if (!line->client.is_tls()) line->client.fin();
    }
    for (const auto& line : lines) {
      CHECK_TRUE(line->origin.sees_end());
      CHECK_TRUE(line->until_state(State::half_closed_client));
    }
    check_cost();
    lines.clear();
  }
}

TEST(TunnelIdle, T2_a_hundred_half_closed_ones_with_something_behind_their_end_cost_nothing) {
  open_all({TLS1_2_VERSION, kPlain});
  const std::string trailer(4096, 't');
  for (const auto& line : lines) line->client.send_raw(line->client.close_notify() + trailer);
  for (const auto& line : lines) {
    CHECK_TRUE(line->origin.sees_end());
    CHECK_TRUE(line->until_state(State::half_closed_client));
  }
  check_cost();
}

TEST(TunnelIdle, T6_a_hundred_with_half_a_record_cost_nothing) {
  open_all({TLS1_3_VERSION, kPlain});
  for (const auto& line : lines) {
    const std::string record = line->client.wrapped("never whole");
    line->client.send_raw(record.substr(0, record.size() - 3));
  }
  check_cost();
}
