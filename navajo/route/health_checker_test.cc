#include "navajo/route/health_checker.h"

#include <condition_variable>

#include "navajo/api/fakes.h"
#include "navajo/observe/status_segment.h"
#include "navajo/route/check_fixture.h"
#include "navajo/route/router_fixture.h"
#include "navajo/shm/forked.h"

namespace navajo::route {
namespace {

uint64_t counted(observe::Counter which) { return observe::counter(which).load(); }

}  // namespace

TEST_GROUP_BASE(HealthChecker, RouterTest) {
  CheckOptions check;
  std::shared_ptr<HealthChecker> checker;

  void setup() override {
    RouterTest::setup();
    check.kind = CheckKind::tcp;
    check.interval = 10s;
    check.timeout = 5s;
  }
  void teardown() override {
    checker.reset();
    RouterTest::teardown();
  }
  void start(std::vector<BackendRow> rows) {
    open(std::move(rows));
    begin();
  }
  void begin() {
    auto made = HealthChecker::make(router, check, &clock);
    CHECK_TRUE(made.ok());
    checker = *made;
    checker->look();
  }
  void change(std::vector<BackendRow> rows) {
    tables->set(std::move(rows));
    router->look_after();
    clock.advance(1s);
    checker->look();
  }
  // All that is due within a turn of the clock by that long.
  size_t after(base::Duration length) {
    clock.advance(length);
    checker->look();
    return checker->check_due();
  }
  std::string checked(const std::string& id) { return std::string(state(id).checked); }
  LoadRowShm& load(const std::string& id) { return router->loads()->row(state(id).load_row); }
  void take_down(const std::string& id) {
    for (unsigned i = 0; i < check.fall; i++) LONGS_EQUAL(1, after(11s));
    STRCMP_EQUAL("down", checked(id).c_str());
  }
};

TEST(HealthChecker, a_backend_goes_after_fall_bad_checks_and_comes_back_after_rise_good_ones) {
  Listener closed(Listener::Begins::closed);
  start({checked_row("a", closed.port())});
  const uint64_t checks = counted(observe::Counter::backend_checks);
  const uint64_t failed = counted(observe::Counter::backend_checks_failed);
  LONGS_EQUAL(1, after(1s));
  LONGS_EQUAL(1, after(11s));
  STRCMP_EQUAL("unknown", checked("a").c_str());
  STRCMP_EQUAL("a", chosen().c_str());
  LONGS_EQUAL(1, after(11s));
  STRCMP_EQUAL("down", checked("a").c_str());
  STRCMP_EQUAL("no backend is usable", chosen().c_str());
  LONGS_EQUAL(1, after(11s));
  LONGS_EQUAL(1, logged[2002]);

  closed.open();
  LONGS_EQUAL(1, after(11s));
  STRCMP_EQUAL("down", checked("a").c_str());
  LONGS_EQUAL(0, logged[2003]);
  LONGS_EQUAL(1, after(11s));
  STRCMP_EQUAL("up", checked("a").c_str());
  STRCMP_EQUAL("a", chosen().c_str());
  LONGS_EQUAL(1, logged[2003]);
  LONGS_EQUAL(6, counted(observe::Counter::backend_checks) - checks);
  LONGS_EQUAL(4, counted(observe::Counter::backend_checks_failed) - failed);
}

TEST(HealthChecker, a_good_check_between_bad_ones_begins_the_count_anew) {
  AnsweringBackend backend("HTTP/1.1 503 No\r\n\r\n");
  check.kind = CheckKind::http;
  start({checked_row("a", backend.port())});
  after(1s), after(11s);
  backend.say("HTTP/1.1 200 OK\r\n\r\n");
  after(11s);
  STRCMP_EQUAL("up", checked("a").c_str());
  backend.say("HTTP/1.1 503 No\r\n\r\n");
  after(11s), after(11s);
  STRCMP_EQUAL("up", checked("a").c_str());
  after(11s);
  STRCMP_EQUAL("down", checked("a").c_str());
}

TEST(HealthChecker, slow_start_counts_from_when_it_is_back) {
  Listener closed(Listener::Begins::closed);
  check.fall = 1;
  check.rise = 1;
  start({checked_row("a", closed.port())});
  take_down("a");
  const int64_t before = load("a").up_since.load();
  closed.open();
  LONGS_EQUAL(1, after(11s));
  CHECK_TRUE(load("a").up_since.load() > before);
  LONGLONGS_EQUAL(to_ms(clock.now()), load("a").up_since.load());
}

TEST(HealthChecker, new_backends_are_checked_within_a_tenth_of_the_interval_and_not_together) {
  const Listener listener;
  std::vector<BackendRow> rows;
  for (int i = 0; i < 40; i++) rows.push_back(checked_row("b" + std::to_string(i), listener.port()));
  start(std::move(rows));
  const base::TimePoint began = clock.now();
  size_t all = 0, most = 0;
  while (all < 40) {
    CHECK_TRUE(checker->next_due() >= began);
    CHECK_TRUE(checker->next_due() <= began + 1s);
    clock.advance(checker->next_due() - clock.now());
    const size_t made = checker->check_due();
    all += made;
    most = std::max(most, made);
  }
  CHECK_TRUE(most < 20);
}

TEST(HealthChecker, from_one_check_to_the_next_it_is_the_interval_a_tenth_more_or_less) {
  const Listener listener;
  start({checked_row("a", listener.port())});
  base::Duration least = 1h, longest{};
  after(1s);
  for (int i = 0; i < 50; i++) {
    const base::Duration gap = checker->next_due() - clock.now();
    CHECK_TRUE(gap >= 9s);
    CHECK_TRUE(gap <= 11s);
    least = std::min(least, gap);
    longest = std::max(longest, gap);
    clock.advance(gap);
    LONGS_EQUAL(1, checker->check_due());
  }
  CHECK_TRUE(longest - least > 500ms);
}

TEST(HealthChecker, the_next_child_goes_on_where_the_one_before_was) {
  Listener closed(Listener::Begins::closed);
  start({checked_row("a", closed.port())});
  after(1s), after(11s);
  begin();
  CHECK_TRUE(checker->next_due() - clock.now() >= 9s);
  LONGS_EQUAL(1, after(11s));
  STRCMP_EQUAL("down", checked("a").c_str());
}

TEST(HealthChecker, a_rows_own_check_goes_before_the_routings) {
  AnsweringBackend backend("HTTP/1.1 503 No\r\n\r\n");
  check.fall = 1;
  BackendRow web = checked_row("web", backend.port()), none = checked_row("none", backend.port());
  BackendRow plain = checked_row("plain", backend.port());
  web.check = "http:/health=204";
  none.check = "off";
  start({web, none, plain});
  LONGS_EQUAL(2, after(1s));
  STRCMP_EQUAL("down", checked("web").c_str());
  STRCMP_EQUAL("unknown", checked("none").c_str());
  STRCMP_EQUAL("up", checked("plain").c_str());
  backend.say("HTTP/1.1 204 No Content\r\n\r\n");
  after(11s), after(11s);
  STRCMP_EQUAL("up", checked("web").c_str());
}

TEST(HealthChecker, a_row_may_be_checked_where_the_routing_is_not) {
  const Listener listener;
  check.kind = CheckKind::off;
  BackendRow own = checked_row("own", listener.port());
  own.check = "tcp";
  start({own, checked_row("other", listener.port())});
  LONGS_EQUAL(1, after(1s));
  STRCMP_EQUAL("up", checked("own").c_str());
  STRCMP_EQUAL("unknown", checked("other").c_str());
}

TEST(HealthChecker, without_checks_nobody_stays_down) {
  Listener closed(Listener::Begins::closed);
  check.fall = 1;
  start({checked_row("a", closed.port())});
  take_down("a");
  check.kind = CheckKind::off;
  begin();
  STRCMP_EQUAL("unknown", checked("a").c_str());
  STRCMP_EQUAL("a", chosen().c_str());
  CHECK_TRUE(checker->next_due() == base::TimePoint::max());
}

TEST(HealthChecker, a_row_with_another_address_begins_anew) {
  Listener closed(Listener::Begins::closed);
  const Listener other;
  check.fall = 1;
  start({checked_row("a", closed.port())});
  take_down("a");
  change({checked_row("a", other.port())});
  STRCMP_EQUAL("unknown", checked("a").c_str());
  LONGS_EQUAL(1, after(1s));
  STRCMP_EQUAL("up", checked("a").c_str());
}

TEST(HealthChecker, other_changes_of_a_row_change_nothing) {
  Listener closed(Listener::Begins::closed);
  check.fall = 1;
  BackendRow row = checked_row("a", closed.port());
  start({row});
  take_down("a");
  row.weight = 7;
  row.expires = 4'000'000'000;
  change({row});
  STRCMP_EQUAL("down", checked("a").c_str());
  CHECK_TRUE(checker->next_due() > clock.now() + 5s);
}

TEST(HealthChecker, rows_come_and_go_with_the_table) {
  const Listener listener;
  start({checked_row("a", listener.port())});
  LONGS_EQUAL(1, after(1s));
  change({checked_row("b", listener.port())});
  LONGS_EQUAL(1, after(20s));
  STRCMP_EQUAL("up", checked("b").c_str());
  change({});
  CHECK_TRUE(checker->next_due() == base::TimePoint::max());
}

TEST(HealthChecker, a_process_without_the_lease_checks_nothing) {
  const Listener listener;
  start({checked_row("a", listener.port())});
  shm::Forked child([&] {
    auto other = open_shared(options, tables, &clock);
    auto made = HealthChecker::make(other, check, &clock);
    if (!made.ok()) return false;
    (*made)->look();
    return (*made)->next_due() == base::TimePoint::max();
  });
  CHECK_TRUE(child.succeeded());
}

TEST(HealthChecker, a_child_that_drains_leaves_it_to_others) {
  const Listener listener;
  start({checked_row("a", listener.port())});
  checker->leave_to_others();
  LONGS_EQUAL(0, after(1s));
  CHECK_TRUE(checker->next_due() == base::TimePoint::max());
  clock.advance(3s);
  shm::Forked child([&] {
    auto other = open_shared(options, tables, &clock);
    return other && other->lease_checks(5s);
  });
  CHECK_TRUE(child.succeeded());
}

TEST(HealthChecker, its_numbers_are_told) {
  const Listener listener;
  Listener closed(Listener::Begins::closed);
  check.fall = 1;
  BackendRow off = checked_row("off", 1);
  off.check = "off";
  start({checked_row("a", listener.port()), checked_row("b", closed.port()), off});
  LONGS_EQUAL(2, after(1s));
  api::FakeStatusWriter writer;
  checker->report(writer);
  for (const std::string line : {"up 1", "down 1", "unknown 1", "checks 2", "checks_failed 1", "under_way 0"})
    CHECK_TRUE(writer.has("health test/" + line));
}

TEST(HealthChecker, faults_of_the_certificate_file_are_told_when_it_is_made) {
  options.ca_certificate = "/nonexistent/ca.pem";
  check.kind = CheckKind::tls;
  open({checked_row("a", 1)});
  const auto made = HealthChecker::make(router, check, &clock);
  CHECK_FALSE(made.ok());
  STRCMP_CONTAINS("/nonexistent/ca.pem", made.error().text.c_str());
}

TEST_GROUP_BASE(HealthCheckerThread, RouterTest) {
  CheckOptions check;
  static inline std::mutex told;
  static inline std::condition_variable news;
  static inline std::atomic<int> failed_lines{0};

  void setup() override {
    RouterTest::setup();
    failed_lines = 0;
    observe::set_log_sink(
        [](observe::LogId id, std::string_view) {
          const std::lock_guard lock(told);
          failed_lines += id.number == observe::id::backend_check_failed.number ? 1 : 0;
          news.notify_all();
        },
        [](observe::Level) { return true; });
    check.interval = 100ms;
    check.fall = 1;
  }
};

TEST(HealthCheckerThread, many_silent_backends_are_checked_at_once) {
  const Listener silent;
  constexpr int kBackends = 300;
  std::vector<BackendRow> rows;
  for (int i = 0; i < kBackends; i++) rows.push_back(checked_row("b" + std::to_string(i), silent.port()));
  tables = std::make_shared<ChangedTable>(std::move(rows));
  router = open_shared(options, tables, nullptr);
  check.kind = CheckKind::http;
  check.timeout = 100ms;
  auto checker = *HealthChecker::make(router, check);
  const base::TimePoint began = base::system_clock().now();
  checker->start_child();
  std::unique_lock lock(told);
  CHECK_TRUE(news.wait_for(lock, 20s, [] { return failed_lines == kBackends; }));
  lock.unlock();
  // One after the other it would be 30 s.
  CHECK_TRUE(base::system_clock().now() - began < 10s);
  checker->stop_child();
  LONGS_EQUAL(kBackends, failed_lines);
}

TEST(HealthCheckerThread, checks_under_way_do_not_hold_up_the_end_and_count_for_nothing) {
  const Listener silent;
  tables = std::make_shared<ChangedTable>(std::vector{checked_row("a", silent.port())});
  router = open_shared(options, tables, nullptr);
  check.kind = CheckKind::http;
  check.timeout = 60s;
  auto checker = *HealthChecker::make(router, check);
  checker->start_child();
  // It has arrived: the check is under way.
  const int fd = accept4(silent.fd(), nullptr, nullptr, SOCK_CLOEXEC);
  const base::TimePoint began = base::system_clock().now();
  checker->stop_child();
  CHECK_TRUE(base::system_clock().now() - began < 1s);
  close(fd);
  LONGS_EQUAL(0, failed_lines);
  STRCMP_EQUAL("unknown", std::string(state("a").checked).c_str());
  // And again.
  checker->start_child();
  close(accept4(silent.fd(), nullptr, nullptr, SOCK_CLOEXEC));
  checker->stop_child();
}

}  // namespace navajo::route
