#include "navajo/container/buffered_body.h"

#include <sys/resource.h>

#include <csignal>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using container::BodyLimits;
using container::BufferedBody;

namespace {
std::string g_log;
void keep_log(observe::LogId, std::string_view text) { g_log += text; }
bool log_everything(observe::Level) { return true; }
}  // namespace

TEST_GROUP(BufferedBody) {
  void setup() override { observe::set_log_sink(keep_log, log_everything); }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(g_log);
  }
  std::string read_all(BufferedBody& body, size_t step) {
    std::string out;
    char piece[4096];
    for (;;) {
      const api::BodyRead got = body.read({piece, step});
      if (got.status != api::BodyStatus::data) return out;
      out.append(piece, got.bytes);
    }
  }
  std::string pattern(size_t size) {
    std::string out;
    for (size_t i = 0; i < size; i++) out += static_cast<char>('a' + i % 23);
    return out;
  }
  std::string refusal(api::FakeBody& from, const BodyLimits& limits) {
    BufferedBody body;
    const auto refused = body.fill(from, limits, "id");
    return refused ? std::to_string(refused->status) + " " + refused->cause : "";
  }
  api::FakeBody of(std::vector<std::string> pieces) {
    api::FakeBody out;
    out.pieces = std::move(pieces);
    out.there = true;
    return out;
  }
};

TEST(BufferedBody, is_read_as_often_as_one_likes_from_memory_or_a_file) {
  const size_t sizes[] = {0, 1, 4095, 4096, 8192, 8193, 70000};
  for (const size_t size : sizes) {
    const std::string text = pattern(size);
    std::vector<std::string> pieces;
    for (size_t at = 0; at < size; at += 1000) pieces.push_back(text.substr(at, 1000));
    api::FakeBody from = of(pieces);
    BufferedBody body;
    CHECK_FALSE(body.fill(from, {100000, 8192}, "id").has_value());
    CHECK_EQUAL_TEXT(size > 8192, body.in_file(), std::to_string(size).c_str());
    LONGS_EQUAL(size, *body.declared_length());
    CHECK_TRUE(body.text() == text);
    CHECK_TRUE(read_all(body, 700) == text);
    STRCMP_EQUAL("", read_all(body, 700).c_str());
    CHECK_TRUE(body.rewind());
    CHECK_TRUE(read_all(body, 4096) == text);
  }
}

TEST(BufferedBody, a_body_one_byte_over_is_refused) {
  api::FakeBody exact = of({pattern(5000), pattern(5000)}), over = of({pattern(5000), pattern(5001)});
  STRCMP_EQUAL("", refusal(exact, {10000, 4096}).c_str());
  STRCMP_EQUAL("413 body_over_buffer_size", refusal(over, {10000, 4096}).c_str());
}

TEST(BufferedBody, a_declared_length_that_is_over_is_refused_before_the_client_is_asked) {
  api::FakeBody from = of({pattern(10)});
  from.length = 10001;
  STRCMP_EQUAL("413 body_over_buffer_size", refusal(from, {10000, 4096}).c_str());
  LONGS_EQUAL(0, from.reads);
}

TEST(BufferedBody, what_the_client_does_wrong_is_refused) {
  const struct {
    api::BodyStatus status;
    const char* refused;
  } rows[] = {{api::BodyStatus::too_large, "413 body_too_large"},
              {api::BodyStatus::timed_out, "408 request_body_timed_out"},
              {api::BodyStatus::malformed, "400 request_body_malformed"}};
  for (const auto& row : rows) {
    api::FakeBody from = of({"abc"});
    from.last = row.status;
    STRCMP_EQUAL(row.refused, refusal(from, {}).c_str());
  }
}

TEST(BufferedBody, a_file_that_cannot_grow_refuses_the_request) {
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit small{20000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  api::FakeBody from = of({pattern(30000), pattern(30000)});
  const std::string refused = refusal(from, {100000, 4096});
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  STRCMP_EQUAL("500 body_file_failed", refused.c_str());
  STRCMP_CONTAINS("NVJ1461 request id: its body cannot be kept in a file", g_log.c_str());
}

TEST(BufferedBody, memory_is_counted_while_it_is_held_and_never_more_than_allowed) {
  const auto held = [] { return observe::gauge(observe::Gauge::buffered_body_bytes).load(); };
  LONGS_EQUAL(0, held());
  {
    api::FakeBody from = of({pattern(10000)}), exact = of({pattern(10000)}), longer = of({pattern(10001)});
    BufferedBody body, full, in_file;
    CHECK_FALSE(body.fill(from, {20000, 12000}, "id").has_value());
    CHECK(held() >= 10000 && held() <= 12000);
    const int64_t before = held();
    CHECK_FALSE(full.fill(exact, {20000, 10000}, "id").has_value());
    LONGS_EQUAL(before + 10001, held());  // a byte more to see its end
    CHECK_FALSE(in_file.fill(longer, {20000, 10000}, "id").has_value());
    CHECK_TRUE(in_file.in_file());
    LONGS_EQUAL(before + 10001, held());
  }
  LONGS_EQUAL(0, held());
}

TEST(BufferedBody, no_body_stays_no_body) {
  api::FakeBody from;
  BufferedBody body;
  CHECK_FALSE(body.fill(from, {}, "id").has_value());
  CHECK_FALSE(body.present());
  LONGS_EQUAL(0, from.reads);
}
