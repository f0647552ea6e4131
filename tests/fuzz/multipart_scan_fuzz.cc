// Any bytes as a multipart body, of a form and of mail: whole and in pieces the scanner finds the same, within limits
// no more passes than without, and of what passes a plain search for lines with the boundary finds as many parts.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "navajo/limits/multipart_scan.h"
#include "tests/fuzz/require.h"

using namespace navajo::limits;

namespace {

constexpr std::string_view kForm = "multipart/form-data; boundary=b", kMixed = "multipart/mixed; boundary=\"b\"";

struct Found {
  MultipartFault fault;
  uint64_t position, parts;
  bool operator==(const Found&) const = default;
};

Found scanned(std::string_view type, std::string_view body, const MultipartLimits& limits, size_t piece) {
  std::pmr::monotonic_buffer_resource memory;
  MultipartScan scan(type, limits, memory);
  for (size_t at = 0; at < body.size(); at += piece)
    if (!scan.feed(body.substr(at, piece))) break;
  const bool fine = scan.finish();
  FUZZ_REQUIRE(fine == (scan.fault() == MultipartFault::none));
  FUZZ_REQUIRE(scan.position() <= body.size());
  return {scan.fault(), scan.position(), scan.parts()};
}

// As a reader that knows nothing but lines: how many begin with the boundary, whatever ends them.
uint64_t boundaries(std::string_view body) {
  uint64_t count = body.substr(0, 3) == "--b";
  for (size_t at = 0; at + 3 < body.size(); at++)
    count += body[at] == '\n' && body.substr(at + 1, 3) == "--b";
  return count;
}

void check(std::string_view type, std::string_view body, const MultipartLimits& limits) {
  const Found whole = scanned(type, body, limits, std::max<size_t>(1, body.size()));
  for (const size_t piece : {1, 2, 3, 7}) FUZZ_REQUIRE(scanned(type, body, limits, piece) == whole);
  if (whole.fault != MultipartFault::none) return;
  FUZZ_REQUIRE(scanned(type, body, {}, 5).fault == MultipartFault::none);
  FUZZ_REQUIRE(boundaries(body) == whole.parts + 1);
}

}  // namespace

// Also: the first line as a type, for what comes behind it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::unique_ptr<char[]> copy(new char[size ? size : 1]);
  std::copy_n(data, size, copy.get());
  const std::string_view text(copy.get(), size);
  for (const std::string_view type : {kForm, kMixed}) {
    check(type, text, {});
    check(type, text, {.parts = 1, .part_size = 5, .header_size = 64});
  }
  const size_t line = text.find('\n');
  if (line == std::string_view::npos) return 0;
  const std::string_view type = text.substr(0, line), body = text.substr(line + 1);
  FUZZ_REQUIRE(scanned(type, body, {}, 1) == scanned(type, body, {}, std::max<size_t>(1, body.size())));
  return 0;
}
