#include "navajo/admin/answer.h"

#include <string>

#include "navajo/config/temporary_folder.h"
#include "navajo/limits/key.h"
#include "navajo/limits/shared_limits.h"
#include "navajo/shm/segment.h"

#include "CppUTest/TestHarness.h"

#include "CppUTest/MemoryLeakWarningPlugin.h"

using namespace navajo;
using namespace navajo::admin;

namespace {

// Reloads as it is told to.
class FakeRules final : public rules::RuleStore {
 public:
  explicit FakeRules(const char* name) { options_.name = name; }
  std::shared_ptr<const rules::RuleGeneration> current() const override { return nullptr; }
  void start_child() override {}
  void stop_child() override {}
  base::Result<uint32_t> reload(config::Diagnostics& diagnostics) override {
    if (faults == 0) return ++number;
    for (int i = 0; i < faults; i++)
      diagnostics.fault({"/etc/rules.xml", 10 + i, 3}, observe::id::config_bad_value, "fault number " +
                                                                                           std::to_string(i));
    return base::Failed{base::Error{"the rules have faults: generation 1 stays at work"}};
  }
  const rules::RuleStoreOptions& options() const override { return options_; }
  void report(api::StatusWriter&) const override {}

  int faults = 0;
  uint32_t number = 1;

 private:
  rules::RuleStoreOptions options_;
};

}  // namespace

TEST_GROUP(RulesAnswer) {
  std::shared_ptr<FakeRules> first = std::make_shared<FakeRules>("site"), second = std::make_shared<FakeRules>("api");

  std::string asked(const std::string& request) {
    const auto answering = answer("navajo/1 " + request, {}, {4711, 1000}, {first, second});
    std::string out;
    while (answering->more(out)) {
    }
    return out;
  }
};

TEST(RulesAnswer, reloads_all_or_the_one_that_is_named) {
  STRCMP_EQUAL("{\"type\":\"reloaded\",\"name\":\"site\",\"generation\":2}\n"
               "{\"type\":\"reloaded\",\"name\":\"api\",\"generation\":2}\n"
               "{\"type\":\"end\",\"reloaded\":2}\n",
               asked("rules reload").c_str());
  STRCMP_EQUAL("{\"type\":\"reloaded\",\"name\":\"api\",\"generation\":3}\n{\"type\":\"end\",\"reloaded\":1}\n",
               asked("rules reload rules=api").c_str());
}

TEST(RulesAnswer, says_every_fault_with_its_place) {
  first->faults = 2;
  STRCMP_EQUAL("fault file=/etc/rules.xml line=10 column=3 text=fault%20number%200\n"
               "fault file=/etc/rules.xml line=11 column=3 text=fault%20number%201\n"
               "refused name=site text=the%20rules%20have%20faults:%20generation%201%20stays%20at%20work\n"
               "reloaded name=api generation=2\n"
               "error code=rules_refused text=the%20rules%20of%20before%20stay%20at%20work\n",
               asked("rules reload format=fields").c_str());
}

TEST(RulesAnswer, knows_no_rules_of_another_name) {
  STRCMP_CONTAINS("\"code\":\"unknown_rules\"", asked("rules reload rules=nobody").c_str());
  STRCMP_CONTAINS("\"code\":\"bad_request\"", asked("rules show user=anna").c_str());
}

TEST(RulesAnswer, shows_every_rule_with_what_it_did) {
  // Tables of the rule language are made when they are first needed, and stay.
  MemoryLeakWarningPlugin::turnOffNewDeleteOverloads();
  {
    const config::TemporaryFolder folder;
    rules::RuleStoreOptions options;
    options.name = "shown";
    options.file = folder.write("rules.xml", "<rules>\n<rule id='a' when='path(/a)'><block status='403'/></rule>\n"
                                             "<rule id='b' shadow='true' when='always'><block/></rule>\n</rules>");
    config::Diagnostics diagnostics;
    const auto store = rules::RuleStore::open(options, diagnostics);
    if (!store) FAIL(diagnostics.faults()[0].line().c_str());
    store->current()->counters(0).hits.store(3);
    store->current()->counters(0).timed.store(2);
    store->current()->counters(0).nanoseconds.store(500);
    const auto answering = answer("navajo/1 rules show format=fields", {}, {4711, 1000}, {store});
    std::string out;
    while (answering->more(out)) {
    }
    STRCMP_EQUAL(("rules name=shown file=" + options.file + " generation=1 rules=2 sets=1\n"
                  "rule rules=shown id=a set=default place=rules.xml:2 mode=on hits=3 refused=0 would_have=0 gave_up=0 "
                  "mean_ns=250\n"
                  "rule rules=shown id=b set=default place=rules.xml:3 mode=shadow hits=0 refused=0 would_have=0 "
                  "gave_up=0\n"
                  "end rules=2 credits=0\n").c_str(),
                 out.c_str());

    const auto limits = limits::SharedLimits::open_segment({.name = "shown", .memory = 1 << 20});
    if (!limits.ok()) FAIL("no limits");
    (*limits)->put_to_work();
    const auto take = [&](std::string_view label) {
      const limits::Key key = limits::KeyBuilder((*limits)->secret()).part(label).finish();
      (void)(*limits)->credit(key, {.amount = 10}, 1767614400, 4, label);  // noon
    };
    take("a 192.0.2.1");
    take("gone 192.0.2.1");
    const auto credits = answer("navajo/1 rules show", {}, {4711, 1000}, {store}, {}, limits->get());
    for (out.clear(); credits->more(out);) {
    }
    STRCMP_CONTAINS("{\"type\":\"credit\",\"rules\":\"shown\",\"rule\":\"a\",\"of\":\"192.0.2.1\",\"amount\":10,"
                    "\"remaining\":6,\"ends\":1767657600}\n{\"type\":\"end\",\"rules\":2,\"credits\":1}\n",
                    out.c_str());
    CHECK(out.find("gone") == std::string::npos);
  }
  limits::Limits::close_unused();
  shm::Segment::close_unwanted("navajo-rules:", [](std::string_view) { return false; });
  MemoryLeakWarningPlugin::turnOnThreadSafeNewDeleteOverloads();
}
