// BlockOnError of the validation filters: on, off or log, with conditions (default pragma break). Facts:
// nevisproxy-filters-ops.md 2.14, 2.15. Made in the parent; called by all threads and fibers.
#pragma once

#include <vector>

#include "navajo/container/conditional_lines.h"

namespace navajo::container {

enum class BlockMode : uint8_t {
  off,  // nothing is looked at
  log,  // looked at and logged, nothing is refused
  on,
};

// Of the parameter's row: .name = "BlockOnError", .type = lines, .conditions = then_break.
class BlockOnError {
 public:
  // Faults go to params.
  explicit BlockOnError(const config::Params& params);
  // on where no line holds, and where a condition's pattern gave up.
  BlockMode mode(api::Request& request) const;

 private:
  BlockMode first(api::Request& request, InDoubt in_doubt) const;

  ConditionalLines lines_;
  std::vector<BlockMode> modes_;  // of lines_.entries()
};

}  // namespace navajo::container
