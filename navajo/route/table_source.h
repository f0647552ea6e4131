// Tables of backends as a Routing has them. Made in the parent while the configuration is read. In each child one
// thread looks at the file (SQLite's data_version on a connection it keeps, and the file's own stamps, so that a file
// put in its place is seen too) and drops what has expired; a second one, where hosts are names, asks for them.
// Whatever changes is put to work as a whole: a new table, taken without a lock. A file with faults changes nothing
// and is told once (NVJ2000). Rows that differ in `expires` alone make no new table.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "navajo/config/diagnostics.h"
#include "navajo/route/backend_table.h"

namespace navajo::route {

struct DatabaseOptions {
  std::string name;  // of the Routing, for log lines
  std::string file;  // absolute
  std::chrono::milliseconds poll{500};
};

// Faults (at `where`, or in the file) go to diagnostics; null then.
std::shared_ptr<TableSource> watch_database(const DatabaseOptions& options, const config::Position& where,
                                            config::Diagnostics& diagnostics);

// Rows of the configuration itself; of at most kMaxBackends, with ids of their own. name: for log lines.
std::shared_ptr<TableSource> fixed_table(std::vector<BackendRow> rows, const std::string& name = {});

}  // namespace navajo::route
