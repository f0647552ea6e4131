// Hours of the week: "Mon-Fri 08:00-18:00 Europe/Zurich". Days and zone may be left out (every day, UTC), and so may
// the hours when there are days. The end is not part of it; one that lies before the beginning is the next day's, and
// the days are those it begins on. Local clock time counts: where clocks are put forward the hour that is left out is
// in no window, where they are put back it is there twice. Made while rules are read; contains() is called by any
// thread and takes no memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "navajo/base/result.h"
#include "navajo/config/time_zone.h"

namespace navajo::rules {

class TimeWindow {
 public:
  // The error says what was expected, without a place. The zone has to be in the system's database.
  static base::Result<TimeWindow> parse(std::string_view text);
  bool contains(int64_t wall_seconds) const;

 private:
  uint8_t days_ = 0x7f;            // bit 0 is Monday
  int from_ = 0, until_ = 24 * 60;  // minutes of the day
  std::shared_ptr<const config::TimeZone> zone_;
};

}  // namespace navajo::rules
