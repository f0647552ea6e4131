#include <string>
#include <vector>

#include "navajo/admin/answer.h"
#include "navajo/admin/request.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/limits/shared_limits.h"
#include "navajo/observe/log.h"
#include "navajo/shm/segment.h"

#include "CppUTest/TestHarness.h"

#include "CppUTest/MemoryLeakWarningPlugin.h"

using namespace navajo;
using namespace navajo::admin;
using namespace std::chrono_literals;

static std::vector<std::string> g_limit_log;

TEST_GROUP(LimitAnswer) {
  const int64_t wall = 4102444800;  // far from now: credits count by the calendar of whoever uses them
  std::shared_ptr<limits::SharedLimits> limits;
  std::shared_ptr<rules::RuleStore> store;
  const limits::RateSpec rate{.limit = 10, .window = 1h, .mark = limits::policy_mark("api")};

  void setup() override {
    // Tables of the rule language are made when they are first needed, and stay.
    MemoryLeakWarningPlugin::turnOffNewDeleteOverloads();
    const config::TemporaryFolder folder;
    rules::RuleStoreOptions options;
    options.name = "limited";
    options.file = folder.write(
        "rules.xml",
        "<rules>\n<rule id='api' when='always'><rate limit='10/h' key='client'/></rule>\n"
        "<rule id='two' when='always'><rate limit='10/h' key='client+header(X-Key)'/></rule>\n"
        "<rule id='daily' when='always'><credit amount='10' period='daily' at='00:00' key='host'/></rule>\n"
        "<rule id='none' when='always'><block/></rule>\n</rules>");
    config::Diagnostics diagnostics;
    store = rules::RuleStore::open(options, diagnostics);
    if (!store) FAIL(diagnostics.faults()[0].line().c_str());
    auto opened = limits::SharedLimits::open_segment({.name = "limited", .memory = 1 << 20});
    CHECK(opened.ok());
    limits = *opened;
    limits->put_to_work();
    observe::set_log_sink([](observe::LogId, std::string_view text) { g_limit_log.emplace_back(text); },
                          [](observe::Level) { return true; });
  }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    g_limit_log.clear();
    limits.reset();
    store.reset();
    limits::Limits::close_unused();
    shm::Segment::close_unwanted("navajo-rules:", [](std::string_view) { return false; });
    MemoryLeakWarningPlugin::turnOnThreadSafeNewDeleteOverloads();
  }

  std::string asked(const std::string& request, bool sees_people = true) {
    const Peer peer{.process = 4711, .user = 1000, .sees_people = sees_people};
    const auto answering = answer("navajo/1 limit " + request + " format=fields", {}, peer, {store}, {}, limits.get());
    std::string out;
    while (answering->more(out)) {}
    return out;
  }
  limits::Key client_key(const char* address) {
    return limits::KeyBuilder(limits->secret()).part("api").part("rate").part(address).finish();
  }
  bool use(const char* address, int times = 1) {
    bool allowed = true;
    for (int i = 0; i < times; i++)
      allowed = limits->rate(client_key(address), rate, base::system_clock().now()).allowed;
    return allowed;
  }
  limits::CreditDecision credit(uint64_t price) {
    const limits::Key key = limits::KeyBuilder(limits->secret()).part("daily").part("credit").part("shop").finish();
    return limits->credit(key, {.amount = 10}, wall, price, "daily shop");
  }
};

TEST(LimitAnswer, shows_the_keys_that_are_nearest_to_their_limit) {
  use("192.0.2.1", 3);
  use("192.0.2.2", 11);
  use("192.0.2.3", 5);
  limits->name_refused(client_key("192.0.2.2"), "api 192.0.2.2");
  credit(4);
  const std::string out = asked("show limit=2");
  const size_t first =
      out.find(" rule=api of=192.0.2.2 used=10 limit=10 percent=100 window_ms=3600000 algorithm=two-window");
  const size_t second = out.find(" rule=api used=5 limit=10 percent=50 ");
  CHECK(first != std::string::npos);
  CHECK(second != std::string::npos);
  CHECK(first < second);
  CHECK(out.find("used=3") == std::string::npos);
  STRCMP_CONTAINS(" rule=daily of=shop used=4 amount=10 remaining=6 ends=", out.c_str());
  STRCMP_CONTAINS("end rates=3 credits=1 shown=3\n", out.c_str());
  STRCMP_CONTAINS(" of=(hidden) used=10", asked("show", false).c_str());
  CHECK(g_limit_log.empty());
}

TEST(LimitAnswer, shows_one_rule_or_one_key) {
  use("192.0.2.1", 3);
  use("192.0.2.2", 4);
  credit(4);
  STRCMP_CONTAINS("end rates=2 credits=0 shown=2\n", asked("show rule=api").c_str());
  STRCMP_CONTAINS("end rates=0 credits=1 shown=1\n", asked("show rule=daily").c_str());
  STRCMP_CONTAINS("used=3 limit=10", asked("show rule=api key=192.0.2.1").c_str());
  STRCMP_CONTAINS("end rates=1 credits=0 shown=1\n", asked("show rule=api key=192.0.2.1").c_str());
  STRCMP_CONTAINS("end rates=0 credits=1 shown=1\n", asked("show rule=daily key=shop").c_str());
}

TEST(LimitAnswer, has_one_key_forgotten_and_says_who_asked) {
  use("192.0.2.1", 10);
  use("192.0.2.2", 10);
  STRCMP_EQUAL("end forgotten=1\n", asked("clear rule=api key=192.0.2.1").c_str());
  CHECK_TRUE(use("192.0.2.1"));
  CHECK_FALSE(use("192.0.2.2"));
  LONGS_EQUAL(1, g_limit_log.size());
  STRCMP_EQUAL("limit clear rule=api, one key by process 4711 of user 1000: 1 keys forgotten",
               g_limit_log[0].c_str() + g_limit_log[0].find("limit clear"));
}

TEST(LimitAnswer, has_a_credit_forgotten) {
  LONGS_EQUAL(0, credit(10).remaining);
  STRCMP_EQUAL("end forgotten=1\n", asked("clear rule=daily").c_str());
  LONGS_EQUAL(10, credit(0).remaining);
}

TEST(LimitAnswer, has_a_key_forgotten_by_the_id_that_is_shown) {
  use("192.0.2.1", 10);
  use("192.0.2.2", 10);
  const std::string out = asked("show rule=api key=192.0.2.2");
  const std::string id = out.substr(out.find("key_id=") + 7, 16);
  STRCMP_EQUAL("end forgotten=1\n", asked("clear key-id=" + id).c_str());
  CHECK_TRUE(use("192.0.2.2"));
  CHECK_FALSE(use("192.0.2.1"));
}

TEST(LimitAnswer, has_all_forgotten_only_when_that_is_said) {
  use("192.0.2.1", 10);
  credit(10);
  STRCMP_CONTAINS("error code=nothing_selected", asked("clear").c_str());
  STRCMP_CONTAINS("error code=bad_request", asked("clear rule=api all=yes").c_str());
  CHECK_FALSE(use("192.0.2.1"));
  STRCMP_EQUAL("end forgotten=2\n", asked("clear all=yes").c_str());
  CHECK_TRUE(use("192.0.2.1"));
}

TEST(LimitAnswer, says_what_a_key_is_made_of) {
  STRCMP_CONTAINS("code=unknown_rule", asked("clear rule=nobody").c_str());
  STRCMP_CONTAINS("code=unknown_key text=this%20rule%20has%20no%20rate%20and%20no%20credit",
                  asked("clear rule=none key=x").c_str());
  STRCMP_CONTAINS("text=a%20key%20of%20this%20rule%20is%20made%20of:%20rate%20client%20+%20header(",
                  asked("clear rule=two key=192.0.2.1").c_str());
  STRCMP_EQUAL("end forgotten=0\n", asked("clear rule=two key=192.0.2.1%20-").c_str());
  STRCMP_CONTAINS("code=bad_request", asked("show key=x").c_str());
  STRCMP_CONTAINS("code=bad_request", asked("show limit=1001").c_str());
  STRCMP_CONTAINS("code=bad_request", asked("show key-id=12").c_str());
}
