// The entries of a multi-line init-param, with the conditions before them:
//
//   Condition:HEADER:User-Agent:PCRE(ci)/bot/     this line and the next are for the entry after them: both must hold
//   !Condition:REMOTE_ADDR:CIDR/10.0.0.0/8/       without a source it is ENV; '!': holds if the pattern is not found
//   the entry
//   Condition:ENV:REQUEST_METHOD:^POST$
//   Pragma:block-begin                            conditions before a block are for all entries in it; blocks nest
//   entries ...
//   Pragma:block-end
//   Pragma:break                                  from here on, to the end of its block: the first entry taken ends the
//   Pragma:continue                               evaluation, or does not. At the start the parameter's row decides
//
// A variable that is not there is empty text. The pattern is a config::Pattern, and the rest of its line: colons in it
// may be written \:, and need not. A pattern that reaches its match limit decides nothing: the caller says whether
// such an entry is taken; it is logged and counted.
// Made in the parent while the configuration is read; for_each_active() is called by all threads and fibers at once
// and takes no memory from the heap. Facts: nevisproxy-filters-ops.md 1.3.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "navajo/base/function_ref.h"
#include "navajo/config/params.h"
#include "navajo/config/pattern.h"
#include "navajo/container/variable.h"

namespace navajo::container {

enum class Visit : uint8_t {
  taken,      // where break holds, this was the last
  not_taken,  // as if it had not been active: a rule whose own pattern did not match
  stop,
};

// What becomes of an entry when a condition's pattern gave up and no other condition fails: whoever asks knows on which
// side safety is. It is the same for negated conditions.
enum class InDoubt : uint8_t { skip, take };

class ConditionalLines {
 public:
  // No entries.
  ConditionalLines() = default;
  // `name` has a row with conditions. Faults go to params, each at its own line; entries() is meaningful only without
  // one. The stage is the one for_each_active() will be called in.
  ConditionalLines(const config::Params& params, const char* name, Stage stage);
  ConditionalLines(ConditionalLines&& other) noexcept;
  ConditionalLines& operator=(ConditionalLines&& other) noexcept;

  // Without condition and pragma lines, in their order.
  const std::vector<config::ParamLine>& entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }
  // Every entry is active for every request.
  bool unconditional() const { return conditions_.empty(); }

  // Calls visit with the index of each active entry. response_fields: for Stage::response.
  using Visitor = base::FunctionRef<Visit(size_t entry)>;
  void for_each_active(api::Request& request, const http::Headers* response_fields, InDoubt in_doubt,
                       Visitor visit) const;

  // How often a pattern gave up.
  uint64_t doubts() const { return doubts_.load(std::memory_order_relaxed); }

 private:
  struct Condition {
    bool negated;
    Variable variable;
    config::Pattern pattern;
    config::Position where;
  };
  // An entry or a block, with its conditions.
  struct Step {
    size_t first_condition = 0, conditions = 0;
    size_t entry = 0;
    size_t next = 0;  // the step after it if it is skipped
    bool block = false;
    bool breaks = false;
  };
  class Reader;
  enum class Verdict : uint8_t { holds, fails, in_doubt };

  Verdict judge(const Step& step, api::Request& request, const http::Headers* response_fields) const;

  std::string owner_;
  std::vector<config::ParamLine> entries_;
  std::vector<Condition> conditions_;
  std::vector<Step> steps_;
  mutable std::atomic<uint64_t> doubts_{0};
};

}  // namespace navajo::container
