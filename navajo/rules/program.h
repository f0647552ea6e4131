// Rules ready to be evaluated. compile() makes an image: plain data without pointers, good at any address in any
// process of this build, which is what the shared store keeps. Each process adopts it: checks it, compiles its
// patterns with PCRE2's JIT, decodes the actions. evaluate() is called by all threads and fibers at once and takes no
// memory from the heap; the image has to outlive the Program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string_view>
#include <vector>

#include "navajo/base/function_ref.h"
#include "navajo/base/result.h"
#include "navajo/rules/facts.h"
#include "navajo/rules/rule_file.h"

namespace navajo::rules {

// What has to be there before a set is evaluated.
struct Needs {
  bool parameters = false;     // Request::parameters(): query and form body
  bool body = false;           // the first bytes of the request's body
  bool session = false, user = false;
  bool response = false, response_body = false;
  bool operator==(const Needs&) const = default;
};

struct ProgramRule {
  std::string_view id;
  std::string_view place;  // "rules.xml:12"
  std::vector<Action> then, otherwise;
  bool two_armed = false, go_on = false, shadow = false;
};

struct ProgramSet {
  std::string_view name;
  Phase phase = Phase::request;
  Evaluation evaluation = Evaluation::first;
  uint32_t first = 0, count = 0;  // its rules
  Needs needs;
};

enum class Arm : uint8_t { then, otherwise };
enum class Next : uint8_t { go_on, stop };

// A rule that cannot be judged (a pattern reached its match limit) is told as `gave_up` and has not decided anything:
// whoever visits fails closed. Conditions have three values: a test that gave up is unknown, unknown and false is
// false, unknown or true is true, not unknown is unknown; only where the whole is unknown the rule is told of here.
struct Fired {
  uint32_t rule = 0;
  Arm arm = Arm::then;
  bool gave_up = false;
};

class Program {
 public:
  // Fails with the reason: not of this build, damaged, or a pattern that does not compile here.
  static base::Result<std::unique_ptr<Program>> adopt(std::span<const std::byte> image);
  ~Program();

  std::span<const ProgramSet> sets() const;
  const ProgramSet* set(std::string_view name) const;
  std::span<const ProgramRule> rules() const;

  struct Evaluating {
    std::pmr::memory_resource& memory;  // for what lives during the call
    // Not null: told of every rule that was looked at one by one, with the nanoseconds it took.
    base::FunctionRef<void(uint32_t rule, uint64_t nanoseconds)>* profile = nullptr;
  };
  // Calls `fired` for each rule of the set that holds, in their order, and for the other arm of two-armed ones. It may
  // change what later rules look at only through tags and captures, and may wait. Ends at the end of the set, when
  // `fired` answers stop, and after the first rule of a set of the first match, unless that rule goes on, is a shadow,
  // or gave up. Both arms of a two-armed rule are such a match. A Skip among a fired arm's actions is done here, unless
  // the rule is a shadow: it goes on with the rule skipped to, also in a set of the first match. What else changes
  // meanwhile may or may not be seen: the index is asked once, when the evaluation begins.
  void evaluate(const ProgramSet& set, Facts& facts, const Evaluating& how,
                base::FunctionRef<Next(const Fired&)> fired) const;

  // Bytes of the bodies that some Log action may want; 0: none does.
  uint32_t logged_body() const;
  uint32_t logged_response_body() const;

  size_t patterns() const;          // compiled ones
  size_t patterns_without_jit() const;

 private:
  struct State;
  explicit Program(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Faults of what cannot be compiled (a pattern, say) go to diagnostics with their places; then the result is empty.
std::vector<std::byte> compile(const RuleFile& file, config::Diagnostics& diagnostics);

}  // namespace navajo::rules
