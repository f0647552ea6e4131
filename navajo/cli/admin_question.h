// One question to the admin socket of an instance, and its whole answer: for what is short.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "navajo/admin/line.h"
#include "navajo/base/result.h"
#include "navajo/cli/instance.h"

namespace navajo::cli {

// request: "routing show", without version and format. The lines before `end`; an error line is the error.
base::Result<std::vector<admin::Line>> ask_instance(const Instance& instance, const std::string& request,
                                                    std::chrono::milliseconds patience);

}  // namespace navajo::cli
