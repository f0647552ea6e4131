#include "navajo/admin/answer.h"

#include <string>

#include "CppUTest/TestHarness.h"

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
