#include "navajo/observe/traffic.h"

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "navajo/base/count_allocations.h"
#include "navajo/observe/status_segment.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::observe;
using namespace std::chrono_literals;

TEST_GROUP(Traffic) {
  std::unique_ptr<TrafficShm> shm = std::make_unique<TrafficShm>();
  void call(const char* backend, int status, const char* cause) {
    CallSample sample{"www", "Shop", backend, status, cause, 1ms, std::nullopt, 5ms};
    if (status) sample.first_byte = 3ms;
    record(*shm, sample, 1'700'000'000);
  }
};

TEST(Traffic, a_request_is_counted_by_host_context_servlet_and_status_class) {
  record(*shm, RequestSample{"www", "/a", "Shop", 200, "", 2ms}, 1);
  record(*shm, RequestSample{"www", "/a", "Shop", 204, "", 4ms}, 1);
  record(*shm, RequestSample{"www", "/a", "Shop", 503, "no_backend", 1ms}, 1);
  const Traffic traffic = read_traffic(*shm);
  LONGS_EQUAL(2, traffic[Family::request_duration].series.size());
  LONGS_EQUAL(2, traffic.latency(Family::request_duration, {"www", "/a", "Shop", "2xx"}).count());
  LONGS_EQUAL(3, traffic.latency(Family::request_duration, {"www"}).count());
  LONGS_EQUAL(0, traffic.latency(Family::request_duration, {"other"}).count());
  const auto& refusals = traffic[Family::request_refusals].series;
  LONGS_EQUAL(1, refusals.size());
  STRCMP_EQUAL("no_backend", refusals[0].labels[3].c_str());
  LONGS_EQUAL(1, refusals[0].count());
}

TEST(Traffic, what_a_call_did_not_reach_is_not_counted) {
  call("app1:80", 200, "");
  call("app1:80", 0, "backend_timeout");
  const Traffic traffic = read_traffic(*shm);
  LONGS_EQUAL(2, traffic.latency(Family::backend_connect).count());
  LONGS_EQUAL(1, traffic.latency(Family::backend_first_byte).count());
  LONGS_EQUAL(1, traffic.latency(Family::backend_duration, {"", "", "app1:80", "none"}).count());
  STRCMP_EQUAL("backend_timeout", traffic[Family::backend_failures].series[0].labels[3].c_str());
}

TEST(Traffic, is_json_with_quantiles_for_the_console) {
  call("app1:80", 200, "");
  JsonWriter json;
  write_traffic(json, read_traffic(*shm));
  STRCMP_CONTAINS("\"bounds_seconds\":[0.000125,", json.str().c_str());
  STRCMP_CONTAINS("{\"host\":\"www\",\"servlet\":\"Shop\",\"backend\":\"app1:80\",\"count\":1,\"sum_seconds\":0.001,",
                  json.str().c_str());
}

TEST(Traffic, recording_allocates_nothing_and_needs_no_segment) {
  record(RequestSample{"www", "/a", "Shop", 200, "", 2ms});
  char folder[] = "/tmp/navajo-traffic-XXXXXX";
  CHECK(mkdtemp(folder) != nullptr);
  const std::string path = std::string(folder) + "/status";
  auto segment = StatusSegment::open_or_create(path, 1, {});
  CHECK_TRUE(segment.ok());
  set_process_segment(&*segment);
#ifdef NAVAJO_COUNTS_ALLOCATIONS
  const size_t before = navajo::base::t_allocations;
#endif
  for (int i = 0; i < 100; i++) record(RequestSample{"www", "/a", "Shop", 500, "exception", 2ms});
#ifdef NAVAJO_COUNTS_ALLOCATIONS
  LONGS_EQUAL(before, navajo::base::t_allocations);
#endif
  set_process_segment(nullptr);
  LONGS_EQUAL(100, read_traffic(segment->traffic()).latency(Family::request_duration).count());
  unlink(path.c_str());
  rmdir(folder);
}

TEST(Traffic, outlives_the_child_that_counted_and_a_restart) {
  char folder[] = "/tmp/navajo-traffic-XXXXXX";
  CHECK(mkdtemp(folder) != nullptr);
  const std::string path = std::string(folder) + "/status";
  {
    auto segment = StatusSegment::open_or_create(path, 1, {});
    CHECK_TRUE(segment.ok());
    record(segment->traffic(), RequestSample{"www", "/a", "Shop", 200, "", 2ms}, 1);
  }
  auto again = StatusSegment::open_or_create(path, 1, {});
  LONGS_EQUAL(2, again->read().generation);
  LONGS_EQUAL(1, read_traffic(again->traffic()).latency(Family::request_duration).count());
  unlink(path.c_str());
  rmdir(folder);
}
