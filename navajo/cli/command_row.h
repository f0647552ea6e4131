// A row of the table of commands: what it is called, and what does it. The table is in two files (commands.cc,
// operations.cc) and one order: that of the help.
#pragma once

#include <span>

#include "navajo/cli/arguments.h"

namespace navajo::cli {

struct Command {
  CommandSpec spec;
  int (*run)(const Arguments&);
};

// Those that set up and look after a whole installation: init, start, doctor, top and the like.
std::span<const Command> operations();

}  // namespace navajo::cli
