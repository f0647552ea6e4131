// Where a running instance keeps its pid file, its httpd.conf, its status segment and, unless navajo.xml says
// otherwise, its logs. Only a directory that nobody else can write to is used: what is in it is believed.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "navajo/base/result.h"

namespace navajo::cli {

struct RunDirectoryQuery {
  uid_t user = 0;
  std::string xdg_runtime_dir;  // the environment variable, or empty
  std::string run = "/run";     // replaced in tests
  std::string temporary = "/tmp";
};
RunDirectoryQuery run_directory_query();

// The folders that hold run directories of this user, best first: /run/navajo for root,
// $XDG_RUNTIME_DIR/navajo, else /tmp/navajo-UID.
std::vector<std::string> run_directory_bases(const RunDirectoryQuery& query);

// "FOLDER-0123abcd": the name of the folder navajo.xml is in and a checksum of its path, so that each file has a
// run directory of its own and every command finds it again, also while the file cannot be read.
std::string instance_name(const std::string& absolute_config);

// Makes it (0755 for root, whose httpd children are another user; else 0700) and what is missing above it.
// Refuses a directory, or one above it that we would make, that is a link, not ours, or writable by others.
base::Status<> make_run_directory(const std::string& path);
// The same checks without making anything.
base::Status<> check_run_directory(const std::string& path);

}  // namespace navajo::cli
