// httpd as it is installed, and an instance as it runs.
#pragma once

#include <optional>
#include <string>

#include "navajo/cli/doctor/finding.h"
#include "navajo/cli/installation.h"
#include "navajo/cli/instance.h"

namespace navajo::cli::doctor {

// The number of httpd's module interface a module was built for, out of the ELF file: the first word of its record.
std::optional<int> interface_of_module(const std::string& path, const std::string& symbol);
// "Server's Module Magic Number: 20120211:142" of `httpd -V`.
std::optional<int> interface_of_httpd(const std::string& text);

void look_at_httpd(const Installation& installation, Findings& findings);
// parent: of the instance. root: before /proc, for tests.
void look_at_processes(const Instance& instance, pid_t parent, Findings& findings);

}  // namespace navajo::cli::doctor
