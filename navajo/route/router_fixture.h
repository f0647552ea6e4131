// For tests of the router: one of its own for each test, with a clock that is turned by hand. Include it last.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "navajo/observe/log.h"
#include "navajo/route/routing_fixture.h"

#include "CppUTest/TestHarness.h"

namespace navajo::route {

using namespace std::chrono_literals;
using reactor::Deadline;

struct RouterTest : Utest {
  base::ManualClock clock;
  RouterOptions options;
  std::shared_ptr<ChangedTable> tables;
  std::shared_ptr<SharedRouter> router;
  const reactor::Endpoint here = client("192.0.2.7");
  Asker asker{.app = "shop", .client = &here};

  static inline std::map<int, int> logged;

  void setup() override {
    options.name = "test";
    options.binding = Binding::none;
    options.queue_timeout = 0ms;
    observe::set_log_sink([](observe::LogId id, std::string_view) { logged[id.number]++; },
                          [](observe::Level) { return true; });
  }
  void teardown() override {
    router.reset();
    tables.reset();
    forget_segments();
    observe::set_log_sink(nullptr, nullptr);
    std::map<int, int>().swap(logged);
  }
  void open(std::vector<BackendRow> rows) {
    tables = std::make_shared<ChangedTable>(std::move(rows));
    router = open_shared(options, tables, &clock);
    CHECK_TRUE(router != nullptr);
  }
  Choice choose() { return router->choose(asker, Deadline::after(10s)); }
  std::string chosen() {
    const Choice choice = choose();
    return choice ? choice.backend().id : word(choice.refusal());
  }
  BackendState state(const std::string& id) {
    std::optional<BackendState> out;
    router->visit([&](const BackendState& one) {
      if (one.row.id == id) out.emplace(one);
      return !out;
    });
    if (!out) FAIL("no such backend");
    return *out;
  }
  // A choice of that backend, which fails.
  void fail(const std::string& id) {
    for (int i = 0; i < 100; i++) {
      Choice choice = choose();
      if (!choice || choice.backend().id != id) continue;
      choice.failed(Failing::connect);
      return;
    }
    FAIL("it was not chosen");
  }
};

}  // namespace navajo::route
