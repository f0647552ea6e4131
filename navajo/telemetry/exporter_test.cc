#include "navajo/telemetry/exporter.h"

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::telemetry;
using namespace std::chrono_literals;
using observe::Counter;

namespace {

struct Posts {
  std::vector<std::string> paths, bodies;
  std::deque<Delivery> answers;  // then: taken
};

class FakeCollector final : public Collector {
 public:
  explicit FakeCollector(Posts& posts) : posts_(posts) {}
  Delivery post(const std::string& path, const std::string& json) override {
    posts_.paths.push_back(path);
    posts_.bodies.push_back(json);
    if (posts_.answers.empty()) return {Delivery::Result::taken, {}, "{}"};
    const Delivery next = posts_.answers.front();
    posts_.answers.pop_front();
    return next;
  }
  void hurry(std::chrono::milliseconds) override {}

 private:
  Posts& posts_;
};

size_t spans_in(const std::string& json) {
  size_t count = 0;
  for (size_t at = json.find("\"spanId\""); at != std::string::npos; at = json.find("\"spanId\"", at + 1)) count++;
  return count;
}

uint64_t counted(Counter which) { return observe::counter(which).load(); }

}  // namespace

TEST_GROUP(Exporter) {
  base::ManualClock clock;
  Posts posts;
  std::unique_ptr<Exporter> exporter;
  uint64_t dropped = counted(Counter::spans_dropped), exported = counted(Counter::spans_exported);

  void make(size_t queue = 100, size_t batch = 10) {
    ExporterOptions options;
    options.queue = queue;
    options.batch = batch;
    options.metrics = false;
    options.clock = &clock;
    exporter = std::make_unique<Exporter>(options, std::make_unique<FakeCollector>(posts));
  }
  void record(int count) {
    for (int i = 0; i < count; i++) exporter->record(Span());
  }
  void teardown() override { exporter.reset(); }
};

TEST(Exporter, a_batch_leaves_when_its_delay_is_over) {
  make();
  record(3);
  CHECK(exporter->turn() == 1000ms);
  LONGS_EQUAL(0, posts.paths.size());
  clock.advance(1s);
  (void)exporter->turn();
  LONGS_EQUAL(1, posts.paths.size());
  STRCMP_EQUAL("/v1/traces", posts.paths[0].c_str());
  LONGS_EQUAL(3, spans_in(posts.bodies[0]));
  LONGS_EQUAL(exported + 3, counted(Counter::spans_exported));
}

TEST(Exporter, full_batches_leave_at_once) {
  make();
  record(25);
  (void)exporter->turn();
  LONGS_EQUAL(2, posts.paths.size());
  LONGS_EQUAL(5, exporter->waiting());
}

TEST(Exporter, nothing_is_sent_when_there_is_nothing) {
  make();
  clock.advance(1min);
  (void)exporter->turn();
  LONGS_EQUAL(0, posts.paths.size());
}

TEST(Exporter, what_the_collector_does_not_take_now_is_sent_again_with_growing_pauses) {
  make();
  posts.answers.assign(3, Delivery{Delivery::Result::later, {}, "connection refused"});
  record(4);
  clock.advance(1s);
  CHECK(exporter->turn() == 1s);
  clock.advance(1s);
  CHECK(exporter->turn() == 2s);
  clock.advance(1s);
  CHECK(exporter->turn() == 1s);
  LONGS_EQUAL(2, posts.paths.size());
  clock.advance(1s);
  CHECK(exporter->turn() == 4s);
  clock.advance(4s);
  (void)exporter->turn();
  LONGS_EQUAL(4, posts.paths.size());
  STRCMP_EQUAL(posts.bodies[0].c_str(), posts.bodies[3].c_str());
  LONGS_EQUAL(exported + 4, counted(Counter::spans_exported));
  LONGS_EQUAL(dropped, counted(Counter::spans_dropped));
}

TEST(Exporter, a_pause_the_collector_wishes_is_kept_and_none_is_longer_than_a_minute) {
  make();
  posts.answers = {{Delivery::Result::later, 30s, "429"}, {Delivery::Result::later, 3600s, "429"}};
  record(1);
  clock.advance(1s);
  CHECK(exporter->turn() == 30s);
  clock.advance(30s);
  CHECK(exporter->turn() == 60s);
}

TEST(Exporter, meanwhile_the_queue_fills_and_the_rest_is_dropped_and_counted) {
  make(20, 10);
  posts.answers.assign(1, Delivery{Delivery::Result::later, {}, "down"});
  record(10);
  (void)exporter->turn();
  record(15);
  LONGS_EQUAL(dropped + 5, counted(Counter::spans_dropped));
  LONGS_EQUAL(10, exporter->waiting());
  clock.advance(1s);
  (void)exporter->turn();
  LONGS_EQUAL(exported + 20, counted(Counter::spans_exported));
}

TEST(Exporter, what_it_will_never_take_is_dropped_and_counted) {
  make();
  posts.answers = {{Delivery::Result::refused, {}, "it answered 400"}};
  record(2);
  clock.advance(1s);
  (void)exporter->turn();
  LONGS_EQUAL(dropped + 2, counted(Counter::spans_dropped));
  clock.advance(10s);
  (void)exporter->turn();
  LONGS_EQUAL(1, posts.paths.size());
}

TEST(Exporter, at_its_end_sends_what_waits_and_counts_what_it_cannot) {
  make();
  exporter->start();
  record(3);
  exporter->stop();
  // Counters of another thread are in another lane.
  LONGS_EQUAL(1, posts.paths.size());
  LONGS_EQUAL(3, spans_in(posts.bodies[0]));
  LONGS_EQUAL(0, exporter->waiting());
  make();
  posts.answers.assign(5, Delivery{Delivery::Result::later, {}, "down"});
  exporter->start();
  record(3);
  exporter->stop();
  LONGS_EQUAL(dropped + 3, counted(Counter::spans_dropped));
}
