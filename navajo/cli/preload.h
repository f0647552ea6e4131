// Which allocator httpd is started with. jemalloc cannot be loaded by a module (its thread data must exist from
// the start, docs/decisions/0004), so it is preloaded. Pure function of the environment and what was found.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace navajo::cli {

enum class Allocator { jemalloc, libc };

struct Preload {
  std::vector<std::pair<std::string, std::string>> variables;  // to set before httpd starts
  std::string missing;  // not empty: jemalloc was wanted and none of these places has it
};

// candidates: paths where libjemalloc may be, best first. environment answers the value of a variable, or "".
// NAVAJO_PRELOAD, when set, is preloaded instead of jemalloc (sanitizers); an LD_PRELOAD that brings
// AddressSanitizer is left as it is.
Preload choose_preload(Allocator wanted, const std::vector<std::string>& candidates,
                       const std::function<std::string(const char*)>& environment,
                       const std::function<bool(const std::string&)>& exists);

std::vector<std::string> jemalloc_candidates();

}  // namespace navajo::cli
