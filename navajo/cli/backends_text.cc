#include "navajo/cli/backends_text.h"

#include <algorithm>
#include <optional>
#include <set>

#include "navajo/config/text.h"
#include "navajo/observe/json_writer.h"
#include "navajo/route/backend_columns.h"
#include "navajo/route/backend_table.h"

namespace navajo::cli {
namespace {

using route::BackendRow;

const char* state_of(const BackendRow& row) { return !row.healthy ? "out" : row.draining ? "draining" : "in use"; }

// Not shown as text: quotes around them in JSON.
bool is_number(std::string_view column) {
  for (const char* name : {"port", "weight", "soft_limit", "hard_limit", "priority", "expires"})
    if (column == name) return true;
  return false;
}
bool is_flag(std::string_view column) { return column == "healthy" || column == "draining" || column == "tls"; }

struct Column {
  std::string head;
  std::vector<std::string> cells;
};

// "" for what is as it is when nothing is said.
std::string unless(const std::string& text, std::string_view usual) { return text == usual ? "" : text; }

// Fields of a CSV text, record by record; quotes are doubled inside of quotes.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
  }
  int line() const { return record_line_; }
  // None: the end, or a quote without its other one.
  std::optional<std::vector<std::string>> next() {
    while (!rest_.empty() && (rest_[0] == '\n' || rest_[0] == '\r')) skip();
    if (rest_.empty()) return std::nullopt;
    record_line_ = line_;
    std::vector<std::string> out(1);
    bool quoted = false;
    for (;;) {
      if (rest_.empty()) {
        broken_ = quoted;
        return quoted ? std::nullopt : std::optional(std::move(out));
      }
      const char c = rest_[0];
      if (quoted) {
        skip();
        if (c != '"') {
          out.back() += c;
        } else if (rest_.starts_with('"')) {
          skip();
          out.back() += '"';
        } else {
          quoted = false;
        }
        continue;
      }
      if (c == '\n' || c == '\r') return out;
      skip();
      if (c == ',') {
        out.emplace_back();
      } else if (c == '"' && out.back().empty()) {
        quoted = true;
      } else {
        out.back() += c;
      }
    }
  }
  bool broken() const { return broken_; }

 private:
  void skip() {
    line_ += rest_[0] == '\n';
    rest_.remove_prefix(1);
  }
  std::string_view rest_;
  int line_ = 1, record_line_ = 1;
  bool broken_ = false;
};

}  // namespace

std::string backends_table(std::span<const BackendRow> rows, const LiveBackends& live) {
  std::vector<Column> columns;
  const auto column = [&](std::string head, auto&& cell) {
    Column one{std::move(head), {}};
    for (const BackendRow& row : rows) one.cells.push_back(cell(row));
    if (std::any_of(one.cells.begin(), one.cells.end(), [](const std::string& text) { return !text.empty(); }))
      columns.push_back(std::move(one));
  };
  column("ID", [](const BackendRow& row) { return row.id; });
  column("APP", [](const BackendRow& row) { return row.app; });
  column("ADDRESS", [](const BackendRow& row) { return route::address_text(row); });
  column("REGION", [](const BackendRow& row) { return row.region; });
  column("COUNTRY", [](const BackendRow& row) { return row.country; });
  column("ZONE", [](const BackendRow& row) { return row.zone; });
  column("STATE", [](const BackendRow& row) { return std::string(state_of(row)); });
  column("WEIGHT", [](const BackendRow& row) { return std::to_string(row.weight); });
  column("SOFT", [](const BackendRow& row) { return std::to_string(row.soft_limit); });
  column("HARD", [](const BackendRow& row) { return row.hard_limit ? std::to_string(row.hard_limit) : "none"; });
  column("PRIORITY", [](const BackendRow& row) { return unless(std::to_string(row.priority), "0"); });
  column("TLS", [](const BackendRow& row) { return std::string(row.tls ? "yes" : ""); });
  for (const char* name : {"sni", "proxy_protocol", "source_address", "bind_device", "check", "expires"}) {
    std::string head = name;
    for (char& c : head) c = c == '_' ? '-' : static_cast<char>(c - 'a' + 'A');
    const route::BackendColumn& one = *route::find_column(name);
    const std::string usual = one.show(BackendRow());
    column(std::move(head), [&](const BackendRow& row) { return unless(one.show(row), usual); });
  }
  std::vector<std::string> live_names;
  for (const auto& [id, values] : live)
    for (const auto& [name, value] : values)
      if (std::find(live_names.begin(), live_names.end(), name) == live_names.end()) live_names.push_back(name);
  for (const std::string& name : live_names) {
    std::string head = name;
    for (char& c : head) c = c == '_' ? '-' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    column(config::printable(head), [&](const BackendRow& row) {
      const auto found = live.find(row.id);
      if (found == live.end()) return std::string();
      for (const auto& [other, value] : found->second)
        if (other == name) return config::printable(value);
      return std::string();
    });
  }
  std::string out;
  if (rows.empty()) return out;
  std::vector<size_t> widths;
  for (const Column& one : columns) {
    size_t width = one.head.size();
    for (const std::string& cell : one.cells) width = std::max(width, cell.size());
    widths.push_back(width);
  }
  const auto line = [&](auto&& text_of) {
    for (size_t i = 0; i < columns.size(); i++) {
      std::string text = text_of(columns[i]);
      if (text.empty()) text = "-";
      out += (i == 0 ? "" : "  ") + text;
      if (i + 1 < columns.size()) out.append(widths[i] - std::min(widths[i], text.size()), ' ');
    }
    out += '\n';
  };
  line([](const Column& one) { return one.head; });
  for (size_t i = 0; i < rows.size(); i++) line([i](const Column& one) { return one.cells[i]; });
  return out;
}

std::string backend_json(const BackendRow& row, const LiveBackends& live) {
  observe::JsonWriter json;
  json.begin_object().key("type").text("backend");
  for (const route::BackendColumn& column : route::backend_columns()) {
    json.key(column.name);
    const std::string text = column.show(row);
    if (is_flag(column.name)) {
      json.boolean(text == "1");
    } else if (is_number(column.name)) {
      json.integer(std::stoll(text));
    } else {
      json.text(text);
    }
  }
  if (const auto found = live.find(row.id); found != live.end()) {
    json.key("live").begin_object();
    for (const auto& [name, value] : found->second) json.key(name).text(value);
    json.end_object();
  }
  return json.end_object().str();
}

std::string end_json(size_t backends) {
  observe::JsonWriter json;
  json.begin_object().key("type").text("end").key("backends").natural(backends).end_object();
  return json.str();
}

std::vector<BackendRow> read_backends_csv(std::string_view text, const std::string& file,
                                          config::Diagnostics& diagnostics) {
  std::vector<BackendRow> out;
  CsvReader reader(text);
  const auto fault = [&](const std::string& what) {
    diagnostics.fault({file, reader.line(), 0}, observe::id::routing_refused, what);
  };
  const auto head = reader.next();
  if (!head) {
    fault("has no header line with the names of columns");
    return out;
  }
  std::vector<std::string> names;
  for (const std::string& one : *head) {
    const std::string name = config::lower_case(config::trim(one));
    BackendRow ignored;
    // An empty text is no value of most columns: what is looked for is the column.
    if (name != "deleted" && !route::find_column(name)) fault(route::set_column(ignored, name, "").error().text);
    names.push_back(name);
  }
  for (const char* needed : {"id", "port"})
    if (std::find(names.begin(), names.end(), needed) == names.end()) fault(std::string("has no column ") + needed);
  if (!diagnostics.ok()) return out;
  std::set<std::string> ids;
  while (const auto fields = reader.next()) {
    if (fields->size() != names.size()) {
      fault("has " + std::to_string(fields->size()) + " fields; the header has " + std::to_string(names.size()));
      continue;
    }
    BackendRow row;
    row.app = "default";
    bool is_deleted = false, good = true;
    for (size_t i = 0; i < names.size(); i++) {
      const std::string value(config::trim((*fields)[i]));
      if (names[i] == "deleted") {
        is_deleted = value == "1";
      } else if (!value.empty()) {  // empty: as if the column were not there
        const auto done = route::set_column(row, names[i], value);
        good = good && done.ok();
        if (!done.ok()) fault(done.error().text);
      }
    }
    if (is_deleted || !good) continue;
    for (const route::ColumnFault& one : route::row_faults(row)) fault(one.column + " " + one.text);
    if (!row.id.empty() && !ids.insert(row.id).second)
      fault("id '" + config::printable(row.id) + "' stands there twice");
    out.push_back(std::move(row));
  }
  if (reader.broken()) fault("a quote has no other one");
  return out;
}

}  // namespace navajo::cli
