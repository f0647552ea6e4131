#include "navajo/limits/limited_body.h"

#include <string>

#include "navajo/api/fakes.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using api::BodyStatus;
using api::WriteStatus;
using limits::LimitedBody;

namespace {
std::string g_log;
void keep_log(observe::LogId, std::string_view text) { g_log += text; }
bool log_everything(observe::Level) { return true; }
}  // namespace

TEST_GROUP(LimitedBody) {
  char piece[64];
  api::FakeRequest request{"POST", "/"};

  void setup() override { observe::set_log_sink(keep_log, log_everything); }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(g_log);
  }
  // All of it, and how it ended.
  std::string read_all(api::BodyReader& body) {
    std::string out;
    while (true) {
      const api::BodyRead got = body.read(piece);
      if (got.status == BodyStatus::data) {
        out.append(piece, got.bytes);
        continue;
      }
      return out + (got.status == BodyStatus::end ? "." : got.status == BodyStatus::too_large ? "!" : "?");
    }
  }
};

TEST(LimitedBody, of_exactly_the_limit_passes) {
  request.with_chunks({"abc", "defg", "hij"});
  LimitedBody body(request.body(), 10, "id");
  STRCMP_EQUAL("abcdefghij.", read_all(body).c_str());
  LONGS_EQUAL(10, body.bytes_read());
  CHECK_FALSE(body.exceeded());
}

TEST(LimitedBody, one_byte_over_never_ends_well) {
  request.with_chunks({"abc", "defg", "hijk"});
  LimitedBody body(request.body(), 10, "id");
  STRCMP_EQUAL("abcdefg!", read_all(body).c_str());
  CHECK(body.read(piece).status == BodyStatus::too_large);
  CHECK_TRUE(body.exceeded());
  STRCMP_EQUAL("NVJ1944 request id: its body has at least 11 bytes, 10 are allowed", g_log.c_str());
}

TEST(LimitedBody, declared_too_long_is_never_asked_for) {
  request.with_body(std::string(11, 'x'));
  const uint64_t before = observe::counter(observe::Counter::bodies_refused).load();
  LimitedBody body(request.body(), 10, "id");
  STRCMP_EQUAL("!", read_all(body).c_str());
  LONGS_EQUAL(0, request.the_body.reads);
  const auto refused = limits::judge_declared(request.body(), 10, "id");
  CHECK_TRUE(refused.has_value());
  LONGS_EQUAL(413, refused->status);
  STRCMP_EQUAL("body_too_large", refused->cause);
  LONGS_EQUAL(2, observe::counter(observe::Counter::bodies_refused).load() - before);
}

TEST(LimitedBody, declared_within_the_limit_or_not_at_all_is_not_judged) {
  CHECK_FALSE(limits::judge_declared(request.body(), 0, "id").has_value());  // there is none
  request.with_body("0123456789");
  CHECK_FALSE(limits::judge_declared(request.body(), 10, "id").has_value());
  CHECK_FALSE(limits::judge_declared(request.body(), limits::kAnyLength, "id").has_value());
  request.with_chunks({"0123456789"});
  CHECK_FALSE(limits::judge_declared(request.body(), 1, "id").has_value());
}

TEST(LimitedBody, hands_on_what_ends_the_body_otherwise) {
  request.with_chunks({"abc"});
  request.the_body.last = BodyStatus::malformed;
  LimitedBody body(request.body(), 10, "id");
  STRCMP_EQUAL("abc?", read_all(body).c_str());
}

TEST(LimitedBody, of_no_bytes_refuses_every_byte) {
  request.with_chunks({"a"});
  LimitedBody body(request.body(), 0, "id");
  STRCMP_EQUAL("!", read_all(body).c_str());
}

TEST(LimitedBody, that_was_read_before_counts_anew) {
  struct Twice final : api::BodyReader {
    int left = 2;
    std::optional<uint64_t> declared_length() const override { return std::nullopt; }
    bool present() const override { return true; }
    api::BodyRead read(std::span<char> into) override {
      if (left == 0) return {BodyStatus::end, 0};
      left--;
      into[0] = 'x';
      return {BodyStatus::data, 1};
    }
    bool rewind() override {
      left = 2;
      return true;
    }
  } twice;
  LimitedBody body(twice, 2, "id");
  STRCMP_EQUAL("xx.", read_all(body).c_str());
  CHECK_TRUE(body.rewind());
  STRCMP_EQUAL("xx.", read_all(body).c_str());
}
