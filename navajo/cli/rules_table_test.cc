#include "navajo/cli/rules_table.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::cli;

TEST_GROUP(RulesTable) {
  static void add(RulesTable& table, const char* text) {
    const auto line = admin::parse_line(text);
    CHECK(line.ok());
    table.add(*line);
  }
  static void fill(RulesTable& table) {
    add(table, "rules name=site file=/etc/rules.xml generation=3 rules=2 sets=1");
    add(table, "rule rules=site id=bots set=default place=rules.xml:4 mode=on hits=12 refused=12 would_have=0 "
               "gave_up=0 mean_ns=140 last_hit=940");
    add(table, "rule rules=site id=a-longer-name set=default place=rules.xml:9 mode=shadow hits=0 other_arm=7 "
               "refused=0 would_have=3 gave_up=0");
  }
};

TEST(RulesTable, has_a_line_for_each_rule_below_its_generation) {
  RulesTable table({}, 1000);
  fill(table);
  STRCMP_EQUAL(
      "rules site, generation 3, 2 rules in 1 sets, /etc/rules.xml\n"
      "ID             SET      PLACE        MODE    HITS  OTHER-ARM  REFUSED  WOULD-HAVE  GAVE-UP  MEAN-NS  LAST-HIT\n"
      "bots           default  rules.xml:4  on      12    -          12       0           0        140      1m ago\n"
      "a-longer-name  default  rules.xml:9  shadow  0     7          0        3           0        -        -\n",
      table.text().c_str());
}

TEST(RulesTable, has_what_is_left_of_credits_below_the_rules) {
  RulesTable table({"bots"}, 1000);
  fill(table);
  add(table, "credit rules=site rule=bots of=192.0.2.1 amount=100 remaining=40 ends=4600");
  add(table, "credit rules=site rule=a-longer-name of= amount=1 remaining=0 ends=900");
  STRCMP_CONTAINS("CREDIT-OF  KEY        AMOUNT  REMAINING  ENDS-IN\n"
                  "bots       192.0.2.1  100     40         1h\n",
                  table.text().c_str());
  CHECK(table.text().find("a-longer-name") == std::string::npos);
}

TEST(RulesTable, has_only_the_rules_that_were_asked_for_and_tells_which_are_missing) {
  RulesTable table({"bots", "nobody"}, 1000);
  fill(table);
  CHECK(table.text().find("a-longer-name") == std::string::npos);
  LONGS_EQUAL(1, table.missing().size());
  STRCMP_EQUAL("nobody", table.missing().begin()->c_str());
}
