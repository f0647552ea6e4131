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

constexpr int kTunnels = 100;  // in each state

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// What all states together may use of a processor, and how often the reactor may wake for them, in one second: 1 ms and
// one wake-up of each tunnel per ten seconds.
constexpr int kStates = 5;
constexpr auto kCpu = std::chrono::microseconds(kSanitized ? 1000 : 100) * kStates * kTunnels;
constexpr uint64_t kWakeUps = kStates * kTunnels / 10;

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
  std::vector<Line*> half_closed;
  void setup() override { running = new RunningReactor; }
  void teardown() override {
    lines.clear();
    lines.shrink_to_fit();
    half_closed.clear();
    half_closed.shrink_to_fit();
    delete running;
  }
  std::vector<Line*> open_all(Legs legs) {
    std::vector<Line*> opened;
    for (int i = 0; i < kTunnels; i++) {
      lines.push_back(std::make_unique<Line>(*running, legs));
      Line& line = *lines.back();
      line.client.send("ping");
      CHECK_EQUAL(4u, line.origin.read(4).size());
      line.origin.send("pong");
      CHECK_EQUAL(4u, line.client.read(4).size());
      opened.push_back(&line);
    }
    return opened;
  }
};

TEST(TunnelIdle, an_idle_tunnel_is_small_and_has_no_buffer) {
  CHECK(sizeof(Tunnel) + sizeof(tls::Stream) < 1024);
}

TEST(TunnelIdle, T1_T2_T6_a_hundred_in_each_state_cost_nothing) {
  open_all({kPlain, kPlain});  // open
  for (const Legs legs : {Legs{kPlain, kPlain}, Legs{TLS1_3_VERSION, TLS1_3_VERSION}})
    for (Line* line : open_all(legs)) {
      line->client.send_raw(line->client.close_notify());
      if (!line->client.is_tls()) line->client.fin();
      half_closed.push_back(line);
    }
  for (Line* line : open_all({TLS1_2_VERSION, kPlain})) {
    line->client.send_raw(line->client.close_notify() + std::string(4096, 't'));
    half_closed.push_back(line);
  }
  for (Line* line : open_all({TLS1_3_VERSION, kPlain})) {
    const std::string record = line->client.wrapped("never whole");
    line->client.send_raw(record.substr(0, record.size() - 3));
  }
  for (Line* line : half_closed) {
    CHECK_TRUE(line->origin.sees_end());
    CHECK_TRUE(line->until_state(State::half_closed_client));
  }
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
