// Any text as an expression: a fault within the text, or a condition that is the same one when it is written out and
// parsed again.
#include <cstdint>
#include <string>
#include <string_view>

#include "navajo/rules/expression.h"
#include "tests/fuzz/require.h"

using namespace navajo::rules;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 2048) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<ValueList> lists(2);
  lists[0].name = "words";
  lists[1].name = "nets";
  lists[1].kind = ValueList::Kind::network;
  std::map<std::string, Macro, std::less<>> macros;
  macros["m"].when.op = Condition::Op::test;
  macros["m"].when.field = Field::user;
  const Names names{lists, &macros};
  const auto parsed = parse_expression(text, names);
  if (!parsed.ok()) {
    FUZZ_REQUIRE(parsed.error().at <= size);
    FUZZ_REQUIRE(!parsed.error().text.empty());
    return 0;
  }
  FUZZ_REQUIRE(depth_of(*parsed) <= kMaxConditionDepth);
  FUZZ_REQUIRE(size_of(*parsed) <= kMaxConditionSize);
  const std::string written = to_expression(*parsed, lists);
  const auto again = parse_expression(written, names);
  FUZZ_REQUIRE(again.ok());
  FUZZ_REQUIRE(same(*parsed, *again));
  FUZZ_REQUIRE(to_expression(*again, lists) == written);
  return 0;
}
