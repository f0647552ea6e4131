// Local time of an IANA zone, read from the system's zone files (TZif, RFC 9636), since the C library knows only one
// zone per process and libstdc++ 12 none. Both parts are used: the list of changes, and the rule behind its end
// ("CET-1CEST,M3.5.0,M10.5.0/3"), which holds from there on. Immutable after load(); any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"

namespace navajo::limits {

class TimeZone {
 public:
  // "UTC", "Europe/Zurich". Reads a file; not on a hot path.
  static base::Result<TimeZone> load(const std::string& name);
  // Of a file's content.
  static base::Result<TimeZone> parse(std::string_view content);

  // Seconds east of UTC at that time (since 1970).
  int32_t offset_at(int64_t utc) const;
  // The first moment at which its clocks show `local` (seconds since 1970 as if it were UTC) or, where they skip it,
  // the moment of the skip.
  int64_t first_utc_of(int64_t local) const;

 private:
  // When daylight saving begins or ends, in a year.
  struct Change {
    enum class Form : uint8_t { julian, day, month } form = Form::month;
    int month = 0, week = 0, day = 0;
    int64_t time = 7200;  // of the day, local before the change
  };
  struct Rule {
    int32_t standard = 0, daylight = 0;
    bool has_daylight = false;
    Change begin, end;
  };
  static std::optional<Rule> parse_rule(std::string_view text);
  static int64_t moment(const Change& change, int64_t year);
  int32_t offset_by_rule(int64_t utc) const;

  std::vector<int64_t> changes_;  // utc, ascending
  std::vector<int32_t> offsets_;  // from changes_[i] on
  int32_t first_offset_ = 0;      // before all changes
  std::optional<Rule> rule_;      // after all changes
};

// Days since 1970 of a date of the Gregorian calendar, and back.
int64_t days_of(int64_t year, int month, int day);
struct Date {
  int64_t year;
  int month, day;
};
Date date_of(int64_t days);

}  // namespace navajo::limits
