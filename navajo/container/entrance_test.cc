#include "navajo/container/entrance.h"

#include <future>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/observe/status_segment.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace std::chrono_literals;
using api::Outcome;
using container::Entrance;
using limits::LargeBody;
using limits::MemoryLevel;

namespace {

// As short of memory and places as a test says.
class FakeMemory final : public limits::MemoryObserver {
 public:
  MemoryLevel the_level = MemoryLevel::normal;
  limits::MemoryObserverOptions the_options;
  std::shared_ptr<limits::MemoryObserver> places;
  int asked = 0;

  FakeMemory() {
    the_options.large_body = 1000;
    the_options.max_large_bodies = 1;
    the_options.large_body_wait = 0ms;
    places = limits::MemoryObserver::make(the_options);
  }
  MemoryLevel level() const override { return the_level; }
  LargeBody enter_large_body(reactor::Deadline deadline) override {
    asked++;
    return the_level == MemoryLevel::normal ? places->enter_large_body(deadline) : LargeBody();
  }
  void replace_with(Replacer) override {}
  void start_child() override {}
  void stop_child() override {}
  void report(api::StatusWriter&) const override {}
  const limits::MemoryObserverOptions& options() const override { return the_options; }

 protected:
  void leave_large_body() override {}
};

}  // namespace

TEST_GROUP(Entrance) {
  FakeMemory memory;
  Entrance entrance{&memory};
  api::FakeRequest request{"POST", "/"};
  api::FakeResponse response;
  std::string read;  // what the chain got
  int served = 0;

  // The chain reads all of the body.
  std::string let_in(uint64_t limit = limits::kAnyLength) {
    const Outcome outcome = entrance.let_in(request, response, limit, [this](api::Request& seen) {
      served++;
      char piece[256];
      while (true) {
        const api::BodyRead got = seen.body().read(piece);
        if (got.status == api::BodyStatus::data) read.append(piece, got.bytes);
        if (got.status == api::BodyStatus::too_large) return Outcome::refused(413, "body_too_large");
        if (got.status != api::BodyStatus::data) return Outcome::answered();
      }
    });
    return outcome.is_answered() ? "answered" : std::to_string(outcome.status) + " " + outcome.cause;
  }
  std::string retry_after() { return std::string(response.fields.get("Retry-After").value_or("")); }
};

TEST(Entrance, lets_requests_without_a_body_in_and_asks_for_nothing) {
  STRCMP_EQUAL("answered", let_in(0).c_str());
  LONGS_EQUAL(0, memory.asked);
  LONGS_EQUAL(1, served);
}

TEST(Entrance, refuses_a_declared_length_one_byte_over_before_the_chain_runs) {
  request.with_body(std::string(101, 'x'));
  STRCMP_EQUAL("413 body_too_large", let_in(100).c_str());
  LONGS_EQUAL(0, served);
  LONGS_EQUAL(0, request.the_body.reads);
  STRCMP_EQUAL("answered", let_in(101).c_str());
}

TEST(Entrance, counts_a_body_nobody_declared) {
  request.with_chunks({std::string(60, 'x'), std::string(41, 'x')});
  STRCMP_EQUAL("413 body_too_large", let_in(100).c_str());
  LONGS_EQUAL(60, read.size());
}

TEST(Entrance, refuses_everything_while_memory_is_critical) {
  CHECK_FALSE(entrance.admit(response).has_value());
  memory.the_level = MemoryLevel::high;
  CHECK_FALSE(entrance.admit(response).has_value());
  memory.the_level = MemoryLevel::critical;
  const uint64_t before = observe::counter(observe::Counter::memory_refused).load();
  const auto refused = entrance.admit(response);
  LONGS_EQUAL(503, refused->status);
  STRCMP_EQUAL("memory_critical", refused->cause);
  STRCMP_EQUAL("5", retry_after().c_str());
  LONGS_EQUAL(before + 1, observe::counter(observe::Counter::memory_refused).load());
}

TEST(Entrance, refuses_large_bodies_while_memory_is_high_and_serves_small_ones) {
  memory.the_level = MemoryLevel::high;
  request.with_body(std::string(999, 'x'));
  STRCMP_EQUAL("answered", let_in().c_str());
  LONGS_EQUAL(0, memory.asked);
  request.with_body(std::string(1000, 'x'));
  STRCMP_EQUAL("503 memory_high", let_in().c_str());
  STRCMP_EQUAL("5", retry_after().c_str());
  LONGS_EQUAL(1, served);
}

TEST(Entrance, a_large_body_has_its_place_as_long_as_it_is_at_work) {
  LargeBody taken = memory.enter_large_body(reactor::Deadline::after(0ms));
  request.with_body(std::string(1000, 'x'));
  STRCMP_EQUAL("503 large_bodies_full", let_in().c_str());
  taken = LargeBody();
  STRCMP_EQUAL("answered", let_in().c_str());
  STRCMP_EQUAL("answered", let_in().c_str());
}

TEST(Entrance, a_body_of_unknown_length_needs_a_place_when_it_has_become_large) {
  const LargeBody taken = memory.enter_large_body(reactor::Deadline::after(0ms));
  request.with_chunks({std::string(200, 'x'), std::string(200, 'x')});
  STRCMP_EQUAL("answered", let_in().c_str());
  api::FakeRequest large("POST", "/");
  request.the_body = large.with_chunks(std::vector<std::string>(10, std::string(200, 'x'))).the_body;
  read.clear();
  STRCMP_EQUAL("503 large_bodies_full", let_in().c_str());
  LONGS_EQUAL(800, read.size());
  STRCMP_EQUAL("5", retry_after().c_str());
}

TEST(Entrance, without_an_observer_only_the_limit_counts) {
  entrance = Entrance();
  CHECK_FALSE(entrance.admit(response).has_value());
  request.with_body(std::string(100000, 'x'));
  STRCMP_EQUAL("answered", let_in().c_str());
  STRCMP_EQUAL("413 body_too_large", let_in(99999).c_str());
}
