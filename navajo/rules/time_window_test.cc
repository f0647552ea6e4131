#include "navajo/rules/time_window.h"

#include <ctime>
#include <string>

#include "navajo/config/file_text.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using rules::TimeWindow;

namespace {

// 1 January 2026 was a Thursday.
constexpr int64_t kYear2026 = 1767225600, kHour = 3600, kDay = 24 * kHour;
constexpr int64_t kMonday = kYear2026 + 4 * kDay;        // 5 January 2026, UTC
constexpr int64_t kSpring = kYear2026 + 87 * kDay;       // 29 March 2026, a Sunday: 01:00 UTC clocks go to 03:00
constexpr int64_t kAutumn = kYear2026 + 297 * kDay;      // 25 October 2026, a Sunday: 01:00 UTC clocks go to 02:00

}  // namespace

TEST_GROUP(TimeWindow) {
  TimeWindow window(const char* text) {
    auto parsed = TimeWindow::parse(text);
    if (!parsed.ok()) FAIL((std::string(text) + ": " + parsed.error().text).c_str());
    return *parsed;
  }
  void refused(const char* text, const char* why) {
    const auto parsed = TimeWindow::parse(text);
    if (parsed.ok()) FAIL((std::string(text) + " has to be refused").c_str());
    STRCMP_CONTAINS(why, parsed.error().text.c_str());
  }
};

TEST(TimeWindow, begins_with_its_first_second_and_ends_before_its_last) {
  const TimeWindow hours = window("08:00-18:00");
  CHECK_FALSE(hours.contains(kMonday + 8 * kHour - 1));
  CHECK_TRUE(hours.contains(kMonday + 8 * kHour));
  CHECK_TRUE(hours.contains(kMonday + 18 * kHour - 1));
  CHECK_FALSE(hours.contains(kMonday + 18 * kHour));
  const TimeWindow all_day = window("00:00-24:00");
  CHECK_TRUE(all_day.contains(kMonday) && all_day.contains(kMonday + kDay - 1));
}

TEST(TimeWindow, is_only_on_its_days) {
  const TimeWindow work = window("Mon-Fri 08:00-18:00");
  for (int day = 0; day < 7; day++) CHECK_EQUAL(day < 5, work.contains(kMonday + day * kDay + 12 * kHour));
  const TimeWindow weekend = window("sat-SUN");
  for (int day = 0; day < 7; day++) CHECK_EQUAL(day >= 5, weekend.contains(kMonday + day * kDay));
  const TimeWindow around = window("Sat-Mon,Wed UTC");
  for (int day = 0; day < 7; day++)
    CHECK_EQUAL(day == 5 || day == 6 || day == 0 || day == 2, around.contains(kMonday + day * kDay + kHour));
}

TEST(TimeWindow, over_midnight_belongs_to_the_day_it_begins_on) {
  const TimeWindow night = window("Fri 22:00-06:00");
  const int64_t friday = kMonday + 4 * kDay;
  CHECK_FALSE(night.contains(friday + 5 * kHour));
  CHECK_TRUE(night.contains(friday + 22 * kHour));
  CHECK_TRUE(night.contains(friday + kDay + 6 * kHour - 1));
  CHECK_FALSE(night.contains(friday + kDay + 6 * kHour));
  CHECK_FALSE(night.contains(friday + kDay + 22 * kHour));
}

TEST(TimeWindow, zurich_is_one_hour_ahead_in_winter_and_two_in_summer) {
  const TimeWindow hours = window("08:00-18:00 Europe/Zurich");
  CHECK_FALSE(hours.contains(kMonday + 7 * kHour - 1));
  CHECK_TRUE(hours.contains(kMonday + 7 * kHour));
  const int64_t july = kYear2026 + 190 * kDay;
  CHECK_TRUE(hours.contains(july + 6 * kHour));
  CHECK_FALSE(hours.contains(july + 16 * kHour));
}

TEST(TimeWindow, the_hour_left_out_in_spring_is_in_no_window) {
  const TimeWindow hour = window("Sun 02:00-03:00 Europe/Zurich");
  for (int64_t at = kSpring - kDay / 2; at < kSpring + kDay / 2; at += 60) CHECK_FALSE(hour.contains(at));
  const TimeWindow before = window("Sun 01:00-02:00 Europe/Zurich"), after = window("Sun 03:00-04:00 Europe/Zurich");
  CHECK_TRUE(before.contains(kSpring + kHour - 1));
  CHECK_TRUE(after.contains(kSpring + kHour));
  // A day of 23 hours.
  const TimeWindow day = window("Sun Europe/Zurich");
  int64_t seconds = 0;
  for (int64_t at = kSpring - kDay; at < kSpring + kDay; at += 60) seconds += day.contains(at) ? 60 : 0;
  LONGS_EQUAL(23 * kHour, seconds);
}

TEST(TimeWindow, the_hour_that_comes_twice_in_autumn_counts_twice) {
  const TimeWindow hour = window("Sun 02:00-03:00 Europe/Zurich");
  int64_t seconds = 0;
  for (int64_t at = kAutumn - kDay; at < kAutumn + kDay; at += 60) seconds += hour.contains(at) ? 60 : 0;
  LONGS_EQUAL(2 * kHour, seconds);
  CHECK_TRUE(hour.contains(kAutumn));
  CHECK_TRUE(hour.contains(kAutumn + 2 * kHour - 1));
  CHECK_FALSE(hour.contains(kAutumn + 2 * kHour));
}

TEST(TimeWindow, clocks_change_in_years_to_come_and_in_years_past) {
  const TimeWindow hours = window("08:00-18:00 Europe/Zurich");
  const int64_t july_2090 = 3803414400, january_2090 = 3787171200;  // midnight UTC
  CHECK_TRUE(hours.contains(july_2090 + 6 * kHour));
  CHECK_FALSE(hours.contains(january_2090 + 6 * kHour));
  CHECK_TRUE(hours.contains(january_2090 + 7 * kHour));
  CHECK_TRUE(hours.contains(-kDay + 7 * kHour));  // 1969
}

TEST(TimeWindow, says_what_was_expected) {
  refused("", "expected days or hours");
  refused("Mo 08:00-18:00", "list of days");
  refused("08:00", "time of the day");
  refused("08:00-25:00", "time of the day");
  refused("24:00-08:00", "time of the day");
  refused("8:00-18:00", "time of the day");
  refused("08:00-08:00", "no time at all");
  refused("08:00-18:00 Europe/Zuerich", "not known here");
  refused("08:00-18:00 ../../../etc/passwd", "not the name of a time zone");
  refused("08:00-18:00 UTC Mon", "behind the time zone");
}

// The C library reads the same files.
TEST(TimeWindow, agrees_with_the_c_library_on_every_half_hour_of_some_years) {
  const auto zone = config::TimeZone::load("Europe/Zurich");
  CHECK_TRUE(zone.ok());
  setenv("TZ", "Europe/Zurich", 1);
  tzset();
  for (int64_t at = kYear2026 - 800 * kDay; at < kYear2026 + 4000 * kDay; at += kHour / 2) {
    const time_t seconds = at;
    tm local{};
    localtime_r(&seconds, &local);
    if (local.tm_gmtoff != zone->offset_at(at)) FAIL(std::to_string(at).c_str());
  }
  unsetenv("TZ");
  tzset();
}

TEST(TimeWindow, a_damaged_zone_file_is_refused) {
  const auto file = config::read_file_text("/usr/share/zoneinfo/Europe/Zurich", 1 << 20);
  CHECK_TRUE(file.ok());
  CHECK_TRUE(config::TimeZone::parse(*file).ok());
  for (size_t length = 0; length < 200; length++) CHECK_FALSE(config::TimeZone::parse(file->substr(0, length)).ok());
}
