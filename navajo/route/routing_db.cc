// Reading.
#include "navajo/route/routing_db.h"

#include <algorithm>
#include <set>

#include "navajo/config/text.h"
#include "navajo/route/backend_columns.h"
#include "navajo/route/backend_table.h"

namespace navajo::route {
namespace {

// Deleted and expired ones count as well.
constexpr size_t kMostRowsRead = 64 * 1024;
constexpr observe::LogId kId = observe::id::routing_refused;

std::string quoted(std::string_view name) { return '"' + std::string(name) + '"'; }

struct Schema {
  std::set<std::string, std::less<>> columns;
  bool has(std::string_view name) const { return columns.contains(name); }
};

class Reading {
 public:
  Reading(SqliteFile& file, const std::string& path, int64_t now, std::vector<BackendRow>& rows,
          config::Diagnostics& diagnostics)
      : file_(file), where_{path, 0, 0}, now_(now), rows_(rows), diagnostics_(diagnostics) {}

  DbRead read() {
    const size_t before = diagnostics_.count();
    Schema schema;
    if (const DbRead found = read_schema(schema); found != DbRead::good) return found;
    std::vector<const BackendColumn*> columns;
    std::string sql = "SELECT ";
    for (const BackendColumn& column : backend_columns()) {
      if (!schema.has(column.name)) continue;
      columns.push_back(&column);
      sql += quoted(column.name) + ", ";
    }
    sql.resize(sql.size() - 2);
    sql += " FROM backends";
    if (schema.has("deleted")) sql += " WHERE deleted IS NULL OR deleted = 0";
    auto statement = file_.prepare(sql + " ORDER BY id LIMIT " + std::to_string(kMostRowsRead));
    if (!statement.ok()) return failed(statement.error());
    for (size_t number = 1;; number++) {
      const auto row = statement->step();
      if (!row.ok()) return failed(row.error());
      if (!*row) break;
      take_row(*statement, columns, number);
    }
    if (rows_.size() > kMaxBackends)
      fault("has " + std::to_string(rows_.size()) + " backends; " + std::to_string(kMaxBackends) + " are the limit");
    return diagnostics_.count() == before ? DbRead::good : DbRead::faulty;
  }

  DbRead failed(const SqliteError& error) {
    if (error.kind == SqliteError::Kind::busy) return DbRead::busy;
    fault(error.kind == SqliteError::Kind::unusable ? "is no SQLite file, or damaged: " + error.text
                                                    : "cannot be read: " + error.text);
    return DbRead::faulty;
  }

 private:
  void fault(std::string text) { diagnostics_.fault(where_, kId, std::move(text)); }

  DbRead read_schema(Schema& schema) {
    auto columns = file_.prepare("SELECT name FROM pragma_table_info('backends')");
    if (!columns.ok()) return failed(columns.error());
    for (;;) {
      const auto row = columns->step();
      if (!row.ok()) return failed(row.error());
      if (!*row) break;
      schema.columns.insert(config::lower_case(columns->text(0).value_or("")));
    }
    if (schema.columns.empty()) {
      fault("has no table 'backends': it is no routing.db" + tables());
      return DbRead::faulty;
    }
    std::vector<std::string_view> missing;
    for (const BackendColumn& column : backend_columns())
      if (column.required && !schema.has(column.name)) missing.push_back(column.name);
    if (missing.empty()) return DbRead::good;
    fault("is no routing.db: its table 'backends' has no column " + config::join(missing, ", "));
    return DbRead::faulty;
  }

  // " (it has the tables a, b)"
  std::string tables() {
    auto statement = file_.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name LIMIT 5");
    if (!statement.ok()) return "";
    std::string out;
    for (auto row = statement->step(); row.ok() && *row; row = statement->step())
      out += (out.empty() ? " (it has the tables " : ", ") + config::printable(statement->text(0).value_or(""));
    return out.empty() ? " (it is empty)" : out + ")";
  }

  void take_row(const SqliteStatement& statement, const std::vector<const BackendColumn*>& columns, size_t number) {
    BackendRow row;
    std::vector<ColumnFault> faults;
    const std::string id = statement.text(0).value_or("");
    for (size_t i = 0; i < columns.size(); i++) {
      const BackendColumn& column = *columns[i];
      const auto text = statement.text(static_cast<int>(i));
      if (!text) {
        if (!column.may_be_null) faults.push_back({column.name, "is NULL"});
        continue;
      }
      const std::string wrong =
          statement.is_blob(static_cast<int>(i)) ? "is a BLOB" : column.take(row, *text);
      if (!wrong.empty()) faults.push_back({column.name, "'" + config::printable(*text) + "' " + wrong});
    }
    if (faults.empty()) faults = row_faults(row);
    // The key of a table is usually unique; a table made without one is not.
    if (!row.id.empty() && !ids_.insert(row.id).second) faults.push_back({"id", "stands in the table twice"});
    for (const ColumnFault& one : faults)
      fault("backend '" + config::printable(id) + "' (row " + std::to_string(number) + "): " + one.column + " " +
            one.text);
    if (faults.empty() && !is_expired(row, now_)) rows_.push_back(std::move(row));
  }

  SqliteFile& file_;
  const config::Position where_;
  const int64_t now_;
  std::vector<BackendRow>& rows_;
  config::Diagnostics& diagnostics_;
  std::set<std::string> ids_;
};

}  // namespace

DbRead read_backends(SqliteFile& file, const std::string& path, int64_t now, std::vector<BackendRow>& rows,
                     config::Diagnostics& diagnostics) {
  rows.clear();
  return Reading(file, path, now, rows, diagnostics).read();
}

DbRead read_backends(const std::string& path, std::chrono::milliseconds patience, int64_t now,
                     std::vector<BackendRow>& rows, config::Diagnostics& diagnostics) {
  rows.clear();
  auto file = SqliteFile::open(path, SqliteFile::Access::read, patience);
  if (file.ok()) return read_backends(*file, path, now, rows, diagnostics);
  if (file.error().kind == SqliteError::Kind::busy) return DbRead::busy;
  diagnostics.fault({path, 0, 0}, kId,
                    (file.error().kind == SqliteError::Kind::unusable ? "is no SQLite file, or damaged: "
                                                                      : "cannot be read: ") +
                        file.error().text);
  return DbRead::faulty;
}

}  // namespace navajo::route
