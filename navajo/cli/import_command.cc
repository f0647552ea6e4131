#include <cstdio>

#include "navajo/cli/ca_files.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/configuration.h"
#include "navajo/cli/instances.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/migration/nevisproxy.h"
#include "navajo/cli/migration/proxy_import.h"
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

namespace {

std::string target_of(const Arguments& arguments) {
  return absolute_path(arguments.has("--directory") ? arguments.value("--directory") : "navajo");
}

// Into import-report.txt, and to whoever asked.
template <class SomeReport>
void tell_report(const Arguments& arguments, const std::string& target, const SomeReport& report) {
  const std::string text = migration::report_text(report);
  if (const auto written = write_new_file(target + "/import-report.txt", text, 0600); !written)
    complain(written.error().text);
  fputs(arguments.has("--json") ? migration::report_json(report).c_str() : text.c_str(), stdout);
}

int import_proxy_command(const char* name, migration::ProxyImporter importer, const Arguments& arguments) {
  if (arguments.operands.size() != 1) {
    fprintf(stderr, "navajo: 'import %s' needs one file\n", name);
    return kUsage;
  }
  const std::string target = target_of(arguments);
  const auto report = migration::import_proxy(importer, arguments.operands[0], target);
  if (!report.ok()) return complain(report.error().text);
  tell_report(arguments, target, *report);
  return report->faults.empty() && !report->lost_guards ? kOk : kFaults;
}

}  // namespace

int import_nevisproxy_command(const Arguments& arguments) {
  if (arguments.operands.size() != 1) {
    fputs("navajo: 'import nevisproxy' needs one folder of an instance, or a navajo.xml\n", stderr);
    return kUsage;
  }
  const std::string target = target_of(arguments);
  const auto report = migration::import_nevisproxy(arguments.operands[0], target);
  if (!report.ok()) return complain(report.error().text);
  tell_report(arguments, target, *report);
  return report->faults.empty() ? kOk : kFaults;
}

int import_nginx_command(const Arguments& arguments) {
  return import_proxy_command("nginx", migration::import_nginx, arguments);
}
int import_haproxy_command(const Arguments& arguments) {
  return import_proxy_command("haproxy", migration::import_haproxy, arguments);
}
int import_httpd_command(const Arguments& arguments) {
  return import_proxy_command("httpd", migration::import_httpd, arguments);
}

}  // namespace navajo::cli
