// One question to the admin socket of an instance: the whole answer, for what is short, or line by line.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "navajo/admin/line.h"
#include "navajo/base/function_ref.h"
#include "navajo/base/result.h"
#include "navajo/cli/arguments.h"
#include "navajo/cli/instance.h"

namespace navajo::cli {

// request: "routing show", without version and format. The lines before `end`; an error line is the error.
base::Result<std::vector<admin::Line>> ask_instance(const Instance& instance, const std::string& request,
                                                    std::chrono::milliseconds patience);

// request: whole, in any format. Calls `take` for each line of the answer, its end included. An exit code: kOk, or why
// not, which has been told unless the server refused in a line of its own.
int answer_of(const Arguments& arguments, const std::string& request, std::chrono::milliseconds patience,
              base::FunctionRef<void(const std::string& line)> take);

// "navajo/1 COMMAND format=...": the format that --json asks for.
std::string question(const Arguments& arguments, const char* command);
// request: of question(). With --json the answer is printed as it comes; otherwise `take` is called for each line that
// is understood, its end included. An exit code as above; a refusal of the server's has been told as well.
int lines_of(const Arguments& arguments, const std::string& request, std::chrono::milliseconds patience,
             base::FunctionRef<void(const admin::Line& line)> take);

}  // namespace navajo::cli
