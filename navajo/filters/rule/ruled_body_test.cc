#include "navajo/filters/rule/ruled_body.h"

#include <string>

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::filters::rule;

TEST_GROUP(RuledBody) {
  api::FakeBody inner;
  std::pmr::monotonic_buffer_resource memory;
  RuledBody body{inner, memory};

  void setup() override {
    inner.there = true;
    inner.pieces = {"hello ", "world", "!"};
  }
  std::string read_all(size_t step = 4) {
    std::string out, buffer(step, 0);
    while (true) {
      const api::BodyRead got = body.read({buffer.data(), buffer.size()});
      if (got.status == api::BodyStatus::end) return out;
      if (got.status != api::BodyStatus::data) return out + "<" + std::to_string(static_cast<int>(got.status)) + ">";
      out.append(buffer.data(), got.bytes);
    }
  }
};

TEST(RuledBody, what_was_looked_at_comes_again) {
  STRCMP_EQUAL("hello wo", std::string(body.look(8)).c_str());
  STRCMP_EQUAL("hello world!", read_all().c_str());
  LONGS_EQUAL(12, body.bytes());
}

TEST(RuledBody, looking_again_goes_on_where_it_stopped) {
  body.look(3);
  STRCMP_EQUAL("hello world!", std::string(body.look(100)).c_str());
  STRCMP_EQUAL("hello world!", read_all(100).c_str());
}

TEST(RuledBody, what_looking_ended_with_is_told_to_whoever_reads) {
  inner.last = api::BodyStatus::malformed;
  body.look(100);
  STRCMP_EQUAL("hello world!<3>", read_all().c_str());
}

TEST(RuledBody, keeps_the_first_bytes_of_what_passes) {
  body.keep(8);
  STRCMP_EQUAL("hello world!", read_all(5).c_str());
  STRCMP_EQUAL("hello wo", std::string(body.kept()).c_str());
}

TEST(RuledBody, keeps_more_than_was_looked_at) {
  body.look(3);
  body.keep(8);
  read_all(5);
  STRCMP_EQUAL("hello wo", std::string(body.kept()).c_str());
}

TEST(RuledBody, is_too_large_past_its_limit_and_stays_so) {
  body.limit(11);
  STRCMP_EQUAL("hello world<2>", read_all(6).c_str());
  CHECK_TRUE(body.over_limit());
  STRCMP_EQUAL("<2>", read_all(6).c_str());
}

TEST(RuledBody, the_limit_holds_for_what_was_looked_at_too) {
  body.look(100);
  body.limit(5);
  STRCMP_EQUAL("<2>", read_all(100).c_str());
}

TEST(RuledBody, can_be_read_again_while_all_that_was_read_is_at_hand) {
  body.look(6);
  char buffer[6];
  LONGS_EQUAL(6, body.read(buffer).bytes);
  CHECK_TRUE(body.rewind());
  STRCMP_EQUAL("hello world!", read_all().c_str());
  CHECK_FALSE(body.rewind());
}
