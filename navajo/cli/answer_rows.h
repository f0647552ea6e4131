// Lines of the admin socket as rows of a table for a terminal. Values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "navajo/admin/line.h"

namespace navajo::cli {

// What may be printed of a field; `otherwise` where it is not there or empty.
std::string shown_field(const admin::Line& line, const char* name, const char* otherwise = "-");
uint64_t number_field(const admin::Line& line, const char* name);  // 0: not there

using TextRows = std::vector<std::vector<std::string>>;
// A line for each row, columns two blanks apart.
std::string aligned_rows(const TextRows& rows);

}  // namespace navajo::cli
