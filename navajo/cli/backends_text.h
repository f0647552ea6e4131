// Backends for a terminal (a table that leaves out what all of them lack), as JSON (an object in each line), and out of
// CSV. Values only.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/config/diagnostics.h"
#include "navajo/route/backend_row.h"

namespace navajo::cli {

// What a running server says of a backend, by its id: names and values in their order.
using LiveBackends = std::map<std::string, std::vector<std::pair<std::string, std::string>>, std::less<>>;

std::string backends_table(std::span<const route::BackendRow> rows, const LiveBackends& live);
// {"type":"backend","id":"web",...}, with the names of the table's columns.
std::string backend_json(const route::BackendRow& row, const LiveBackends& live);
std::string end_json(size_t backends);

// A header line with columns of routing.db in any order, then a line for each backend; RFC 4180. Every fault of the
// text is told, with its line in `file`.
std::vector<route::BackendRow> read_backends_csv(std::string_view text, const std::string& file,
                                                 config::Diagnostics& diagnostics);

}  // namespace navajo::cli
