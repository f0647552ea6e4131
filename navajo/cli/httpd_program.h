// Running httpd: to ask it something (output captured) or to become it.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "navajo/base/result.h"

namespace navajo::cli {

using Environment = std::vector<std::pair<std::string, std::string>>;  // added to ours

struct ProgramOutput {
  int exit_code = -1;  // 128 + signal when it was killed
  std::string text;    // standard output and error together, at most 1 MB
};

base::Result<ProgramOutput> run_program(const std::vector<std::string>& words, const Environment& added = {});
// The same, talking to our terminal.
base::Result<int> run_attached(const std::vector<std::string>& words, const Environment& added);
// This process becomes the program; comes back only with the reason why not.
base::Error become_program(const std::vector<std::string>& words, const Environment& added);

// What `httpd -l` lists: "core.c", "mod_so.c".
std::set<std::string, std::less<>> parse_compiled_in(const std::string& text);

}  // namespace navajo::cli
