// How a tunnel relays and ends. T1 ... T28 are the scenarios of docs/decisions/0011.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "navajo/observe/status_segment.h"
#include "navajo/tunnel/tunnel_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::tunnel;
using namespace std::chrono_literals;
using reactor::RunningReactor;
using State = Tunnel::State;

namespace {

// Made before the tests, which look for leaks.
[[maybe_unused]] const bool made_before = [] {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION})
    for (const tls::Role role : {tls::Role::client, tls::Role::server}) context_of(role, version);
  return !all_legs().empty();
}();

constexpr TunnelLimits kShort{.idle = 10s, .half_closed = 30ms, .write = 10s};

// Wake-ups without anything to do: each descriptor's registration, and what the kernel reports of a FIN twice: when it
// comes or was acknowledged, and the change of state.
constexpr uint32_t kNoise = 6;

std::string text_of(size_t bytes) {
  std::string text(bytes, '\0');
  uint32_t value = 1;
  for (char& byte : text) byte = static_cast<char>((value = value * 1664525 + 1013904223) >> 24);
  return text;
}
std::string record_of(Peer& peer, std::string_view text) {
  SSL_set_shutdown(peer.tls().ssl(), 0);  // OpenSSL would not say anything after close_notify
  return peer.tls().encrypted(text);
}
bool both_finish(Line& line) {
  line.client.finish();
  if (!line.origin.sees_end()) return false;
  line.origin.finish();
  return line.client.sees_end() && line.wait_for_end() == End::finished;
}

}  // namespace

TEST_GROUP(Tunnel) {
  RunningReactor* running = nullptr;
  void setup() override { running = new RunningReactor; }
  void teardown() override { delete running; }
};

TEST(Tunnel, relays_both_ways_over_every_leg_and_ends_in_order) {
  for (const Legs legs : all_legs()) {
    Line line(*running, legs);
    CHECK_TRUE(line.client.send("from the client"));
    STRCMP_EQUAL("from the client", line.origin.read(15).c_str());
    CHECK_TRUE(line.origin.send("from the origin"));
    STRCMP_EQUAL("from the origin", line.client.read(15).c_str());
    CHECK(line.ask([](Tunnel& tunnel) { return tunnel.state(); }) == State::open);
    CHECK_TRUE(both_finish(line));
    CHECK_EQUAL(15u, line.ask([](Tunnel& tunnel) { return tunnel.bytes_up(); }));
    CHECK_EQUAL(15u, line.ask([](Tunnel& tunnel) { return tunnel.bytes_down(); }));
    CHECK(line.ask([](Tunnel& tunnel) { return tunnel.wake_ups(); }) <= kNoise + 6);
    CHECK(line.ask([](Tunnel& tunnel) { return tunnel.fruitless(); }) <= kNoise);
  }
}

TEST(Tunnel, carries_much_in_both_directions_at_once) {
  const std::string text = text_of(1000 * 1000);
  for (const Legs legs : all_legs())
    for (const bool small : {false, true}) {
      Line line(*running, legs, {.small = small});
      std::string arrived_up, arrived_down;
      std::thread client([&] { line.client.send(text); });
      std::thread origin([&] { arrived_up = line.origin.read(text.size()); });
      client.join();
      origin.join();
      CHECK_TRUE(arrived_up == text);
      std::thread sender([&] { line.origin.send(text); });
      arrived_down = line.client.read(text.size());
      sender.join();
      CHECK_TRUE(arrived_down == text);
      CHECK_TRUE(both_finish(line));
    }
  // Both at once, each end with a reader and a writer of its own; plain, since an SSL belongs to one thread.
  Line line(*running, {}, {.small = true});
  std::string up, down;
  std::vector<std::thread> threads;
  threads.emplace_back([&] { line.client.send(text); });
  threads.emplace_back([&] { line.origin.send(text); });
  threads.emplace_back([&] { up = line.origin.read(text.size()); });
  down = line.client.read(text.size());
  for (std::thread& thread : threads) thread.join();
  CHECK_TRUE(up == text && down == text);
  CHECK_TRUE(both_finish(line));
  CHECK_EQUAL(0u, relay_buffer_numbers().in_use);
}

// ---------------------------------------------------------------- half-close

TEST(Tunnel, T1_close_notify_alone_half_closes_and_the_limit_ends_it) {
  for (const Legs legs : all_legs()) {
    Line line(*running, legs, {.limits = kShort});
    line.client.send_raw(line.client.close_notify());
    if (!line.client.is_tls()) line.client.fin();
    CHECK_TRUE(line.origin.sees_end());
    CHECK(line.wait_for_end() == End::half_closed_limit);
    CHECK(line.ask([](Tunnel& tunnel) { return tunnel.fruitless(); }) <= kNoise);
  }
}

TEST(Tunnel, T2_what_follows_close_notify_in_one_segment_is_ignored) {
  for (const Legs legs : all_legs()) {
    if (legs.client == kPlain) continue;
    std::vector<std::string> trailers{std::string("\x17\x03\x03\x01"), ""};
    for (const size_t bytes : {1, 100, 4096, 5120, 65536}) trailers.push_back(text_of(bytes));
    for (const std::string& given : trailers) {
      Line line(*running, legs, {.limits = kShort});
      std::string bytes = line.client.wrapped("data");
      bytes += line.client.close_notify();
      bytes += given.empty() ? record_of(line.client, "a whole record") : given;
      CHECK_TRUE(line.client.send_raw(bytes));
      STRCMP_EQUAL("data", line.origin.read(4).c_str());
      CHECK_TRUE(line.origin.sees_end());
      CHECK(line.wait_for_end() == End::half_closed_limit);
      CHECK_EQUAL(4u, line.ask([](Tunnel& tunnel) { return tunnel.bytes_up(); }));
      CHECK(line.ask([](Tunnel& tunnel) { return tunnel.fruitless(); }) <= kNoise);
    }
  }
}

TEST(Tunnel, T3_what_follows_close_notify_byte_by_byte_is_ignored) {
  for (const Legs legs : {Legs{TLS1_3_VERSION, kPlain}, Legs{TLS1_2_VERSION, TLS1_2_VERSION}}) {
    Line line(*running, legs, {.limits = {.half_closed = 10s}});
    line.client.send_raw(line.client.tls().encrypted_last("data"));
    STRCMP_EQUAL("data", line.origin.read(4).c_str());
    CHECK_TRUE(line.origin.sees_end());
    for (int i = 0; i < 3 * Tunnel::kFruitlessLimit; i++) {
      const uint32_t before = line.ask([](Tunnel& tunnel) { return tunnel.wake_ups(); });
      line.client.send_raw("x");
      CHECK_TRUE(line.until([before](Tunnel& tunnel) { return tunnel.wake_ups() > before; }));
    }
    CHECK(line.ask([](Tunnel& tunnel) { return tunnel.state(); }) == State::half_closed_client);
    // The other direction is as alive as before, and nothing that was ignored resets it at the end.
    CHECK_TRUE(line.origin.send("answer"));
    STRCMP_EQUAL("answer", line.client.read(6).c_str());
    line.origin.finish();
    CHECK_TRUE(line.client.sees_end());
    CHECK(line.wait_for_end() == End::finished);
    CHECK_EQUAL(4u, line.ask([](Tunnel& tunnel) { return tunnel.bytes_up(); }));
  }
}

TEST(Tunnel, T4_close_notify_and_fin_is_a_clean_end) {
  for (const Legs legs : all_legs()) {
    Line line(*running, legs);
    line.client.finish();
    CHECK_TRUE(line.until_state(State::half_closed_client));
    CHECK_TRUE(line.origin.sees_end());
    line.origin.finish();
    CHECK_TRUE(line.client.sees_end());
    CHECK(line.wait_for_end() == End::finished);
  }
}

TEST(Tunnel, T5_fin_without_close_notify_is_a_truncation) {
  for (const Legs legs : all_legs()) {
    if (legs.client != kPlain) {
      Line line(*running, legs);
      line.client.send("data");
      line.client.fin();
      CHECK(line.wait_for_end() == End::truncated);
      STRCMP_EQUAL("data", line.origin.read(4).c_str());
      CHECK_FALSE(line.origin.sees_end());
    }
    if (legs.origin != kPlain) {
      Line line(*running, legs);
      line.origin.send("data");
      line.origin.fin();
      CHECK(line.wait_for_end() == End::truncated);
      STRCMP_EQUAL("data", line.client.read(4).c_str());
    }
  }
}

TEST(Tunnel, T6_fin_in_the_middle_of_a_record_is_a_truncation) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION})
    for (const int bytes : {1, 4, 5, -1}) {
      Line line(*running, {version, kPlain});
      std::string record = line.client.wrapped("never to arrive");
      record.resize(bytes > 0 ? static_cast<size_t>(bytes) : record.size() - 1);
      line.client.send_raw(record);
      line.client.fin();
      CHECK(line.wait_for_end() == End::truncated);
      CHECK_EQUAL(0u, line.ask([](Tunnel& tunnel) { return tunnel.bytes_up(); }));
    }
}

TEST(Tunnel, T6_a_record_that_comes_byte_by_byte_is_no_standstill_and_half_of_one_is_idle) {
  for (const Legs legs : {Legs{TLS1_2_VERSION, kPlain}, Legs{TLS1_3_VERSION, TLS1_3_VERSION}}) {
    Line line(*running, legs, {.limits = {.idle = 80ms}});
    const std::string record = line.client.wrapped("a record longer than the limit of fruitless wake-ups");
    for (const char byte : record.substr(0, record.size() - 1)) {
      const uint32_t before = line.ask([](Tunnel& tunnel) { return tunnel.wake_ups(); });
      line.client.send_raw(std::string(1, byte));
      if (!line.until([before](Tunnel& tunnel) { return tunnel.wake_ups() > before || tunnel.end() != End::none; })) break;
    }
    CHECK(line.wait_for_end() == End::idle);
    CHECK(line.ask([](Tunnel& tunnel) { return tunnel.fruitless(); }) <= kNoise);
  }
}

TEST(Tunnel, T13_all_that_came_in_one_segment_goes_on_at_once) {
  for (const Legs legs : all_legs())
    for (const size_t bytes : {1000, 16384, 60000, 200000}) {
      const std::string text = text_of(bytes);
      Line line(*running, legs);
      CHECK_TRUE(line.client.send(text));
      CHECK_TRUE(line.origin.read(bytes) == text);
      CHECK_TRUE(line.origin.send(text));
      CHECK_TRUE(line.client.read(bytes) == text);
    }
}

TEST(Tunnel, T17_what_was_read_before_the_tunnel_comes_first) {
  for (const Legs legs : {Legs{}, Legs{kPlain, TLS1_3_VERSION}, Legs{TLS1_3_VERSION, kPlain}}) {
    Line::Options options{};
    if (legs.client == kPlain) options.unread_of_client = "frame 1, ";
    if (legs.origin == kPlain) options.unread_of_origin = "greeting, ";
    Line line(*running, legs, options);
    const std::string up = options.unread_of_client + "frame 2", down = options.unread_of_origin + "more";
    if (!options.unread_of_client.empty())  // without anything that would wake it
      STRCMP_EQUAL("frame 1, ", line.origin.read(9).c_str());
    line.client.send("frame 2");
    STRCMP_EQUAL("frame 2", line.origin.read(7).c_str());
    line.origin.send("more");
    STRCMP_EQUAL(down.c_str(), line.client.read(down.size()).c_str());
    CHECK_TRUE(both_finish(line));
    CHECK_EQUAL(up.size(), line.ask([](Tunnel& tunnel) { return tunnel.bytes_up(); }));
  }
}

TEST(Tunnel, T17_an_end_that_came_before_the_tunnel_started_is_seen) {
  for (const Legs legs : all_legs()) {
    Line line(*running, legs, {.started = false});
    line.client.send("data");
    line.client.finish();
    line.with_tunnel([](Tunnel& tunnel) { tunnel.start(); });
    STRCMP_EQUAL("data", line.origin.read(4).c_str());
    CHECK_TRUE(line.origin.sees_end());
    line.origin.finish();
    CHECK(line.wait_for_end() == End::finished);
  }
}

TEST(Tunnel, T19_without_half_close_the_first_end_ends_both) {
  for (const Legs legs : all_legs()) {
    Line line(*running, legs, {.limits = {.half_close = false}});
    line.client.send("last words");
    line.client.finish();
    STRCMP_EQUAL("last words", line.origin.read(10).c_str());
    CHECK_TRUE(line.origin.sees_end());
    CHECK(line.wait_for_end() == End::finished);
  }
}

TEST(Tunnel, T26_an_answer_comes_whole_after_the_client_has_finished) {
  const std::string answer = text_of(1 << 20);
  for (const Legs legs : all_legs()) {
    Line line(*running, legs, {.small = true});
    line.client.send("request");
    line.client.finish();
    STRCMP_EQUAL("request", line.origin.read(7).c_str());
    CHECK_TRUE(line.origin.sees_end());
    std::thread sender([&] {
      line.origin.send(answer);
      line.origin.finish();
    });
    const std::string arrived = line.client.read(answer.size());
    CHECK_TRUE(line.client.sees_end());
    sender.join();
    CHECK_TRUE(arrived == answer);
    CHECK(line.wait_for_end() == End::finished);
  }
}

TEST(Tunnel, T27_data_of_a_client_that_has_finished_is_ignored) {
  for (const Legs legs : all_legs()) {
    if (legs.client == kPlain) continue;
    Line line(*running, legs);
    line.client.send_raw(line.client.close_notify());
    CHECK_TRUE(line.origin.sees_end());
    for (int i = 0; i < 20; i++) line.client.send_raw(record_of(line.client, "too late"));
    line.origin.send("answer");
    STRCMP_EQUAL("answer", line.client.read(6).c_str());
    line.origin.finish();
    CHECK_TRUE(line.client.sees_end());
    CHECK(line.wait_for_end() == End::finished);
    CHECK_EQUAL(0u, line.ask([](Tunnel& tunnel) { return tunnel.bytes_up(); }));
  }
}

TEST(Tunnel, a_broken_record_is_a_failure_of_tls) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Line line(*running, {version, kPlain});
    std::string record = line.client.wrapped("changed on the way");
    record.back() ^= 1;
    line.client.send_raw(record);
    CHECK(line.wait_for_end() == End::tls_failed);
    CHECK_TRUE(line.origin.sees_reset());
  }
}

// ---------------------------------------------------------------- lifetime

TEST(Tunnel, may_be_destroyed_by_its_owner_at_its_end) {
  for (const Legs legs : {Legs{}, Legs{TLS1_3_VERSION, TLS1_3_VERSION}}) {
    Line line(*running, legs, {.limits = kShort, .destroyed_at_its_end = true});
    CHECK_TRUE(both_finish(line));
    Line limited(*running, legs, {.limits = kShort, .destroyed_at_its_end = true});
    limited.client.finish();
    CHECK(limited.wait_for_end() == End::half_closed_limit);
    Line reset(*running, legs, {.destroyed_at_its_end = true});
    reset.client.reset();
    CHECK(reset.wait_for_end() == End::reset_by_client);
  }
}

TEST(Tunnel, may_be_destroyed_at_any_time_before) {
  for (int i = 0; i < 20; i++) {
    Line line(*running, {}, {.small = true, .started = i % 2 == 0});
    line.client.send(text_of(20000));
  }
  CHECK_EQUAL(0u, relay_buffer_numbers().in_use);
}

TEST(Tunnel, stops_when_nothing_is_under_way) {
  for (const Legs legs : all_legs()) {
    Line line(*running, legs);
    line.client.send("data");
    STRCMP_EQUAL("data", line.origin.read(4).c_str());
    line.with_tunnel([](Tunnel& tunnel) { tunnel.stop(Tunnel::Stop::when_quiet); });
    CHECK(line.wait_for_end() == End::stopping);
  }
}

TEST(Tunnel, that_is_to_stop_first_passes_on_what_it_holds) {
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

TEST(Tunnel, lets_others_have_their_turn_before_it_is_done) {
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

TEST(Tunnel, is_counted) {
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

TEST(Tunnel, each_end_has_its_word) {
  for (int i = 0; i < kEnds; i++) CHECK_FALSE(std::string(word(static_cast<End>(i))) == "unknown");
  CHECK_FALSE(is_cut(End::finished));
  CHECK_TRUE(is_cut(End::reset_by_origin) && is_cut(End::truncated));
}
