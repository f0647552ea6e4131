// The status numbers as JSON and as text: the same for the status page and `navajo status`.
#pragma once

#include <string>

#include "navajo/observe/json_writer.h"
#include "navajo/observe/status_segment.h"

namespace navajo::observe {

// The members "server", "total" and "children" of an object the caller has begun.
void write_status(JsonWriter& json, const StatusNumbers& numbers, int64_t now);

// For a terminal: a head with whatever else the caller has to tell (whole lines), then one line per number, total
// first, one column per child.
std::string status_text(const StatusNumbers& numbers, int64_t now, const std::string& more = "");

// "taken", "kept", "rolled_back"
const char* word(ConfigurationState state);

// "2 d 3 h", "4 m 5 s"
std::string duration_text(int64_t seconds);

}  // namespace navajo::observe
