// What must be there for a condition to hold, as far as an index can look it up: the rule is a candidate only for
// requests that have one of its keys. Used while rules are compiled. Keys are compared without regard to ASCII case
// and to repeated slashes: they may be there where the condition does not hold, never the other way round.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "navajo/rules/plan.h"
#include "navajo/rules/rule_file.h"

namespace navajo::rules {

struct AnchorKey {
  enum class Kind : uint8_t {
    presence,        // there is a value
    exact,           // the value
    segments,        // of a path: it begins with these and goes on behind a slash
    whole_segments,  // and ends there, but for slashes
    labels,          // of a host: it ends with these, behind a dot
    literal,         // somewhere in the value; three bytes at least
    number,
    network,
  };
  Kind kind = Kind::presence;
  Field field{};
  std::string name;
  std::string text{};
  int64_t number = 0;  // bits of a network
  std::array<uint8_t, 16> address{};
};

// The rule can hold only where one of the keys is found. No keys: it never holds.
struct Anchor {
  int weight = 0;  // the more, the rarer are requests that have it
  std::vector<AnchorKey> keys;
};

inline constexpr size_t kMaxAnchorKeys = 128;
inline constexpr size_t kMaxKeySegments = 8;  // of paths and hosts

// None: every request may be one for which it holds.
std::optional<Anchor> find_anchor(const Plan& plan, const RuleFile& file);

}  // namespace navajo::rules
