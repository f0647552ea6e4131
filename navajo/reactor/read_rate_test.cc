#include "navajo/reactor/read_rate.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::reactor;
using namespace std::chrono_literals;
using Verdict = ReadRate::Verdict;

TEST_GROUP(ReadRate) {
  ReadRate rate;
  void setup() override { rate.require(100, 10s); }
};

TEST(ReadRate, nobody_is_judged_before_a_whole_window_was_waited) {
  rate.note_sent(1000000);
  CHECK(rate.note_wait(9s, 1000000) == Verdict::fine);
  CHECK(rate.left() == 1s);
  CHECK(rate.note_wait(1s, 1000000) == Verdict::too_slow);
}

TEST(ReadRate, what_stands_in_the_send_buffer_is_not_read) {
  rate.note_sent(50000);
  CHECK(rate.note_wait(10s, 49000) == Verdict::fine);
  CHECK(rate.note_wait(10s, 48001) == Verdict::too_slow);
}

TEST(ReadRate, what_was_read_between_waits_counts) {
  rate.note_sent(500);
  CHECK(rate.note_wait(5s, 0) == Verdict::fine);
  rate.note_sent(500);
  CHECK(rate.note_wait(5s, 0) == Verdict::fine);
}

TEST(ReadRate, what_was_read_before_a_window_began_does_not_count) {
  rate.note_sent(1000000);
  CHECK(rate.fresh());
  rate.begin(5000);
  rate.note_sent(100);
  CHECK(rate.note_wait(10s, 5000) == Verdict::too_slow);
}

TEST(ReadRate, every_window_is_judged_anew) {
  rate.note_sent(1000000);
  CHECK(rate.note_wait(10s, 0) == Verdict::fine);
  rate.note_sent(999);
  CHECK(rate.note_wait(10s, 0) == Verdict::too_slow);
}

TEST(ReadRate, a_wait_longer_than_the_window_asks_for_more) {
  rate.note_sent(1500);
  CHECK(rate.note_wait(20s, 0) == Verdict::too_slow);
}

TEST(ReadRate, without_a_rate_one_byte_is_enough) {
  rate.require(0, 10s);
  rate.note_sent(10);
  CHECK(rate.note_wait(10s, 9) == Verdict::fine);
  CHECK(rate.note_wait(10s, 9) == Verdict::too_slow);
}
