// Any bytes as a line of the admin protocol: what is taken comes out the same when it is written again, and a request
// that is taken never selects less than the protocol wants.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "navajo/admin/request.h"
#include "tests/fuzz/require.h"

using namespace navajo::admin;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::unique_ptr<char[]> copy(new char[size ? size : 1]);
  std::copy_n(data, size, copy.get());
  const std::string_view text(copy.get(), size);
  const auto line = parse_line(text);
  const auto request = parse_request(text);
  if (!line.ok()) {
    FUZZ_REQUIRE(!request.ok());
    return 0;
  }
  FUZZ_REQUIRE(size <= kMaxLine && text.find_first_of("\r\n") == std::string_view::npos);
  std::string again;
  for (const std::string& word : line->words) again += (again.empty() ? "" : " ") + word;
  for (const auto& [name, value] : line->fields) append_field(again, name, value);
  // What needed no escape in the input but has one now can make it longer than a line may be.
  if (again.size() <= kMaxLine) {
    const auto second = parse_line(again);
    FUZZ_REQUIRE(second.ok() && second->words == line->words && second->fields == line->fields);
  }
  if (!request.ok()) return 0;
  const Selection& chosen = request->selection;
  if (request->command == Command::session_kill || request->command == Command::session_show)
    FUZZ_REQUIRE(chosen.selects() || chosen.all);
  FUZZ_REQUIRE(!chosen.id || is_log_id(*chosen.id));
  FUZZ_REQUIRE(chosen.older_than.count() >= 0 && chosen.idle_for.count() >= 0 && chosen.limit <= kMaxLimit);
  FUZZ_REQUIRE(describe(*request).find_first_of("\r\n") == std::string::npos);
  return 0;
}
