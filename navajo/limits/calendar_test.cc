#include "navajo/limits/calendar.h"

#include <chrono>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::limits;
using navajo::config::TimeZone;

namespace {

int64_t utc(int year, int month, int day, int hour = 0, int minute = 0) {
  const auto days = std::chrono::sys_days(std::chrono::year(year) / month / day).time_since_epoch().count();
  return days * 86400 + hour * 3600 + minute * 60;
}

void append(std::string& out, uint64_t value, int width) {
  for (int i = width - 1; i >= 0; i--) out += static_cast<char>(value >> (8 * i));
}

// A zone file without changes, only with a rule.
std::string zone_file(const std::string& rule) {
  std::string out;
  for (int part = 0; part < 2; part++) {
    out += "TZif2" + std::string(15, '\0');
    for (const uint64_t count : {0, 0, 0, 0, 1, 4}) append(out, count, 4);
    append(out, 0, 4);
    out += std::string(2, '\0');
    out += std::string("LMT\0", 4);
  }
  return out + "\n" + rule + "\n";
}

}  // namespace

// Read before the first test: a zone stays, which a test would call a leak.
static const Window g_first = window_at(CreditSpec{.zone = "Europe/Zurich"}, 0);

TEST_GROUP(Calendar){TimeZone zone(const std::string& rule){auto parsed = TimeZone::parse(zone_file(rule));
CHECK_TRUE(parsed.ok());
return *parsed;
}
void windows_touch(const TimeZone& in, const CreditSpec& spec, int64_t from, int64_t to) {
  Window last = window_at(in, spec, from);
  while (last.end < to) {
    const Window next = window_at(in, spec, last.end);
    LONGS_EQUAL(last.end, next.begin);
    CHECK_TRUE(window_at(in, spec, last.end - 1) == last);
    CHECK_TRUE(next.end > next.begin);
    last = next;
  }
}
}
;

TEST(Calendar, a_day_in_utc) {
  const CreditSpec spec{.minute = 150};
  const Window window = window_at(spec, utc(2026, 5, 3, 2, 29));
  CHECK_TRUE((window == Window{utc(2026, 5, 2, 2, 30), utc(2026, 5, 3, 2, 30)}));
  CHECK_TRUE((window_at(spec, utc(2026, 5, 3, 2, 30)) == Window{utc(2026, 5, 3, 2, 30), utc(2026, 5, 4, 2, 30)}));
}

TEST(Calendar, a_week_begins_on_its_day) {
  const CreditSpec monday{.period = CreditPeriod::weekly, .day = 1};
  CHECK_TRUE((window_at(monday, utc(2026, 5, 3, 23, 59)) == Window{utc(2026, 4, 27), utc(2026, 5, 4)}));
  const CreditSpec sunday{.period = CreditPeriod::weekly, .day = 7, .minute = 60};
  CHECK_TRUE((window_at(sunday, utc(2026, 5, 3, 0, 59)) == Window{utc(2026, 4, 26, 1), utc(2026, 5, 3, 1)}));
  CHECK_TRUE((window_at(sunday, utc(2026, 5, 3, 1, 0)) == Window{utc(2026, 5, 3, 1), utc(2026, 5, 10, 1)}));
}

TEST(Calendar, a_month_begins_on_its_day) {
  const CreditSpec spec{.period = CreditPeriod::monthly, .day = 15, .minute = 1};
  CHECK_TRUE((window_at(spec, utc(2026, 1, 15, 0, 0)) == Window{utc(2025, 12, 15, 0, 1), utc(2026, 1, 15, 0, 1)}));
  CHECK_TRUE((window_at(spec, utc(2026, 12, 31)) == Window{utc(2026, 12, 15, 0, 1), utc(2027, 1, 15, 0, 1)}));
}

TEST(Calendar, days_have_23_or_25_hours_where_clocks_change) {
  const TimeZone zurich = zone("CET-1CEST,M3.5.0,M10.5.0/3");
  const CreditSpec midnight{};
  const Window spring = window_at(zurich, midnight, utc(2026, 3, 29, 12));
  CHECK_TRUE((spring == Window{utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)}));
  const Window autumn = window_at(zurich, midnight, utc(2026, 10, 25, 12));
  CHECK_TRUE((autumn == Window{utc(2026, 10, 24, 22), utc(2026, 10, 25, 23)}));
  windows_touch(zurich, midnight, utc(2026, 1, 1), utc(2027, 2, 1));
}

TEST(Calendar, a_minute_that_is_skipped_is_the_moment_of_the_skip_and_one_that_comes_twice_the_first) {
  const TimeZone zurich = zone("CET-1CEST,M3.5.0,M10.5.0/3");
  const CreditSpec half_past_two{.minute = 150};
  LONGS_EQUAL(utc(2026, 3, 29, 1, 0), window_at(zurich, half_past_two, utc(2026, 3, 29, 12)).begin);
  LONGS_EQUAL(utc(2026, 10, 25, 0, 30), window_at(zurich, half_past_two, utc(2026, 10, 25, 12)).begin);
  windows_touch(zurich, half_past_two, utc(2026, 1, 1), utc(2027, 2, 1));
}

TEST(Calendar, the_south_and_odd_rules) {
  const TimeZone lord_howe = zone("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");
  LONGS_EQUAL(39600, lord_howe.offset_at(utc(2026, 1, 1)));
  LONGS_EQUAL(37800, lord_howe.offset_at(utc(2026, 7, 1)));
  windows_touch(lord_howe, {.minute = 120}, utc(2026, 1, 1), utc(2027, 1, 1));
  const TimeZone julian = zone("XXX3YYY,J60/0,300/2:30");
  LONGS_EQUAL(-10800, julian.offset_at(utc(2028, 3, 1, 2, 59)));
  LONGS_EQUAL(-7200, julian.offset_at(utc(2028, 3, 1, 3, 0)));
  const TimeZone always = zone("EST5");
  LONGS_EQUAL(-18000, always.offset_at(utc(2026, 7, 1)));
}

TEST(Calendar, the_systems_files_are_read) {
  auto zurich = TimeZone::load("Europe/Zurich");
  if (!zurich.ok()) return;  // no tzdata here
  LONGS_EQUAL(-3600, g_first.begin);
  LONGS_EQUAL(3600, zurich->offset_at(utc(1990, 1, 1)));
  LONGS_EQUAL(7200, zurich->offset_at(utc(2005, 7, 1)));
  LONGS_EQUAL(7200, zurich->offset_at(utc(2060, 7, 1)));
  const CreditSpec spec{.zone = "Europe/Zurich"};
  CHECK_TRUE((window_at(spec, utc(2026, 7, 1, 12)) == Window{utc(2026, 6, 30, 22), utc(2026, 7, 1, 22)}));
  // The kept one.
  CHECK_TRUE((window_at(spec, utc(2026, 7, 1, 13)) == Window{utc(2026, 6, 30, 22), utc(2026, 7, 1, 22)}));
}

TEST(Calendar, what_is_no_zone_is_refused) {
  CHECK_FALSE(check_zone("Europe/Nowhere").ok());
  CHECK_FALSE(check_zone("../../etc/passwd").ok());
  CHECK_FALSE(check_zone("/etc/localtime").ok());
  CHECK_FALSE(check_zone("").ok());
  CHECK_TRUE(check_zone("UTC").ok());
  CHECK_FALSE(TimeZone::parse("").ok());
  CHECK_FALSE(TimeZone::parse(zone_file("rubbish")).ok());
  const std::string whole = zone_file("CET-1CEST,M3.5.0,M10.5.0/3");
  for (size_t i = 0; i < whole.size(); i++) (void)TimeZone::parse(std::string_view(whole).substr(0, i)).ok();
}
