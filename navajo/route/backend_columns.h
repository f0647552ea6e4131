// The columns of the table `backends`, one row for each: how it is declared, read from text, shown, and what it is for.
// All ways in go through it (the file, the command line, CSV, registration), so that a value is judged the same
// everywhere. Any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/route/backend_row.h"

namespace navajo::route {

struct BackendColumn {
  const char* name;
  const char* declared;  // for CREATE TABLE; without " PRIMARY KEY" also for ALTER TABLE
  bool required;         // a file without it is no routing.db
  bool may_be_null;      // then the row keeps what it has
  const char* doc;
  // Empty: taken. Else what is wrong with the text: "is no port (1 to 65535)".
  std::string (*take)(BackendRow& row, std::string_view text);
  std::string (*show)(const BackendRow& row);
};

// All but `deleted`, which no row has that is in use.
std::span<const BackendColumn> backend_columns();
// By name, or by what other programs call it (ip, host: wg_ip). Null: there is none.
const BackendColumn* find_column(std::string_view name);
std::string column_names();  // "id, app, ...", for messages

struct ColumnFault {
  std::string column;  // empty: of the row as a whole
  std::string text;    // "'0' is no port (1 to 65535)"
};

// What is wrong with a row whose columns are each in order: what is missing, and what does not go together.
std::vector<ColumnFault> row_faults(const BackendRow& row);

// Takes a text as the column's value, or says what is wrong with the two.
base::Status<> set_column(BackendRow& row, std::string_view name, std::string_view text);

// "10.0.0.1:80", "[fd00::1]:80", "web.internal:80" as a backend of that id, in the app "default".
base::Result<BackendRow> row_of_address(std::string_view address_and_port);

// host is a name, to be looked up; one that begins with '_' is that of SRV records.
bool has_name(const BackendRow& row);
inline bool has_service_name(const BackendRow& row) { return row.host.starts_with('_'); }

// Whether a registered one has not been heard of in time. now: Unix seconds.
inline bool is_expired(const BackendRow& row, int64_t now) { return row.expires != 0 && row.expires <= now; }

}  // namespace navajo::route
