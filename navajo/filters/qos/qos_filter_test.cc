#include "navajo/filters/qos/qos_filter.h"

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "navajo/api/fakes.h"
#include "navajo/connector/reactor_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace std::chrono_literals;
using filters::qos::WaitingRoom;
using reactor::Deadline;
using Entry = WaitingRoom::Entry;

// Made before the first test: it stays, which a test would call a leak.
static const container::FilterRow& g_row = filters::qos_rows()[0];

TEST_GROUP(QosFilter) {
  std::shared_ptr<limits::Limits> limits;

  void setup() override {
    auto opened = limits::Limits::open({.name = "qos-test", .memory = 65536});
    CHECK_TRUE(opened.ok());
    limits = *opened;
  }
  void teardown() override {
    limits.reset();
    limits::Limits::close_unused();
  }
  limits::Key key(std::string_view name) { return limits::KeyBuilder(limits->secret()).part(name).finish(); }
  WaitingRoom room(uint64_t limit, uint64_t queue) { return {limits, key("work"), limit, key("line"), queue}; }
  static void wait_until_waiting(const WaitingRoom& room, size_t count) {
    while (room.waiting() != count) std::this_thread::yield();
  }
  std::string first_fault(std::map<std::string, config::ParamValue, std::less<>> values) {
    config::Diagnostics diagnostics;
    const config::Params params("filter 'f'", {"web.xml", 1, 1}, g_row.params, std::move(values), diagnostics);
    (void)g_row.make({.name = "f"}, params);
    return diagnostics.ok() ? "" : diagnostics.faults()[0].line();
  }
};

TEST(QosFilter, without_a_queue_one_too_many_is_refused_with_503) {
  filters::qos::QosFilter filter({.name = "f", .limit = 2}, limits, "www/app");
  std::vector<int> statuses;
  api::FakeChain chain, inner;
  inner.rest = [&](api::Request& request, api::Response& response) {
    api::FakeChain none;
    const api::Outcome outcome = filter.filter(request, response, none);
    statuses.push_back(outcome.status);
    return outcome;
  };
  chain.rest = [&](api::Request& request, api::Response& response) { return filter.filter(request, response, inner); };
  api::FakeRequest request;
  api::FakeResponse response;
  const api::Outcome outcome = filter.filter(request, response, chain);
  LONGS_EQUAL(503, outcome.status);
  STRCMP_EQUAL("qos_queue_full", outcome.cause);
  STRCMP_EQUAL("QS01", std::string(*request.attribute("navajo.Event")).c_str());
  api::FakeChain free;
  CHECK_TRUE(filter.filter(request, response, free).is_answered());
  api::FakeStatusWriter status;
  filter.report(status);
  CHECK_TRUE(status.has("queue_full 1"));
  CHECK_TRUE(status.has("passed 3"));
}

TEST(QosFilter, who_waits_too_long_is_refused_with_504) {
  filters::qos::QosFilter filter({.name = "f", .limit = 1, .queue = 1, .wait = 1ms}, limits, "www/app");
  api::FakeChain chain, none;
  chain.rest = [&](api::Request& request, api::Response& response) { return filter.filter(request, response, none); };
  api::FakeRequest request;
  api::FakeResponse response;
  LONGS_EQUAL(504, filter.filter(request, response, chain).status);
  STRCMP_EQUAL("QS02", std::string(*request.attribute("navajo.Event")).c_str());
  LONGS_EQUAL(0, none.calls);
}

TEST(QosFilter, a_place_is_given_back_also_when_the_chain_throws) {
  filters::qos::QosFilter filter({.name = "f", .limit = 1}, limits, "www/app");
  api::FakeChain chain, none;
  chain.rest = [](api::Request&, api::Response&) -> api::Outcome { throw std::runtime_error("x"); };
  api::FakeRequest request;
  api::FakeResponse response;
  CHECK_THROWS(std::runtime_error, (void)filter.filter(request, response, chain));
  CHECK_TRUE(filter.filter(request, response, none).is_answered());
}

TEST(QosFilter, filters_of_other_contexts_have_numbers_of_their_own) {
  filters::qos::QosFilter one({.name = "f", .limit = 1}, limits, "www/a");
  filters::qos::QosFilter two({.name = "f", .limit = 1}, limits, "www/b");
  api::FakeChain chain, none;
  chain.rest = [&](api::Request& request, api::Response& response) { return two.filter(request, response, none); };
  api::FakeRequest request;
  api::FakeResponse response;
  CHECK_TRUE(one.filter(request, response, chain).is_answered());
}

TEST(QosFilter, without_a_limit_everybody_passes_and_without_shared_memory_nobody) {
  api::FakeChain none;
  api::FakeRequest request;
  api::FakeResponse response;
  CHECK_TRUE(filters::qos::QosFilter({.name = "f"}, nullptr, "").filter(request, response, none).is_answered());
  filters::qos::QosFilter limited({.name = "f", .limit = 1}, nullptr, "");
  LONGS_EQUAL(503, limited.filter(request, response, none).status);
}

TEST(QosFilter, the_line_is_bounded_and_goes_on_in_order_of_arrival) {
  WaitingRoom here = room(1, 3);
  limits::Slot first;
  CHECK_TRUE(here.enter(first, Deadline::never()) == Entry::admitted);
  std::vector<int> order;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; i++) {
    threads.emplace_back([&, i] {
      limits::Slot slot;
      if (here.enter(slot, Deadline::never()) == Entry::admitted) order.push_back(i);
      here.leave(slot);
    });
    wait_until_waiting(here, static_cast<size_t>(i) + 1);
    // Counted, and perhaps not in line yet.
    while (limits->enter(key("line"), static_cast<uint64_t>(i) + 1)) std::this_thread::yield();
  }
  limits::Slot late;
  CHECK_TRUE(here.enter(late, Deadline::never()) == Entry::queue_full);
  here.leave(first);
  for (std::thread& thread : threads) thread.join();
  LONGS_EQUAL(3, order.size());
}

TEST(QosFilter, a_place_that_gets_free_in_another_process_is_found) {
  WaitingRoom here = room(1, 1), other = room(1, 1);
  limits::Slot theirs, ours;
  CHECK_TRUE(other.enter(theirs, Deadline::never()) == Entry::admitted);
  std::thread thread([&] {
    wait_until_waiting(here, 1);
    other.leave(theirs);  // tells nobody here
  });
  CHECK_TRUE(here.enter(ours, Deadline::never()) == Entry::admitted);
  thread.join();
}

TEST(QosFilter, waiting_fibers_hold_no_thread_and_leave_when_their_client_goes) {
  WaitingRoom here = room(1, 10);
  limits::Slot first;
  CHECK_TRUE(here.enter(first, Deadline::never()) == Entry::admitted);
  Entry gone = Entry::admitted;
  std::atomic<int> admitted{0};
  {
    connector::ReactorFixture reactor;
    reactor::Fiber* fiber = nullptr;
    std::vector<std::future<void>> waiting;
    waiting.push_back(reactor.start(
        [&] {
          limits::Slot slot;
          gone = here.enter(slot, Deadline::never());
        },
        &fiber));
    for (int i = 0; i < 3; i++)
      waiting.push_back(reactor.start([&] {
        limits::Slot slot;
        if (here.enter(slot, Deadline::never()) == Entry::admitted) admitted++;
        here.leave(slot);
      }));
    wait_until_waiting(here, 4);
    reactor.post([&] { fiber->cancel(); });
    waiting[0].wait();
    here.leave(first);
    for (auto& one : waiting) one.wait();
  }
  CHECK_TRUE(gone == Entry::cancelled);
  LONGS_EQUAL(3, admitted.load());
  LONGS_EQUAL(0, here.waiting());
}

TEST(QosFilter, parameters_are_checked_together) {
  STRCMP_EQUAL("", first_fault({}).c_str());
  STRCMP_CONTAINS("WaitTimeout is required",
                  first_fault({{"MaxConcurrentRequests", {"5", {"web.xml", 3, 3}}},
                               {"MaxConcurrentRequests.MaxQueueSize", {"5", {"web.xml", 4, 3}}}})
                      .c_str());
  STRCMP_CONTAINS("nobody waits", first_fault({{"MaxConcurrentRequests.WaitTimeout", {"5", {"web.xml", 3, 3}}},
                                               {"MaxConcurrentRequests.MaxQueueSize", {"5", {"web.xml", 4, 3}}}})
                                      .c_str());
  STRCMP_CONTAINS("web.xml:3", first_fault({{"MaxConcurrentRequests", {"0", {"web.xml", 3, 3}}}}).c_str());
}
