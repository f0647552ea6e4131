// Windows of credits: which one a moment is in, by the clocks of the spec's zone. A window begins when those clocks
// show the spec's minute of the day: a day of 23 or 25 hours makes one window that is shorter or longer. Where
// clocks skip that minute the window begins with the skip, where they show it twice, with the first.
//
// Each process keeps the window of the last moments per spec, so that a decision computes nothing and takes no memory;
// a zone is read from its file when it is first asked for, and kept. Any thread. After a fork the child goes on with
// what its parent had read.
#pragma once

#include <cstdint>

#include "navajo/config/time_zone.h"
#include "navajo/limits/limits.h"

namespace navajo::limits {

struct Window {
  int64_t begin = 0, end = 0;  // seconds since 1970, [begin, end)
  bool operator==(const Window&) const = default;
};

// Computed.
Window window_at(const config::TimeZone& zone, const CreditSpec& spec, int64_t wall_seconds);

// Kept. A zone that this machine does not know counts as UTC: whoever reads a configuration has asked check_zone().
Window window_at(const CreditSpec& spec, int64_t wall_seconds);

base::Status<> check_zone(const char* zone);

}  // namespace navajo::limits
