#include <cstdio>

#include "navajo/cli/ca_files.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/configuration.h"
#include "navajo/cli/instances.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/migration/nevisproxy.h"
#include "navajo/observe/json_writer.h"

namespace navajo::cli {
namespace migration {
namespace {

void write_list(observe::JsonWriter& json, const char* name, const std::vector<std::string>& lines) {
  json.key(name).begin_array();
  for (const std::string& line : lines) json.text(line);
  json.end_array();
}

}  // namespace

std::string report_json(const Report& report) {
  observe::JsonWriter json;
  json.begin_object().key("config").text(report.config).key("classes").begin_object();
  for (const auto& [from, to] : report.classes) json.key(from).text(to);
  json.end_object();
  write_list(json, "copied", report.copied);
  write_list(json, "changed", report.changed);
  write_list(json, "not_mapped", report.not_mapped);
  write_list(json, "faults", report.faults);
  json.end_object();
  return json.str() + "\n";
}

}  // namespace migration

int import_nevisproxy_command(const Arguments& arguments) {
  if (arguments.operands.size() != 1) {
    fputs("navajo: 'import nevisproxy' needs one folder of an instance, or a navajo.xml\n", stderr);
    return kUsage;
  }
  const std::string target = absolute_path(arguments.has("--directory") ? arguments.value("--directory") : "navajo");
  const auto report = migration::import_nevisproxy(arguments.operands[0], target);
  if (!report.ok()) return complain(report.error().text);
  const std::string text = migration::report_text(*report);
  if (const auto written = write_new_file(target + "/import-report.txt", text, 0600); !written)
    complain(written.error().text);
  fputs(arguments.has("--json") ? migration::report_json(*report).c_str() : text.c_str(), stdout);
  return report->faults.empty() ? kOk : kFaults;
}

}  // namespace navajo::cli
