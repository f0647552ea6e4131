#include <cstdio>

#include "navajo/cli/commands.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/launch.h"
#include "navajo/config/httpd_directives.h"

namespace navajo::cli {
namespace {

int without_config(const char* command) {
  fprintf(stderr, "navajo: '%s' needs --config FILE\n", command);
  return kUsage;
}

Instance planned_instance(const Arguments& arguments, const Configuration& configuration) {
  Instance instance;
  instance.config = configuration.path;
  instance.run_directory = run_directory_for(arguments, configuration.path);
  if (arguments.has("--mpm")) instance.mpm = arguments.value("--mpm");
  return instance;
}

}  // namespace

int check_command(const Arguments& arguments) {
  if (!arguments.has("--config")) return without_config("check");
  const Configuration configuration = load_configuration(arguments.value("--config"), Depth::everything);
  if (!configuration.ok()) {
    fprintf(stderr, "%zu fault%s\n", configuration.faults, configuration.faults == 1 ? "" : "s");
    return kFaults;
  }
  // Only now: httpd reads the same file and would repeat the same faults.
  if (!httpd_accepts_configuration(find_installation(), configuration, planned_instance(arguments, configuration))) {
    fputs("httpd does not accept it\n", stderr);
    return kFaults;
  }
  printf("%s: no faults\n", configuration.path.c_str());
  return kOk;
}

int show_httpd_command(const Arguments& arguments) {
  if (!arguments.has("--config")) return without_config("config show-httpd");
  const Configuration configuration = load_configuration(arguments.value("--config"), Depth::navajo_xml);
  if (!configuration.ok()) return kFaults;
  const auto stub = make_stub(find_installation(), configuration, planned_instance(arguments, configuration));
  if (!stub) return complain(stub.error().text);
  printf("%s\n# What NavajoConfig adds:\n", stub->c_str());
  std::string last_place;
  for (const config::DirectiveLine& line : config::httpd_directives(configuration.navajo)) {
    const std::string place = line.where.file + ":" + std::to_string(line.where.line);
    if (place != last_place) printf("# %s\n", place.c_str());
    last_place = place;
    printf("%s\n", line.text.c_str());
  }
  return kOk;
}

}  // namespace navajo::cli
