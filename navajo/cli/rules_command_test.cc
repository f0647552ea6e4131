#include <cstdio>
#include <string>
#include <vector>

#include "navajo/cli/commands.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/rules/lint.h"
#include "navajo/rules/vocabulary.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::cli;

namespace {
// Tables that are made when they are first asked for are no leaks of a test.
[[maybe_unused]] const size_t kTables = command_table().size() + rules::lint_kinds().size() +
                                        (rules::row_below(rules::root_row(), "rule") ? 1 : 0);
}  // namespace

TEST_GROUP(RulesCommand) {
  config::TemporaryFolder folder;
  FILE* out = nullptr;
  FILE* err = nullptr;
  void setup() override {
    out = stdout;
    err = stderr;
    stdout = fopen(folder.file("out").c_str(), "w");
    stderr = fopen(folder.file("err").c_str(), "w");
  }
  void teardown() override {
    fclose(stdout);
    fclose(stderr);
    stdout = out;
    stderr = err;
  }
  int run(std::vector<std::string> words) { return navajo_main(words); }
  bool said(const char* text) {
    fflush(stdout);
    fflush(stderr);
    for (const char* name : {"out", "err"}) {
      std::ifstream file(folder.file(name));
      const std::string all((std::istreambuf_iterator<char>(file)), {});
      if (all.find(text) != std::string::npos) return true;
    }
    return false;
  }
  std::string rules(const char* inside) {
    return folder.write("rules.xml", std::string("<rules>") + inside + "</rules>");
  }
};

TEST(RulesCommand, check_tells_all_faults) {
  LONGS_EQUAL(kOk, run({"rules", "check", rules("<rule id='a' when='user()'><block/></rule>")}));
  CHECK_TRUE(said("no faults (1 rule in 1 set)"));
  LONGS_EQUAL(kFaults, run({"rules", "check", rules("<rule id='a' when='usr()'/><rule/>")}));
  CHECK_TRUE(said("rules.xml:1:27: NVJ1306"));
  CHECK_TRUE(said("3 faults"));
  LONGS_EQUAL(kFaults, run({"rules", "check", folder.file("none.xml")}));
}

TEST(RulesCommand, lint_fails_with_warnings_and_strictly_with_hints) {
  const std::string hint = rules("<list name='l'>x</list><rule id='a' when='user()'><block/></rule>");
  LONGS_EQUAL(kOk, run({"rules", "lint", hint}));
  LONGS_EQUAL(kFaults, run({"rules", "lint", hint, "--strict"}));
  CHECK_TRUE(said("hint: the list 'l' is compared with nothing [unused]"));
  LONGS_EQUAL(kFaults, run({"rules", "lint", rules("<rule id='a' when='always'/><rule id='b' when='user()'/>")}));
  CHECK_TRUE(said("[unreachable]"));
}

TEST(RulesCommand, test_compares_with_what_is_expected) {
  const std::string file = rules("<rule id='a' when='path(/a)'><block status='410'/></rule>");
  const std::string good = folder.write("good.xml", "<samples><request url='http://h/a'><expect rule='a' status='410'/>"
                                                    "</request></samples>");
  const std::string bad = folder.write("bad.xml", "<samples><request url='http://h/b'><expect rule='a'/></request>"
                                                  "</samples>");
  LONGS_EQUAL(kOk, run({"rules", "test", file, good, "--verbose"}));
  CHECK_TRUE(said("GET /a: what acted: a; answer 410"));
  LONGS_EQUAL(kFaults, run({"rules", "test", file, bad}));
  CHECK_TRUE(said("bad.xml:1: rule 'a' did not act; no rule acted"));
  LONGS_EQUAL(kFaults, run({"rules", "test", file, folder.file("none.xml")}));
}

TEST(RulesCommand, wrong_usage_is_exit_code_2) {
  LONGS_EQUAL(kUsage, run({"rules", "check"}));
  LONGS_EQUAL(kUsage, run({"rules", "lint"}));
  LONGS_EQUAL(kUsage, run({"rules", "test"}));
  LONGS_EQUAL(kUsage, run({"rules", "test", "only-samples.xml"}));
  LONGS_EQUAL(kUsage, run({"rules", "check", "x.xml", "--config", "y.xml"}));
}
