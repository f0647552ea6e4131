#include "navajo/admin/routing_answer.h"

#include <string>

#include "navajo/route/routing_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::admin;

TEST_GROUP(RoutingAnswer) {
  base::ManualClock clock;
  std::shared_ptr<route::SharedRouter> router;

  void setup() override {
    route::RouterOptions options;
    options.name = "edge";
    options.max_bindings = 64;
    auto row = route::placed("web 1", "eu", "DE", 10, 20);
    router = route::open_shared(options, std::make_shared<route::ChangedTable>(std::vector{row}), &clock);
  }
  void teardown() override {
    router.reset();
    route::forget_segments();
  }
  std::string asked(const std::string& request) {
    const auto answering = answer("navajo/1 " + request, {}, {4711, 1000}, {}, {router});
    std::string out;
    while (answering->more(out)) {}
    return out;
  }
};

TEST(RoutingAnswer, shows_every_backend_as_it_is_now) {
  route::Choice held = router->choose({.app = "shop"}, reactor::Deadline::never());
  held.connected(std::chrono::microseconds(800));
  STRCMP_EQUAL(
      "routing name=edge generation=1 backends=1\n"
      "backend routing=edge id=web%201 app=shop address=10.50.0.1:8080 region=eu country=DE in_flight=1 soft=10 "
      "hard=20 health=unknown checked=unknown draining=false connect_us=800 chosen=1 failed=0\n"
      "end backends=1\n",
      asked("routing show routing=edge format=fields").c_str());
  uint32_t load_row = 0;
  router->visit([&](const route::BackendState& state) {
    load_row = state.load_row;
    return true;
  });
  route::LoadRowShm& row = router->loads()->row(load_row);
  row.checked = route::Checked::up;
  STRCMP_CONTAINS("\"health\":\"up\"", asked("routing show").c_str());
  row.ejected_until = route::to_ms(clock.now()) + 500;
  STRCMP_CONTAINS("\"health\":\"ejected\",\"checked\":\"up\",\"draining\":false,\"ejected_ms\":500",
                  asked("routing show").c_str());
}

TEST(RoutingAnswer, knows_no_routing_of_another_name) {
  STRCMP_CONTAINS("\"code\":\"unknown_routing\"", asked("routing show routing=none").c_str());
  STRCMP_CONTAINS("\"code\":\"bad_request\"", asked("routing show user=anna").c_str());
}
