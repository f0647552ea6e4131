#include "navajo/telemetry/span_queue.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::telemetry;
using Pushed = SpanQueue::Pushed;

TEST_GROUP(SpanQueue) {
  static Span named(const char* name) {
    Span span;
    span.name = name;
    return span;
  }
};

TEST(SpanQueue, drops_what_finds_no_room_and_counts_what_was_taken_until_it_is_released) {
  SpanQueue queue(3);
  for (int i = 0; i < 3; i++) CHECK(queue.push(named("a"), 100) == Pushed::taken);
  CHECK(queue.push(named("b"), 100) == Pushed::dropped);
  LONGS_EQUAL(2, queue.take(2).size());
  CHECK(queue.push(named("b"), 100) == Pushed::dropped);
  queue.release(2);
  CHECK(queue.push(named("b"), 100) == Pushed::taken);
  LONGS_EQUAL(2, queue.waiting());
}

TEST(SpanQueue, gives_the_oldest_first) {
  SpanQueue queue(10);
  for (const char* name : {"1", "2", "3"}) (void)queue.push(named(name), 100);
  STRCMP_EQUAL("1", queue.take(1)[0].name.c_str());
  STRCMP_EQUAL("2", queue.take(5)[0].name.c_str());
  LONGS_EQUAL(0, queue.take(5).size());
}

TEST(SpanQueue, says_once_that_a_batch_is_full) {
  SpanQueue queue(10);
  CHECK(queue.push(named("1"), 2) == Pushed::taken);
  CHECK(queue.push(named("2"), 2) == Pushed::batch_is_full);
  CHECK(queue.push(named("3"), 2) == Pushed::taken);
}
