#include <algorithm>
#include <ctime>

#include "navajo/config/text.h"
#include "navajo/route/backend_columns.h"
#include "navajo/route/backend_table.h"
#include "navajo/route/routing_db.h"

namespace navajo::route {
namespace {

using base::Error;
using base::Failed;

constexpr std::chrono::milliseconds kPatience{5000};

Failed<Error> failed(const SqliteError& error) {
  return Failed{Error{error.kind == SqliteError::Kind::busy ? "another program has had the file locked for " +
                                                                  std::to_string(kPatience.count() / 1000) + " s"
                                                            : error.text}};
}

Failed<Error> failed(std::string text) { return Failed{Error{std::move(text)}}; }

// Undone unless kept.
class Transaction {
 public:
  explicit Transaction(SqliteFile& file) : file_(file), begun_(file.run("BEGIN IMMEDIATE")) {}
  ~Transaction() {
    if (begun_.ok() && !kept_) (void)file_.run("ROLLBACK");
  }
  Transaction(const Transaction&) = delete;
  base::Status<> begun() const {
    if (!begun_.ok()) return failed(begun_.error());
    return base::Done{};
  }
  base::Status<> keep() {
    const auto done = file_.run("COMMIT");
    kept_ = done.ok();
    if (!done.ok()) return failed(done.error());
    return base::Done{};
  }

 private:
  SqliteFile& file_;
  base::Status<SqliteError> begun_;
  bool kept_ = false;
};

std::string quoted(const char* name) { return '"' + std::string(name) + '"'; }

std::string first_fault(const config::Diagnostics& diagnostics) {
  return diagnostics.faults().empty() ? "is busy" : diagnostics.faults().front().text;
}

base::Status<> judge(const BackendRow& row) {
  const auto faults = row_faults(row);
  if (!faults.empty())
    return failed("backend '" + config::printable(row.id) + "': " + faults[0].column + " " + faults[0].text);
  return base::Done{};
}

}  // namespace

base::Result<RoutingDb> RoutingDb::open(const std::string& path, Missing missing) {
  const auto access = missing == Missing::create ? SqliteFile::Access::create : SqliteFile::Access::write;
  auto file = SqliteFile::open(path, access, kPatience);
  if (!file.ok()) return failed(path + ": " + file.error().text);
  RoutingDb out(std::move(*file));
  if (const auto done = out.prepare_schema(); !done.ok()) return failed(path + ": " + done.error().text);
  return out;
}

// Makes the table, or adds what columns are missing that may be. Nearly always there is nothing to do.
base::Status<> RoutingDb::prepare_schema() {
  auto tables = file_.prepare("SELECT count(*) FROM sqlite_master");
  if (!tables.ok()) return failed(tables.error());
  const auto counted = tables->step();
  if (!counted.ok()) return failed(counted.error());
  const bool is_new = tables->integer(0) == 0;
  tables->reset();
  auto columns = file_.prepare("SELECT lower(name) FROM pragma_table_info('backends')");
  if (!columns.ok()) return failed(columns.error());
  std::vector<std::string> there;
  auto row = columns->step();
  for (; row.ok() && *row; row = columns->step()) there.push_back(columns->text(0).value_or(""));
  if (!row.ok()) return failed(row.error());
  columns->reset();
  const auto has = [&](std::string_view name) { return std::find(there.begin(), there.end(), name) != there.end(); };
  std::string sql;
  for (const BackendColumn& column : backend_columns()) {
    if (is_new) {
      sql += (sql.empty() ? "CREATE TABLE IF NOT EXISTS backends (" : ", ") + quoted(column.name) + " " +
             column.declared;
    } else if (!has(column.name)) {
      // A file of another program stays as it is; what is wrong with it, reading says.
      if (column.required) return Failed{rows().error()};
      sql += "ALTER TABLE backends ADD COLUMN " + quoted(column.name) + " " + column.declared + ";";
    }
  }
  if (is_new) sql += ", deleted INTEGER DEFAULT 0)";
  if (!is_new && !has("deleted")) sql += "ALTER TABLE backends ADD COLUMN deleted INTEGER DEFAULT 0;";
  if (sql.empty()) return base::Done{};
  // Readers do not hold up writers then. Kept in the file.
  if (is_new)
    if (const auto ran = file_.run("PRAGMA journal_mode = WAL"); !ran.ok()) return failed(ran.error());
  Transaction transaction(file_);
  if (const auto begun = transaction.begun(); !begun.ok()) return begun;
  if (const auto ran = file_.run(sql); !ran.ok()) return failed(ran.error());
  return transaction.keep();
}

base::Result<std::vector<BackendRow>> RoutingDb::rows() {
  config::Diagnostics faults;
  std::vector<BackendRow> out;
  if (read_backends(file_, "", 0, out, faults) != DbRead::good) return failed(first_fault(faults));
  return out;
}

base::Result<std::optional<BackendRow>> RoutingDb::find(const std::string& id) {
  std::string sql = "SELECT ";
  for (const BackendColumn& column : backend_columns()) sql += quoted(column.name) + ", ";
  auto statement = file_.prepare(sql + "0 FROM backends WHERE id = ?1 AND (deleted IS NULL OR deleted = 0)");
  if (!statement.ok()) return failed(statement.error());
  statement->bind(1, id);
  const auto found = statement->step();
  if (!found.ok()) return failed(found.error());
  if (!*found) return std::optional<BackendRow>();
  BackendRow row;
  int i = 0;
  // What is wrong now may be what is to be mended; row_faults() looks at what comes of it.
  for (const BackendColumn& column : backend_columns()) {
    if (const auto text = statement->text(i)) (void)column.take(row, *text);
    i++;
  }
  row.id = id;
  return std::optional(std::move(row));
}

base::Status<> RoutingDb::write(const BackendRow& row) {
  // Not REPLACE: columns of others keep what they have.
  std::string names, marks, updates;
  for (const BackendColumn& column : backend_columns()) {
    names += quoted(column.name) + ", ";
    marks += "?, ";
    updates += quoted(column.name) + " = excluded." + quoted(column.name) + ", ";
  }
  auto statement = file_.prepare("INSERT INTO backends (" + names + "deleted) VALUES (" + marks +
                                 "0) ON CONFLICT (id) DO UPDATE SET " + updates + "deleted = 0");
  if (!statement.ok()) return failed(statement.error());
  int i = 0;
  // Numbers become numbers by the column's affinity.
  for (const BackendColumn& column : backend_columns()) statement->bind(++i, column.show(row));
  if (const auto done = statement->step(); !done.ok()) return failed(done.error());
  return base::Done{};
}

base::Status<> RoutingDb::check_size() {
  auto statement = file_.prepare("SELECT count(*) FROM backends WHERE deleted IS NULL OR deleted = 0");
  if (!statement.ok()) return failed(statement.error());
  if (const auto row = statement->step(); !row.ok()) return failed(row.error());
  if (statement->integer(0) > static_cast<int64_t>(kMaxBackends))
    return failed("a table has " + std::to_string(kMaxBackends) + " backends at most");
  return base::Done{};
}

base::Status<> RoutingDb::add(const BackendRow& row) {
  if (const auto good = judge(row); !good.ok()) return good;
  Transaction transaction(file_);
  if (const auto begun = transaction.begun(); !begun.ok()) return begun;
  const auto there = find(row.id);
  if (!there.ok()) return Failed{there.error()};
  if (*there && !is_expired(**there, time(nullptr))) return failed("there is a backend '" + row.id + "' already");
  if (const auto done = write(row); !done.ok()) return done;
  if (const auto fits = check_size(); !fits.ok()) return fits;
  return transaction.keep();
}

base::Status<> RoutingDb::put(const BackendRow& row) {
  const auto done = import({&row, 1}, Others::keep);
  if (!done.ok()) return Failed{done.error()};
  return base::Done{};
}

base::Result<BackendRow> RoutingDb::change(const std::string& id, std::span<const Change> changes) {
  Transaction transaction(file_);
  if (const auto begun = transaction.begun(); !begun.ok()) return Failed{begun.error()};
  auto there = find(id);
  if (!there.ok()) return Failed{there.error()};
  if (!*there) return failed("there is no backend '" + config::printable(id) + "'");
  BackendRow row = std::move(**there);
  for (const auto& [column, text] : changes)
    if (const auto set = set_column(row, column, text); !set.ok()) return Failed{set.error()};
  if (const auto good = judge(row); !good.ok()) return Failed{good.error()};
  if (row.id != id) return failed("an id cannot be changed");
  if (const auto done = write(row); !done.ok()) return Failed{done.error()};
  if (const auto kept = transaction.keep(); !kept.ok()) return Failed{kept.error()};
  return row;
}

base::Status<> RoutingDb::remove(const std::string& id) {
  auto statement = file_.prepare("DELETE FROM backends WHERE id = ?1");
  if (!statement.ok()) return failed(statement.error());
  statement->bind(1, id);
  if (const auto done = statement->step(); !done.ok()) return failed(done.error());
  if (file_.changes() == 0) return failed("there is no backend '" + config::printable(id) + "'");
  return base::Done{};
}

base::Result<size_t> RoutingDb::import(std::span<const BackendRow> rows, Others others) {
  Transaction transaction(file_);
  if (const auto begun = transaction.begun(); !begun.ok()) return Failed{begun.error()};
  size_t before = 0;
  for (const BackendRow& row : rows) {
    if (const auto good = judge(row); !good.ok()) return Failed{good.error()};
    const auto there = find(row.id);
    if (!there.ok()) return Failed{there.error()};
    if (*there) before++;
  }
  if (others == Others::remove)
    if (const auto ran = file_.run("DELETE FROM backends"); !ran.ok()) return failed(ran.error());
  for (const BackendRow& row : rows)
    if (const auto done = write(row); !done.ok()) return Failed{done.error()};
  if (const auto fits = check_size(); !fits.ok()) return Failed{fits.error()};
  if (const auto kept = transaction.keep(); !kept.ok()) return Failed{kept.error()};
  return before;
}

// ---------------------------------------------------------------- registration

base::Result<bool> RoutingDb::prolong(const std::string& id, int64_t now, int64_t expires) {
  auto statement = file_.prepare("UPDATE backends SET expires = ?1 WHERE id = ?2 AND expires > ?3 AND "
                                 "(deleted IS NULL OR deleted = 0)");
  if (!statement.ok()) return failed(statement.error());
  statement->bind(1, expires);
  statement->bind(2, id);
  statement->bind(3, now);
  if (const auto done = statement->step(); !done.ok()) return failed(done.error());
  return file_.changes() > 0;
}

base::Result<bool> RoutingDb::remove_registered(const std::string& id) {
  auto statement = file_.prepare("DELETE FROM backends WHERE id = ?1 AND expires > 0");
  if (!statement.ok()) return failed(statement.error());
  statement->bind(1, id);
  if (const auto done = statement->step(); !done.ok()) return failed(done.error());
  return file_.changes() > 0;
}

base::Result<RoutingDb::Registered> RoutingDb::register_row(const BackendRow& row, int64_t now, size_t most) {
  if (const auto good = judge(row); !good.ok()) return Failed{good.error()};
  Transaction transaction(file_);
  if (const auto begun = transaction.begun(); !begun.ok()) return Failed{begun.error()};
  auto gone = file_.prepare("DELETE FROM backends WHERE expires > 0 AND expires <= ?1");
  if (!gone.ok()) return failed(gone.error());
  gone->bind(1, now);
  if (const auto done = gone->step(); !done.ok()) return failed(done.error());
  gone->reset();
  const auto there = find(row.id);
  if (!there.ok()) return Failed{there.error()};
  if (*there && (*there)->expires == 0) return Registered::not_registered;
  auto count = file_.prepare("SELECT count(*) FROM backends WHERE expires > 0 AND id <> ?1");
  if (!count.ok()) return failed(count.error());
  count->bind(1, row.id);
  if (const auto counted = count->step(); !counted.ok()) return failed(counted.error());
  if (count->integer(0) >= static_cast<int64_t>(most)) return Registered::too_many;
  count->reset();
  if (const auto done = write(row); !done.ok()) return Failed{done.error()};
  if (const auto fits = check_size(); !fits.ok()) return Failed{fits.error()};
  if (const auto kept = transaction.keep(); !kept.ok()) return Failed{kept.error()};
  return Registered::yes;
}

}  // namespace navajo::route
