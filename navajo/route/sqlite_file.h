// One SQLite file, open. Thin: statements, texts of columns, errors as values. One thread at a time, and none of it
// over a fork. Without SQLite (configure) open() says so.
// Source: sqlite3's C interface; its WAL page for what a reader without write access can do.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "navajo/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace navajo::route {

struct SqliteError {
  enum class Kind : uint8_t {
    failed,
    busy,      // another program has it locked: later
    unusable,  // it is no SQLite file, or damaged
  };
  std::string text;
  Kind kind = Kind::failed;
};

class SqliteStatement {
 public:
  SqliteStatement(sqlite3* file, sqlite3_stmt* statement) : file_(file), statement_(statement, finalize) {}
  void bind(int index, std::string_view text);  // from 1
  void bind(int index, int64_t number);
  // True: there is a row.
  base::Result<bool, SqliteError> step();
  // Of the row, from 0. None: NULL. A BLOB is a text with its bytes.
  std::optional<std::string> text(int column) const;
  bool is_blob(int column) const;
  int64_t integer(int column) const;
  void reset();

 private:
  static void finalize(sqlite3_stmt* statement);
  sqlite3* file_;
  std::unique_ptr<sqlite3_stmt, void (*)(sqlite3_stmt*)> statement_;
};

class SqliteFile {
 public:
  enum class Access : uint8_t {
    // A file in WAL mode that nobody has open cannot be read by who may not write beside it: a private copy of it is
    // read then (is_copy()).
    read,
    write,
    create,  // write; made if it is not there
  };
  static base::Result<SqliteFile, SqliteError> open(const std::string& path, Access access,
                                                    std::chrono::milliseconds patience);

  base::Result<SqliteStatement, SqliteError> prepare(const std::string& sql);
  base::Status<SqliteError> run(const std::string& sql);
  // Rows the last statement has changed.
  int64_t changes() const;
  // Another number whenever another connection has changed the file. 0: cannot be told.
  int64_t data_version();
  bool is_copy() const { return copy_; }

 private:
  explicit SqliteFile(sqlite3* file) : file_(file, close) {}
  static void close(sqlite3* file);
  static base::Result<SqliteFile, SqliteError> open_copy(const std::string& path, SqliteError why);
  std::unique_ptr<sqlite3, void (*)(sqlite3*)> file_;
  bool copy_ = false;
};

}  // namespace navajo::route
