// How a tunnel relays and ends. T1 ... T28 are the scenarios of docs/decisions/0011.
#include <string>
#include <thread>
#include <vector>

#include "navajo/tunnel/tunnel_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::tunnel;
using namespace std::chrono_literals;
using reactor::RunningReactor;
using State = Tunnel::State;

namespace {

constexpr TunnelLimits kShort{.idle = 10s, .half_closed = 30ms, .write = 10s};

// Wake-ups without anything to do: each descriptor's registration, and what the kernel reports of a FIN twice: when it
// comes or was acknowledged, and the change of state.
constexpr uint32_t kNoise = 6;

std::string record_of(Peer& peer, std::string_view text) {
  SSL_set_shutdown(peer.tls().ssl(), 0);  // OpenSSL would not say anything after close_notify
  return peer.tls().encrypted(text);
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
      line.until([before](Tunnel& tunnel) { return tunnel.wake_ups() > before || tunnel.end() != End::none; });
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
