// What a trial of the configuration (`httpd -t`) found first, out of all that it said: for a place that has room for
// one. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace navajo::config {

// The first line with a fault of ours; where there is none the first line at all, and the one it announces.
std::string first_fault(std::string_view said);

}  // namespace navajo::config
