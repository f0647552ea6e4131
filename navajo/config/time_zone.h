// A zone of the system's zone database (IANA names; files as RFC 8536 has them), so that local time needs neither the
// process's own TZ nor a lock. Loaded while configuration is read; offset_at() is called by any thread and takes no
// memory. Changes after the last one in the file follow its footer's rule, up to the year 2200.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"

namespace navajo::config {

class TimeZone {
 public:
  // "UTC" needs no file. The error says what is wrong, without a place.
  static base::Result<TimeZone> load(std::string_view name);
  // From the content of a file.
  static base::Result<TimeZone> parse(std::string_view file);

  // Seconds that local time is ahead of UTC at that point, in seconds since 1970.
  int32_t offset_at(int64_t wall_seconds) const;
  // The first moment at which its clocks show `local` (seconds since 1970 as if it were UTC) or, where they skip it,
  // the moment of the skip.
  int64_t first_utc_of(int64_t local) const;

 private:
  struct Change {
    int64_t at = 0;
    int32_t offset = 0;
  };
  int32_t first_offset_ = 0;
  std::vector<Change> changes_;  // ascending
};

}  // namespace navajo::config
