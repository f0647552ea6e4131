// A started instance as the other commands find it: a small file in its run directory says which navajo.xml it
// runs and where its pid file is; the process is taken for ours only if it was started with our httpd.conf.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "navajo/admin/socket_file.h"
#include "navajo/base/result.h"
#include "navajo/observe/status_segment.h"

namespace navajo::cli {

struct Instance {
  std::string run_directory;
  std::string config;    // absolute path of navajo.xml
  std::string pid_file;  // navajo.xml may have moved it
  // As it was started: a reload writes httpd.conf anew and must not change these.
  std::string mpm = "event";
  std::string logs = "run_directory";

  std::string stub() const { return run_directory + "/httpd.conf"; }
  std::string status_file() const { return run_directory + "/" + observe::kStatusFileName; }
  std::string admin_socket() const { return run_directory + "/" + admin::kSocketFileName; }
  // The parent process, if it lives.
  std::optional<pid_t> running() const;
};

base::Status<> write_instance(const Instance& instance);
base::Result<Instance> read_instance(const std::string& run_directory);

// Whole file, atomically, readable by all, writable by us.
base::Status<> write_file(const std::string& path, const std::string& text);
// At most so many bytes of it.
base::Result<std::string> read_file(const std::string& path, size_t limit = 1024 * 1024);

}  // namespace navajo::cli
