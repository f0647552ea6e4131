// The parts of `navajo backends list` and `navajo backends drain` that are about addresses of servlets: asked of the
// running server through its admin socket, where those of a Routing are rows of a file.
#pragma once

#include "navajo/cli/arguments.h"

namespace navajo::cli {

// Whether the command is about a servlet: --servlet, --servlets.
bool names_servlets(const Arguments& arguments);
// Exit codes.
int list_servlet_backends(const Arguments& arguments);
int drain_servlet_backends(const Arguments& arguments);

}  // namespace navajo::cli
