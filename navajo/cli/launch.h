// What run, check, reload and config show-httpd have in common: from a configuration to the httpd.conf that
// starts it, and httpd's own opinion of that file.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "navajo/base/result.h"
#include "navajo/cli/arguments.h"
#include "navajo/cli/configuration.h"
#include "navajo/cli/httpd_stub.h"
#include "navajo/cli/installation.h"
#include "navajo/cli/instance.h"

namespace navajo::cli {

// The whole text; asks httpd what is compiled into it. Instance: where it will run, with which MPM and logs.
base::Result<std::string> make_stub(const Installation& installation, const Configuration& configuration,
                                    const Instance& instance);

// `httpd -t` on a file. Prints what it complains about, true when it does not.
bool httpd_accepts(const Installation& installation, const Configuration& configuration, const std::string& stub);

// make_stub into a private folder that is removed again, and httpd_accepts on it.
bool httpd_accepts_configuration(const Installation& installation, const Configuration& configuration,
                                 const Instance& instance);

// The folder that DocumentRoot names.
base::Status<> make_empty_folder(const std::string& run_directory);

// Of httpd's children, where they are another user than who starts the server: root.
std::optional<gid_t> group_of_children();

// "navajo: TEXT" to standard error; answers kFaults.
int complain(const std::string& text);
// "navajo: 'COMMAND' WHAT" to standard error; answers kUsage.
int misused(const Arguments& arguments, const std::string& what);

}  // namespace navajo::cli
