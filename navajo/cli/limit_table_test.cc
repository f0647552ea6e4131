#include "navajo/cli/limit_table.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using cli::LimitTable;

TEST_GROUP(LimitTable) {
  LimitTable table{1000000};
  void add(std::string_view text) {
    const auto line = admin::parse_line(text);
    CHECK(line.ok());
    table.add(*line);
  }
};

TEST(LimitTable, has_counters_rates_and_credits) {
  add("counters decisions=12 rate_refused=3 credit_refused=0 at_work_refused=0 delayed=1 evictions=0");
  add("rate key_id=8000000000000001 rule=api of=192.0.2.1 used=10 limit=10 percent=100 window_ms=60000");
  add("rate key_id=shared used=1 limit=10 percent=10 window_ms=500");
  add("credit key_id=8000000000000002 rule=daily of=anna used=4 amount=10 remaining=6 ends=1003600");
  add("end rates=9 credits=1 shown=3");
  STRCMP_EQUAL(
      "          12  decisions on rates and credits\n"
      "           3  refused: a rate was exceeded\n"
      "           0  refused: a credit was used up\n"
      "           0  refused: too many at work or waiting (QosFilter)\n"
      "           1  delayed: a soft limit was exceeded\n"
      "           0  keys of rates that gave way to others\n"
      "\n"
      "RATE-KEY-ID       RULE  KEY        USED  LIMIT  PERCENT  WINDOW\n"
      "8000000000000001  api   192.0.2.1  10    10     100      1m\n"
      "shared            -     -          1     10     10       500 ms\n"
      "\n"
      "CREDIT-KEY-ID     RULE   KEY   USED  AMOUNT  REMAINING  ENDS-IN\n"
      "8000000000000002  daily  anna  4     10      6          1h\n"
      "\n"
      "9 keys of rates and 1 of credits are in use, the 3 nearest to their limit are shown\n",
      table.text().c_str());
}

TEST(LimitTable, says_that_there_is_nothing) {
  add("end rates=0 credits=0 shown=0");
  STRCMP_EQUAL("\n0 keys of rates and 0 of credits are in use\n", table.text().c_str());
}
