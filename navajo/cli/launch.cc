#include "navajo/cli/launch.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "navajo/cli/httpd_program.h"
#include "navajo/cli/preload.h"

namespace navajo::cli {
namespace {

std::string environment(const char* name) {
  const char* value = getenv(name);
  return value ? value : "";
}

// Started by root, httpd's children run as this; navajo.xml's Server User= and Group= come later and win.
std::optional<std::pair<std::string, std::string>> children_user() {
  if (geteuid() != 0) return std::nullopt;
  for (const char* name : {"www-data", "apache", "daemon", "nobody"}) {
    const passwd* user = getpwnam(name);
    if (!user || user->pw_uid == 0) continue;
    const group* its_group = getgrgid(user->pw_gid);
    return std::pair{std::string(name),
                     its_group ? std::string(its_group->gr_name) : "#" + std::to_string(user->pw_gid)};
  }
  return std::nullopt;
}

StubRequest::Logs logs_of(const Configuration& configuration, const Instance& instance) {
  if (configuration.navajo.service.spool_dir.given) return StubRequest::Logs::elsewhere;
  return instance.logs == "console" ? StubRequest::Logs::console : StubRequest::Logs::run_directory;
}

// Lines of `httpd -t` other than its last word.
void print_complaints(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (line != "Syntax OK" && !line.empty()) fprintf(stderr, "%s\n", line.c_str());
    at = end + 1;
  }
}

}  // namespace

std::optional<gid_t> group_of_children() {
  const auto user = children_user();
  const passwd* found = user ? getpwnam(user->first.c_str()) : nullptr;
  return found ? std::optional(found->pw_gid) : std::nullopt;
}

int complain(const std::string& text) {
  fprintf(stderr, "navajo: %s\n", text.c_str());
  return kFaults;
}

int misused(const Arguments& arguments, const std::string& what) {
  fprintf(stderr, "navajo: '%s' %s\n", arguments.command->name, what.c_str());
  return kUsage;
}

base::Result<std::string> make_stub(const Installation& installation, const Configuration& configuration,
                                    const Instance& instance) {
  if (access(installation.navajo_module.c_str(), R_OK) != 0) {
    return base::Failed{base::Error{installation.navajo_module + " is missing: is Navajo installed?"}};
  }
  const auto listed = run_program({installation.httpd, "-l"});
  if (!listed) return base::Failed{listed.error()};
  if (listed->exit_code != 0) {
    return base::Failed{base::Error{"'" + installation.httpd + " -l' failed: " + listed->text}};
  }
  StubRequest request;
  for (const Mpm mpm : {Mpm::event, Mpm::worker, Mpm::prefork}) {
    if (instance.mpm == mpm_name(mpm)) request.mpm = mpm;
  }
  request.compiled_in = parse_compiled_in(listed->text);
  request.stock_module_folder = installation.stock_module_folder;
  request.mod_qos_there = access((installation.stock_module_folder + "/mod_qos.so").c_str(), R_OK) == 0;
  request.navajo_module = installation.navajo_module;
  if (!configuration.navajo.service.forward_proxies.empty()) request.mitm_module = installation.mitm_module;
  request.run_directory = instance.run_directory;
  request.config = configuration.path;
  request.mime_types = installation.mime_types;
  request.server_directives = configuration.server_directives();
  request.all_directives = configuration.all_directives();
  request.user_and_group = children_user();
  request.logs = logs_of(configuration, instance);
  return httpd_stub(request);
}

bool httpd_accepts(const Installation& installation, const Configuration& configuration, const std::string& stub) {
  const Preload preload =
      choose_preload(Allocator::libc, {}, environment, [](const std::string&) { return false; });
  std::vector<std::string> words{installation.httpd, "-f", stub};
  for (const std::string& argument : configuration.navajo.service.httpd_arguments)
    if (argument != "-X") words.push_back(argument);
  words.push_back("-t");
  const auto tested = run_program(words, preload.variables);
  if (!tested) {
    complain(tested.error().text);
    return false;
  }
  print_complaints(tested->text);
  return tested->exit_code == 0;
}

bool httpd_accepts_configuration(const Installation& installation, const Configuration& configuration,
                                 const Instance& instance) {
  std::string folder = (std::filesystem::temp_directory_path() / "navajo-check-XXXXXX").string();
  if (!mkdtemp(folder.data())) {
    complain("no folder for the check below " + folder + ": " + strerror(errno));
    return false;
  }
  Instance there = instance;
  there.run_directory = folder;
  bool accepted = false;
  const auto stub = make_stub(installation, configuration, there);
  if (!stub) {
    complain(stub.error().text);
  } else if (const auto made = make_empty_folder(folder); !made) {
    complain(made.error().text);
  } else if (const auto written = write_file(there.stub(), *stub); !written) {
    complain(written.error().text);
  } else {
    accepted = httpd_accepts(installation, configuration, there.stub());
  }
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  return accepted;
}

base::Status<> make_empty_folder(const std::string& run_directory) {
  const std::string path = run_directory + "/empty";
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    return base::Failed{base::Error{path + " cannot be made: " + strerror(errno)}};
  }
  return base::Done{};
}

}  // namespace navajo::cli
