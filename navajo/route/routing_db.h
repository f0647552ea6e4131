// routing.db: the table `backends` of an SQLite file (edgeProxy's own loads as it is), read as a whole and judged as a
// whole. Any thread; a file of its own for each call.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/config/diagnostics.h"
#include "navajo/route/backend_row.h"
#include "navajo/route/sqlite_file.h"

namespace navajo::route {

enum class DbRead : uint8_t {
  good,
  faulty,  // diagnostics has them all
  busy,    // locked by another program: the same again later
};

// The rows in use at `now` (Unix seconds), in the order of their ids: without those that are deleted or have expired.
// Faults have the file as their place, and name row and column.
DbRead read_backends(SqliteFile& file, const std::string& path, int64_t now, std::vector<BackendRow>& rows,
                     config::Diagnostics& diagnostics);
// Opens and closes the file.
DbRead read_backends(const std::string& path, std::chrono::milliseconds patience, int64_t now,
                     std::vector<BackendRow>& rows, config::Diagnostics& diagnostics);

// A file that is open to be changed. Every call is a transaction of its own, and leaves a table that read_backends()
// takes, or the one that was there; it waits for other writers, so never on a reactor.
class RoutingDb {
 public:
  enum class Missing : uint8_t { fault, create };
  static base::Result<RoutingDb> open(const std::string& path, Missing missing);

  using Change = std::pair<std::string, std::string>;  // column and text

  // What is in use, and what has expired too.
  base::Result<std::vector<BackendRow>> rows();
  // Puts a row that is not there yet, or has been deleted or expired.
  base::Status<> add(const BackendRow& row);
  // Adds it or writes over it.
  base::Status<> put(const BackendRow& row);
  // The row as it is then.
  base::Result<BackendRow> change(const std::string& id, std::span<const Change> changes);
  base::Status<> remove(const std::string& id);
  // Puts them all; only: and removes all others. How many were there before.
  enum class Others : uint8_t { keep, remove };
  base::Result<size_t> import(std::span<const BackendRow> rows, Others others);

  // Of registered backends (expires is not 0) alone; false: there is none of that id, or it has expired.
  base::Result<bool> prolong(const std::string& id, int64_t now, int64_t expires);
  base::Result<bool> remove_registered(const std::string& id);
  // Puts a registered row and removes all that have expired; no: an administrator's row has that id, or there are
  // `most` registered ones already.
  enum class Registered : uint8_t { yes, not_registered, too_many };
  base::Result<Registered> register_row(const BackendRow& row, int64_t now, size_t most);

 private:
  explicit RoutingDb(SqliteFile file) : file_(std::move(file)) {}
  base::Status<> prepare_schema();
  base::Status<> write(const BackendRow& row);
  base::Result<std::optional<BackendRow>> find(const std::string& id);
  base::Status<> check_size();

  SqliteFile file_;
};

}  // namespace navajo::route
