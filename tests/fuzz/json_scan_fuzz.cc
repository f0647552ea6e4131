// Any bytes as JSON: whole and in pieces the scanner finds the same, within limits no more passes than without, and
// what passes has as many opening as closing brackets outside of its texts.
#include <algorithm>
#include <cstdint>
#include <memory>

#include "navajo/limits/json_scan.h"
#include "tests/fuzz/require.h"

using namespace navajo::limits;

namespace {

struct Found {
  JsonFault fault;
  uint64_t position;
  bool operator==(const Found&) const = default;
};

Found scanned(std::string_view text, const JsonLimits& limits, size_t piece) {
  JsonScan scan(limits);
  for (size_t at = 0; at < text.size(); at += piece)
    if (!scan.feed(text.substr(at, piece))) break;
  const bool fine = scan.finish();
  FUZZ_REQUIRE(fine == (scan.fault() == JsonFault::none));
  FUZZ_REQUIRE(scan.position() <= text.size());
  return {scan.fault(), scan.position()};
}

void check(std::string_view text, const JsonLimits& limits) {
  const Found whole = scanned(text, limits, std::max<size_t>(1, text.size()));
  for (const size_t piece : {1, 2, 3, 7}) FUZZ_REQUIRE(scanned(text, limits, piece) == whole);
  const Found unlimited = scanned(text, {}, 5);
  if (whole.fault == JsonFault::none) FUZZ_REQUIRE(unlimited.fault == JsonFault::none);
  if (unlimited.fault != JsonFault::none) return;
  long open = 0;
  bool in_text = false;
  for (size_t i = 0; i < text.size(); i++) {
    if (in_text) {
      if (text[i] == '\\')
        i++;
      else if (text[i] == '"')
        in_text = false;
      continue;
    }
    if (text[i] == '"') in_text = true;
    if (text[i] == '[' || text[i] == '{') open++;
    if (text[i] == ']' || text[i] == '}') FUZZ_REQUIRE(--open >= 0);
  }
  FUZZ_REQUIRE(open == 0 && !in_text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::unique_ptr<char[]> copy(new char[size ? size : 1]);
  std::copy_n(data, size, copy.get());
  const std::string_view text(copy.get(), size);
  check(text, {});
  check(text, {.elements = 3, .element_size = 5, .depth = 2});
  return 0;
}
