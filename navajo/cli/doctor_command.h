// What `navajo doctor` looks at, for who wants it as well (`navajo support`).
#pragma once

#include <chrono>

#include "navajo/cli/arguments.h"
#include "navajo/cli/doctor/finding.h"

namespace navajo::cli {

// Of --config and --run-dir. patience: for each backend. Faults of the configuration go to standard error.
void examine(const Arguments& arguments, std::chrono::milliseconds patience, doctor::Findings& findings);

}  // namespace navajo::cli
