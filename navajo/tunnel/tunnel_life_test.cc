// How a tunnel lives: who destroys it, how it stops, what is counted.
#include <string>
#include <thread>

#include "navajo/observe/status_segment.h"
#include "navajo/tunnel/tunnel_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::tunnel;
using namespace std::chrono_literals;
using reactor::RunningReactor;
using State = Tunnel::State;

namespace {

constexpr TunnelLimits kShort{.idle = 10s, .half_closed = 30ms, .write = 10s};

}  // namespace

TEST_GROUP(TunnelLife) {
  RunningReactor* running = nullptr;
  void setup() override { running = new RunningReactor; }
  void teardown() override { delete running; }
};

TEST(TunnelLife, may_be_destroyed_by_its_owner_at_its_end) {
  for (const Legs legs : {Legs{}, Legs{TLS1_3_VERSION, TLS1_3_VERSION}}) {
    Line line(*running, legs, {.destroyed_at_its_end = true});
    CHECK_TRUE(both_finish(line));
    Line limited(*running, legs, {.limits = kShort, .destroyed_at_its_end = true});
    limited.client.finish();
    CHECK(limited.wait_for_end() == End::half_closed_limit);
    Line reset(*running, legs, {.destroyed_at_its_end = true});
    reset.client.reset();
    CHECK(reset.wait_for_end() == End::reset_by_client);
  }
}

TEST(TunnelLife, may_be_destroyed_at_any_time_before) {
  for (int i = 0; i < 20; i++) {
    Line line(*running, {}, {.small = true, .started = i % 2 == 0});
    line.client.send(text_of(20000));
  }
  CHECK_EQUAL(0u, relay_buffer_numbers().in_use);
}

TEST(TunnelLife, stops_when_nothing_is_under_way) {
  for (const Legs legs : all_legs()) {
    Line line(*running, legs);
    line.client.send("data");
    STRCMP_EQUAL("data", line.origin.read(4).c_str());
    line.with_tunnel([](Tunnel& tunnel) { tunnel.stop(Tunnel::Stop::when_quiet); });
    CHECK(line.wait_for_end() == End::stopping);
  }
}

TEST(TunnelLife, that_is_to_stop_first_passes_on_what_it_holds) {
  const std::string text = text_of(400000);
  Line line(*running, {}, {.small = true});
  std::thread sender([&] { line.client.send(text); });
  CHECK_TRUE(line.until([](Tunnel& tunnel) { return relay_buffer_numbers().in_use > 0 && tunnel.bytes_up() > 0; }));
  const uint64_t before = line.ask([](Tunnel& tunnel) {
    tunnel.stop(Tunnel::Stop::when_quiet);
    return tunnel.bytes_up();
  });
  std::string arrived = line.origin.read(text.size());
  CHECK(line.wait_for_end() == End::stopping);
  CHECK(arrived.size() > before);
  CHECK_TRUE(text.starts_with(arrived));
  line.client.close();
  sender.join();
  Line at_once(*running, {}, {.small = true});
  std::thread other([&] { at_once.client.send(text); });
  CHECK_TRUE(at_once.until([](Tunnel& tunnel) { return relay_buffer_numbers().in_use > 0 && tunnel.bytes_up() > 0; }));
  at_once.with_tunnel([](Tunnel& tunnel) { tunnel.stop(Tunnel::Stop::at_once); });
  CHECK(at_once.wait_for_end() == End::stopping);
  at_once.client.reset();
  other.join();
}

TEST(TunnelLife, lets_others_have_their_turn_before_it_is_done) {
  Line::Options options{.started = false};
  options.unread_of_client = text_of(1 << 20);
  Line line(*running, {}, options);
  uint64_t posts = 0;
  line.with_tunnel([&](Tunnel& tunnel) {
    const int room = 1 << 20;
    setsockopt(tunnel.origin().descriptor().fd(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    posts = running->reactor.stats().posts.load();
    tunnel.start();
  });
  CHECK_TRUE(line.origin.read(options.unread_of_client.size()) == options.unread_of_client);
  // The first turn, and one for each share that was used up.
  CHECK(running->reactor.stats().posts.load() - posts >= 3);
  CHECK_TRUE(both_finish(line));
}

TEST(TunnelLife, is_counted) {
  using observe::Counter;
  using observe::Gauge;
  const auto count_of = [this](Counter which) {
    uint64_t value = 0;
    running->run([&] { value = observe::counter(which).load(); });
    return value;
  };
  const uint64_t opened = count_of(Counter::tunnels_opened), up = count_of(Counter::tunnel_bytes_up),
                 down = count_of(Counter::tunnel_bytes_down), woken = count_of(Counter::tunnel_wake_ups);
  {
    Line line(*running, {});
    line.client.send("12345");
    line.origin.read(5);
    line.origin.send("123");
    line.client.read(3);
    CHECK_EQUAL(1, observe::gauge(Gauge::tunnels_open).load());
    line.client.finish();
    CHECK_TRUE(line.until_state(State::half_closed_client));
    CHECK_EQUAL(0, observe::gauge(Gauge::tunnels_open).load());
    CHECK_EQUAL(1, observe::gauge(Gauge::tunnels_half_closed).load());
    line.origin.finish();
    CHECK(line.wait_for_end() == End::finished);
    CHECK_EQUAL(0, observe::gauge(Gauge::tunnels_half_closed).load());
    CHECK_EQUAL(opened + 1, count_of(Counter::tunnels_opened));
    CHECK_EQUAL(up + 5, count_of(Counter::tunnel_bytes_up));
    CHECK_EQUAL(down + 3, count_of(Counter::tunnel_bytes_down));
    CHECK(count_of(Counter::tunnel_wake_ups) >= woken + 4);
  }
  { Line line(*running, {}); }
  CHECK_EQUAL(0, observe::gauge(Gauge::tunnels_open).load());
}

TEST(TunnelLife, each_end_has_its_word) {
  for (int i = 0; i < kEnds; i++) CHECK_FALSE(std::string(word(static_cast<End>(i))) == "unknown");
  CHECK_FALSE(is_cut(End::finished));
  CHECK_TRUE(is_cut(End::reset_by_origin) && is_cut(End::truncated));
}

TEST(TunnelLife, ends_at_its_age_whatever_it_does) {
  for (const Legs legs : {Legs{}, Legs{TLS1_3_VERSION, kPlain}}) {
    Line line(*running, legs, {.limits = {.age = 60ms}});
    std::string arrived;
    for (bool open = true; open; open = line.ask([](Tunnel& tunnel) { return tunnel.end() == End::none; }))
      if (line.client.send("x")) arrived += line.origin.read(1);
    CHECK(line.wait_for_end() == End::too_old);
    CHECK(line.lifetime() >= 60ms);
    CHECK_FALSE(is_cut(End::too_old));
    STRCMP_EQUAL("too old", word(End::too_old));
  }
}

TEST(TunnelLife, shows_what_the_client_has_taken) {
  struct : Tap {
    std::string seen;
    void passed(std::span<const char> bytes) override { seen.append(bytes.data(), bytes.size()); }
  } tap;
  const std::string text = text_of(300000);
  Line line(*running, {TLS1_3_VERSION, kPlain}, {.small = true, .started = false});
  line.with_tunnel([&](Tunnel& tunnel) {
    tunnel.show_down_to(tap);
    tunnel.start();
  });
  line.client.send("this is not shown");
  std::thread sender([&] { line.origin.send(text); });
  CHECK_TRUE(line.client.read(text.size()) == text);
  sender.join();
  CHECK_TRUE(line.ask([&](Tunnel&) { return tap.seen == text; }));
}
