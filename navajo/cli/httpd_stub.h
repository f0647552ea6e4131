// The small httpd.conf that `navajo run` starts httpd with: MPM, stock modules, our module, run directory, and
// then NavajoConfig, from which everything else comes. Pure: text from values, no file is touched.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "navajo/cli/stock_modules.h"

namespace navajo::cli {

enum class Mpm { event, worker, prefork };
const char* mpm_name(Mpm mpm);

struct StubRequest {
  Mpm mpm = Mpm::event;
  std::set<std::string, std::less<>> compiled_in;  // "core.c", "mod_so.c": what `httpd -l` prints
  std::string stock_module_folder;
  bool mod_qos_there = false;  // in that folder; it is no part of httpd
  std::string navajo_module;  // path of mod_navajo.so
  std::string mitm_module;    // of mod_navajo_mitm.so; empty: not needed
  std::string run_directory;
  std::string config;         // absolute path of navajo.xml
  std::string mime_types;     // a file
  std::vector<NeededBy> server_directives;  // of Server in navajo.xml: what is there is not set here
  std::vector<NeededBy> all_directives;     // of Server, Connectors and SSL: what they need is loaded
  // Set when started by root: httpd's children must be somebody else.
  std::optional<std::pair<std::string, std::string>> user_and_group;
  enum class Logs { run_directory, console, elsewhere } logs = Logs::run_directory;  // elsewhere: spoolDir says where
};

std::string httpd_stub(const StubRequest& request);

}  // namespace navajo::cli
