#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <set>

#include "navajo/base/build_config.h"
#include "navajo/cli/ca_files.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/doctor_command.h"
#include "navajo/cli/effective/secrets.h"
#include "navajo/cli/effective/settings.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/generated.h"
#include "navajo/cli/httpd_program.h"
#include "navajo/cli/inventory/components.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/store_status.h"
#include "navajo/cli/support/archive.h"
#include "navajo/config/text.h"
#include "navajo/config/trace_settings.h"
#include "navajo/observe/status_report.h"

namespace navajo::cli {
namespace {

using effective::Redactor;

constexpr off_t kTail = 256 * 1024;  // of each log
constexpr auto kPatienceOfSupport = std::chrono::seconds(5);

// The last lines of a file.
std::string tail_of(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat about {};
  if (fd < 0) return "";
  std::string out;
  if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) {
    const off_t from = std::max<off_t>(0, about.st_size - kTail);
    out.resize(static_cast<size_t>(about.st_size - from));
    const ssize_t length = pread(fd, out.data(), out.size(), from);
    out.resize(length > 0 ? static_cast<size_t>(length) : 0);
    // A line that begins in the middle might show half of what is known by its beginning.
    if (from > 0) out.erase(0, std::min(out.find('\n'), out.size() - 1) + 1);
  }
  close(fd);
  return out;
}

class Bundle {
 public:
  explicit Bundle(time_t now) : archive_(now) {}

  void put(const std::string& name, std::string_view text, Redactor::Kind kind = Redactor::Kind::configuration) {
    if (text.empty()) return;
    archive_.add("navajo-support/" + name, redactor_.redacted(text, kind));
    names_.push_back(name);
  }
  void put_file(const std::string& name, const std::string& path) {
    if (const auto text = read_file(path, 4 << 20); text.ok()) put(name, *text);
  }
  void put_log(const std::string& path) {
    if (path.empty() || path.starts_with("|") || !logs_.insert(path).second) return;
    put("logs/" + std::to_string(logs_.size()) + "-" + std::filesystem::path(path).filename().string(), tail_of(path),
        Redactor::Kind::log);
  }
  Redactor& redactor() { return redactor_; }
  const std::vector<std::string>& names() const { return names_; }
  base::Result<std::string> finish() { return archive_.finish(); }

 private:
  support::Archive archive_;
  Redactor redactor_;
  std::vector<std::string> names_;
  std::set<std::string> logs_;
};

std::string versions() {
  std::string out = std::string("navajo ") + NAVAJO_VERSION + "\n";
  for (const std::vector<std::string>& words : std::initializer_list<std::vector<std::string>>{
           {find_installation().httpd, "-V"}, {"/bin/uname", "-a"}, {"/bin/cat", "/etc/os-release"}})
    if (const auto said = run_program(words); said.ok()) out += "\n$ " + words.front() + "\n" + said->text;
  return out;
}

// Whatever stands in a setting for secrets is hidden wherever else it might stand.
void learn_secrets(const config::NavajoXml& navajo, const std::vector<inventory::Component>& components,
                   Redactor& redactor) {
  for (const inventory::Component& one : components)
    for (const auto& [name, value] : one.values)
      if (effective::is_secret_name(name)) redactor.hide(std::string(config::trim(value.text)));
  for (const config::ForwardProxyElement& one : navajo.service.forward_proxies) {
    const std::string& credentials = *one.upstream_credentials;
    redactor.hide(credentials);
    if (const size_t colon = credentials.find(':'); colon != credentials.npos)
      redactor.hide(credentials.substr(colon + 1));
  }
}

// Names without values: those are variables of the environment, and mostly there because they are secrets.
std::string names_of_environment(const std::string& path) {
  const auto text = read_file(path);
  std::string out;
  if (!text.ok()) return out;
  for (const std::string_view line : config::split_list(*text, '\n'))
    if (const size_t equals = line.find('='); equals != line.npos && !line.starts_with("#"))
      out += std::string(line.substr(0, equals)) + "=" + effective::kHidden + "\n";
  return out;
}

std::string log_path(const std::string& value, const std::string& folder) {
  std::string path = value.substr(0, value.find_first_of(" \t"));
  if (path.size() > 2 && (path.front() == '"' || path.front() == '\''))
    path = path.substr(1, path.find(path[0], 1) - 1);
  if (path.empty() || path[0] == '|' || path[0] == '/') return path;
  return folder + "/" + path;
}

void put_configuration(Bundle& bundle, const Configuration& configuration) {
  const config::NavajoXml& navajo = configuration.navajo;
  const std::string folder = std::filesystem::path(configuration.path).parent_path().string();
  const auto components = inventory::components_of(navajo, full_catalogue());
  learn_secrets(navajo, components, bundle.redactor());
  bundle.put("effective.txt", effective::settings_text(effective::settings_of(navajo, full_catalogue())));
  bundle.put_file("config/navajo.xml", configuration.path);
  for (const char* name : {"bc.properties", "log.properties"})
    bundle.put_file(std::string("config/") + name, folder + "/" + name);
  bundle.put("config/env.conf", names_of_environment(folder + "/env.conf"));
  std::set<std::string> seen;
  for (const inventory::Component& one : components)
    if (seen.insert(one.web_inf).second)
      bundle.put_file("config/web-" + std::to_string(seen.size()) + ".xml", one.web_inf + "/web.xml");
  for (const config::RulesElement& rules : navajo.service.rules)
    bundle.put_file("config/rules-" + *rules.name, *rules.file);
  for (const config::Directive& one : navajo.service.server.directives)
    if (config::same_word(one.name, "ErrorLog") || config::same_word(one.name, "CustomLog"))
      bundle.put_log(log_path(one.value, folder));
  bundle.put_log(config::trace_settings(navajo).file.path);
}

void put_instance(Bundle& bundle, const Instance& instance) {
  bundle.put_file("run/httpd.conf", instance.stub());
  for (const char* name : {"/error.log", "/access.log"}) bundle.put_log(instance.run_directory + name);
  const auto segment = observe::StatusSegment::attach(instance.status_file());
  if (!segment.ok() || !instance.running()) return;
  const auto numbers = segment->read();
  bundle.put("status.txt", observe::status_text(numbers, time(nullptr), stores_text(ask_for_stores(instance))));
}

}  // namespace

int support_command(const Arguments& arguments) {
  const time_t now = time(nullptr);
  const auto instance = find_instance(arguments);
  std::string config = arguments.has("--config") ? arguments.value("--config") : instance.ok() ? instance->config : "";
  if (config.empty()) {
    complain("no instance runs; name a configuration with --config");
    return kNotRunning;
  }
  char date[32];
  tm parts{};
  gmtime_r(&now, &parts);
  strftime(date, sizeof date, "%Y%m%d-%H%M%S", &parts);
  const std::string out =
      arguments.has("--out") ? arguments.value("--out") : std::string("navajo-support-") + date + ".tar.gz";
  Bundle bundle(now);
  if (const Configuration configuration = load_configuration(config, Depth::everything); configuration.ok())
    put_configuration(bundle, configuration);
  else
    // Which parts of a file with faults are secrets nobody knows.
    bundle.put("configuration-has-faults.txt", "The configuration has faults and is left out.\n");
  bundle.put("versions.txt", versions());
  doctor::Findings findings;
  examine(arguments, kPatienceOfSupport, findings);
  bundle.put("doctor.txt", doctor::findings_text(findings));
  if (instance.ok()) put_instance(bundle, *instance);
  const auto archive = bundle.finish();
  if (!archive.ok()) return complain(archive.error().text);
  if (const auto written = write_new_file(out, *archive, 0600); !written) return complain(written.error().text);
  if (arguments.has("--json")) {
    observe::JsonWriter json;
    json.begin_object().key("file").text(out).key("contains").begin_array();
    for (const std::string& name : bundle.names()) json.text(name);
    json.end_array().end_object();
    printf("%s\n", json.str().c_str());
  } else {
    printf(
        "%s, %zu files. Keys, passwords, cookies, tokens and queries are hidden; look through it before you send it.\n",
        out.c_str(), bundle.names().size());
  }
  return kOk;
}

}  // namespace navajo::cli
