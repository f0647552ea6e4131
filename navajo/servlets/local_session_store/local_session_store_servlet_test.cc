#include "navajo/servlets/local_session_store/local_session_store_servlet.h"

#include <map>
#include <string>

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace std::chrono_literals;
using servlets::local_session_store::LocalSessionStoreServlet;

namespace {
// Made once for all: not a leak of the first test.
const auto kRows = servlets::local_session_store_rows();
}  // namespace

TEST_GROUP(LocalSessionStoreServlet) {
  config::Diagnostics faults;
  std::map<std::string, config::ParamValue, std::less<>> values{{"MemorySize", {"4M", {}}},
                                                                {"MaxLifetime", {"86400", {}}},
                                                                {"MaxInactiveInterval", {"10m", {}}}};

  void teardown() override { session::SharedStore::close_unused(); }
  std::unique_ptr<LocalSessionStoreServlet> made(const std::string& name = "Sessions") {
    const container::ServletRow& row = kRows[0];
    const config::Params params(name, {}, row.params, values, faults);
    container::ComponentContext context;
    context.name = name;
    auto servlet = row.make(context, params);
    return std::unique_ptr<LocalSessionStoreServlet>(static_cast<LocalSessionStoreServlet*>(servlet.release()));
  }
};

TEST(LocalSessionStoreServlet, answers_nobody) {
  const auto servlet = made();
  api::FakeRequest request;
  api::FakeResponse response;
  const api::Outcome outcome = servlet->service(request, response);
  LONGS_EQUAL(404, outcome.status);
}

TEST(LocalSessionStoreServlet, holds_a_store_and_the_limits_of_its_sessions) {
  const auto servlet = made();
  CHECK(servlet->limits().max_lifetime == 24h);
  CHECK(servlet->limits().max_inactive_interval == 10min);
  const auto session = servlet->store().create(servlet->limits());
  CHECK(session.ok());
  CHECK(servlet->store().find(session->id, 0ms).has_value());
}

TEST(LocalSessionStoreServlet, is_found_by_who_only_knows_a_servlet) {
  const std::unique_ptr<api::Servlet> servlet = made();
  auto* holder = dynamic_cast<session::HoldsSessionStore*>(servlet.get());
  CHECK(holder != nullptr);
  LONGS_EQUAL(4 << 20, holder->store().numbers().memory_size);
}

TEST(LocalSessionStoreServlet, shares_its_store_with_servlets_of_the_same_name) {
  const auto here = made(), there = made(), other = made("Others");
  const auto session = here->store().create(here->limits());
  CHECK(there->store().find(session->id, 0ms).has_value());
  CHECK_FALSE(other->store().find(session->id, 0ms).has_value());
}

TEST(LocalSessionStoreServlet, reports_state_and_memory) {
  const auto servlet = made();
  (void)servlet->store().create(servlet->limits());
  api::FakeStatusWriter writer;
  servlet->report(writer);
  CHECK(writer.has("state normal"));
  CHECK(writer.has("sessions_active 1"));
  CHECK(writer.has("memory_size_bytes 4194304"));
}

TEST(LocalSessionStoreServlet, names_the_parameter_when_there_is_too_little_memory) {
  values["MemorySize"].text = "100K";
  (void)made();
  CHECK_FALSE(faults.ok());
  CHECK(faults.faults()[0].line().find("MemorySize") != std::string::npos);
}
