// `navajo backends ...`: the routing.db of a Routing, or any other one, on the command line. The running server notices
// by itself. What is about addresses of servlets is in servlet_backends.cc.
#include <cstdio>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "navajo/admin/line.h"
#include "navajo/admin/request.h"
#include "navajo/cli/backends_text.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/configuration.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/servlet_backends.h"
#include "navajo/config/file_text.h"
#include "navajo/config/text.h"
#include "navajo/route/backend_columns.h"
#include "navajo/route/discovery.h"
#include "navajo/route/routing_db.h"

namespace navajo::cli {
namespace {

using namespace std::chrono_literals;
using route::BackendRow;
using route::RoutingDb;

constexpr auto kPatience = 5000ms;
constexpr size_t kLargestCsv = 16 << 20;
constexpr std::string_view kSqliteMagic = "SQLite format 3";

// What a command is about.
struct Place {
  std::string file;               // empty: the rows stand in navajo.xml
  std::string routing;            // empty with --database
  std::vector<BackendRow> fixed;
};

void print(const config::Diagnostics& diagnostics) {
  for (const config::Fault& fault : diagnostics.faults()) fprintf(stderr, "%s\n", fault.line().c_str());
  const size_t count = diagnostics.count();
  if (count > 0) fprintf(stderr, "%zu fault%s\n", count, count == 1 ? "" : "s");
}

int find_place(const Arguments& arguments, Place& place) {
  if (arguments.has("--database")) {
    if (arguments.has("--config") || arguments.has("--routing"))
      return misused(arguments, "takes either --database or --config");
    place.file = absolute_path(arguments.value("--database"));
    return kOk;
  }
  if (!arguments.has("--config")) return misused(arguments, "needs --config FILE or --database FILE");
  const Configuration configuration = load_configuration(arguments.value("--config"), Depth::navajo_xml);
  if (!configuration.ok()) return kFaults;
  const auto& routings = configuration.navajo.service.routings;
  const config::RoutingElement* found = nullptr;
  for (const config::RoutingElement& one : routings)
    if (!arguments.has("--routing") || *one.name == arguments.value("--routing")) {
      if (found) return misused(arguments, "needs --routing NAME: there are several Routing elements");
      found = &one;
    }
  if (!found)
    return complain(configuration.path + (routings.empty() ? " has no Routing element"
                                                           : " has no Routing of that name"));
  place.routing = *found->name;
  place.file = *found->database;
  for (const std::string& word : *found->backends) {
    auto row = route::row_of_address(word);
    if (!row.ok()) return complain(row.error().text);
    place.fixed.push_back(std::move(*row));
  }
  return kOk;
}

int read(const Place& place, std::vector<BackendRow>& rows) {
  if (place.file.empty()) {
    rows = place.fixed;
    return kOk;
  }
  config::Diagnostics diagnostics;
  const route::DbRead read = route::read_backends(place.file, kPatience, time(nullptr), rows, diagnostics);
  if (read == route::DbRead::good) return kOk;
  if (read == route::DbRead::busy) return complain(place.file + " is locked by another program");
  print(diagnostics);
  return kFaults;
}

// Of the running server, if there is one that answers; nothing otherwise: the file is what the command is about.
LiveBackends live_backends(const Arguments& arguments, const std::string& routing) {
  LiveBackends out;
  if (routing.empty()) return out;
  const auto instance = find_instance(arguments);
  if (!instance.ok() || !instance->running()) return out;
  auto client = admin::AdminClient::connect(instance->admin_socket(), kPatience);
  if (!client.ok()) return out;
  std::string request = std::string(admin::kVersion) + " routing show";
  admin::append_field(request, "format", "fields");
  admin::append_field(request, "routing", routing);
  if (!client->send(request).ok()) return out;
  for (auto text = client->next_line(); text.ok() && *text; text = client->next_line()) {
    const auto line = admin::parse_line(**text);
    if (!line.ok() || line->words.empty() || line->words[0] != "backend") continue;
    const std::string* id = line->field("id");
    if (!id) continue;
    for (const char* name : {"in_flight", "health"})
      if (const std::string* value = line->field(name)) out[*id].emplace_back(name, *value);
  }
  return out;
}

void show(const Arguments& arguments, std::span<const BackendRow> rows, const LiveBackends& live = {}) {
  if (!arguments.has("--json")) {
    fputs(backends_table(rows, live).c_str(), stdout);
    return;
  }
  for (const BackendRow& row : rows) printf("%s\n", backend_json(row, live).c_str());
  printf("%s\n", end_json(rows.size()).c_str());
}

// The file, open to be changed. An exit code when it is not.
int open(const Arguments& arguments, RoutingDb::Missing missing, std::optional<RoutingDb>& db) {
  Place place;
  if (const int code = find_place(arguments, place); code != kOk) return code;
  if (place.file.empty())
    return complain("the backends of Routing '" + place.routing + "' stand in navajo.xml: change them there");
  auto opened = RoutingDb::open(place.file, missing);
  if (!opened.ok()) return complain(opened.error().text);
  db.emplace(std::move(*opened));
  return kOk;
}

// "zone=a" ...; false: one is none.
bool read_changes(std::span<const std::string> words, std::vector<RoutingDb::Change>& changes) {
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      fprintf(stderr, "navajo: '%s' is not COLUMN=VALUE\n", config::printable(word).c_str());
      return false;
    }
    changes.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return true;
}

int change_each(const Arguments& arguments, const std::vector<RoutingDb::Change>& changes,
                std::span<const std::string> ids) {
  std::optional<RoutingDb> db;
  if (const int code = open(arguments, RoutingDb::Missing::fault, db); code != kOk) return code;
  std::vector<BackendRow> rows;
  int code = kOk;
  for (const std::string& id : ids) {
    auto row = db->change(id, changes);
    if (row.ok()) {
      rows.push_back(std::move(*row));
    } else {
      code = complain(row.error().text);
    }
  }
  show(arguments, rows);
  return code;
}

}  // namespace

int backends_list_command(const Arguments& arguments) {
  if (names_servlets(arguments)) return list_servlet_backends(arguments);
  if (arguments.has("--host") || arguments.has("--context"))
    return misused(arguments, "needs --servlet, or --servlets");
  Place place;
  if (const int code = find_place(arguments, place); code != kOk) return code;
  std::vector<BackendRow> rows, wanted;
  if (const int code = read(place, rows); code != kOk) return code;
  int code = kOk;
  for (const std::string& id : arguments.operands) {
    const size_t before = wanted.size();
    for (const BackendRow& row : rows)
      if (row.id == id) wanted.push_back(row);
    if (wanted.size() == before) code = complain("there is no backend '" + config::printable(id) + "'");
  }
  show(arguments, arguments.operands.empty() ? rows : wanted, live_backends(arguments, place.routing));
  return code;
}

int backends_add_command(const Arguments& arguments) {
  std::vector<RoutingDb::Change> changes;
  if (arguments.operands.empty()) return misused(arguments, "needs an ID, then COLUMN=VALUE ...");
  if (!read_changes(std::span(arguments.operands).subspan(1), changes)) return kUsage;
  BackendRow row;
  row.app = "default";
  changes.emplace_back("id", arguments.operands[0]);
  bool good = true;
  for (const auto& [column, text] : changes)
    if (const auto done = route::set_column(row, column, text); !done.ok()) good = complain(done.error().text) == kOk;
  if (!good) return kFaults;
  for (const route::ColumnFault& one : route::row_faults(row)) good = complain(one.column + " " + one.text) == kOk;
  if (!good) return kFaults;
  std::optional<RoutingDb> db;
  if (const int code = open(arguments, RoutingDb::Missing::create, db); code != kOk) return code;
  if (const auto done = db->add(row); !done.ok()) return complain(done.error().text);
  show(arguments, {&row, 1});
  return kOk;
}

int backends_set_command(const Arguments& arguments) {
  std::vector<RoutingDb::Change> changes;
  if (arguments.operands.size() < 2) return misused(arguments, "needs an ID, then COLUMN=VALUE ...");
  if (!read_changes(std::span(arguments.operands).subspan(1), changes)) return kUsage;
  return change_each(arguments, changes, std::span(arguments.operands).first(1));
}

int backends_drain_command(const Arguments& arguments) {
  if (names_servlets(arguments)) return drain_servlet_backends(arguments);
  for (const char* option : {"--host", "--context", "--force"})
    if (arguments.has(option)) return misused(arguments, "needs --servlet NAME");
  if (arguments.operands.empty()) return misused(arguments, "needs an ID");
  return change_each(arguments, {{"draining", arguments.has("--undo") ? "0" : "1"}}, arguments.operands);
}

int backends_remove_command(const Arguments& arguments) {
  if (arguments.operands.empty()) return misused(arguments, "needs an ID");
  std::optional<RoutingDb> db;
  if (const int code = open(arguments, RoutingDb::Missing::fault, db); code != kOk) return code;
  int code = kOk;
  size_t removed = 0;
  for (const std::string& id : arguments.operands) {
    const auto done = db->remove(id);
    removed += done.ok();
    if (!done.ok()) code = complain(done.error().text);
  }
  if (arguments.has("--json")) {
    printf("%s\n", end_json(removed).c_str());
  } else if (removed > 0) {
    printf("%zu removed\n", removed);
  }
  return code;
}

int backends_import_command(const Arguments& arguments) {
  if (arguments.operands.size() != 1) return misused(arguments, "needs one file: CSV, or another routing.db");
  const std::string from = absolute_path(arguments.operands[0]);
  const auto text = config::read_file_text(from, kLargestCsv);
  if (!text.ok()) return complain(from + ": " + text.error().text);
  config::Diagnostics diagnostics;
  std::vector<BackendRow> rows;
  if (text->starts_with(kSqliteMagic)) {
    if (route::read_backends(from, kPatience, time(nullptr), rows, diagnostics) == route::DbRead::busy)
      return complain(from + " is locked by another program");
  } else if (text->size() > kLargestCsv) {
    return complain(from + " is larger than 16 MB");
  } else {
    rows = read_backends_csv(*text, from, diagnostics);
  }
  if (!diagnostics.ok()) {
    print(diagnostics);
    return kFaults;
  }
  std::optional<RoutingDb> db;
  if (const int code = open(arguments, RoutingDb::Missing::create, db); code != kOk) return code;
  const auto others = arguments.has("--replace") ? RoutingDb::Others::remove : RoutingDb::Others::keep;
  const auto before = db->import(rows, others);
  if (!before.ok()) return complain(before.error().text);
  if (arguments.has("--json")) {
    printf("%s\n", end_json(rows.size()).c_str());
  } else {
    printf("%zu backends: %zu new, %zu written over\n", rows.size(), rows.size() - *before, *before);
  }
  return kOk;
}

int backends_check_command(const Arguments& arguments) {
  if (!arguments.operands.empty()) return misused(arguments, "takes no names");
  Place place;
  if (const int code = find_place(arguments, place); code != kOk) return code;
  std::vector<BackendRow> rows;
  if (const int code = read(place, rows); code != kOk) return code;
  route::Discovery discovery;
  const size_t count = rows.size();
  const auto now = std::chrono::steady_clock::now();
  discovery.set_rows(std::move(rows), now);
  const size_t names = discovery.names();
  while (const auto name = discovery.due(now))
    discovery.take(*name, route::look_up_backends(*name, {}), now);
  const auto failures = discovery.failures();
  for (const auto& [name, why] : failures) complain(name + " does not resolve: " + why);
  const std::vector<BackendRow> resolved = discovery.rows();
  if (arguments.has("--json")) {
    show(arguments, resolved);
  } else if (failures.empty()) {
    const std::string with_names =
        names == 0 ? "" : "; " + std::to_string(resolved.size()) + " with the addresses of names";
    printf("%s: no faults (%zu backend%s%s)\n", place.file.empty() ? place.routing.c_str() : place.file.c_str(), count,
           count == 1 ? "" : "s", with_names.c_str());
  }
  return failures.empty() ? kOk : kFaults;
}

}  // namespace navajo::cli
