// Any bytes a backend may send instead of a response head. A head that comes in one go, byte by byte from a buffer
// that moves, and in pieces must be understood alike; what is accepted must keep what the parser promises.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "navajo/http/body_framing.h"
#include "navajo/http/response_head.h"
#include "navajo/http/syntax.h"
#include "tests/fuzz/require.h"

using namespace navajo::http;
using State = ResponseHeadParser::State;

namespace {

// All that can be seen of a parsed head.
struct Seen {
  State state = State::incomplete;
  HeadFault fault = HeadFault::none;
  size_t length = 0;
  int status = 0;
  std::string text;
  bool operator==(const Seen&) const = default;
};

void describe(const ResponseHead& head, Seen& seen) {
  seen.status = head.status();
  seen.text = std::string(head.reason());
  for (size_t i = 0; i < head.size(); i++) {
    const Field field = head[i];
    seen.text += '\n' + std::string(field.name) + ':' + std::string(field.value) + '#';
    seen.text += std::to_string(static_cast<int>(field.kind));
    FUZZ_REQUIRE(is_token(field.name));
    FUZZ_REQUIRE(is_field_value(field.value));
    FUZZ_REQUIRE(trim(field.value).size() == field.value.size());
  }
  FUZZ_REQUIRE(head.status() >= 100 && head.status() <= 599 && head.status() != 101);
  FUZZ_REQUIRE(is_field_value(head.reason()));
  FUZZ_REQUIRE(!(head.chunked() && head.content_length()));
  for (const char* method : {"GET", "HEAD"}) {
    const BodyFraming body = response_framing(method, head);
    seen.text += '\n' + std::to_string(static_cast<int>(body.kind)) + ' ' + std::to_string(body.length);
    FUZZ_REQUIRE(body.length <= INT64_MAX);
  }
  seen.text += head.persistent() ? " stays" : " closes";
}

// step: how many bytes more the parser sees each time.
Seen parse(const std::string& input, size_t step, HeadLimits limits) {
  std::array<FieldSlice, 32> storage;
  ResponseHeadParser parser(storage, limits);
  Seen seen;
  for (size_t size = std::min(step, input.size()); seen.state == State::incomplete;
       size = std::min(size + step, input.size())) {
    // An exact copy at another place: reading past the end or through an old pointer is found by the sanitizer.
    const std::unique_ptr<char[]> moved(new char[size]);
    std::copy_n(input.data(), size, moved.get());
    seen.state = parser.parse({moved.get(), size});
    seen.fault = parser.fault();
    if (seen.state == State::complete) {
      seen.length = parser.length();
      FUZZ_REQUIRE(seen.length <= size && seen.length <= limits.bytes && parser.head().size() <= limits.fields);
      describe(parser.head(), seen);
    }
    if (size == input.size()) break;
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2 || size > 4096) return 0;
  const HeadLimits limits{16 + static_cast<size_t>(data[0]) * 8, static_cast<size_t>(data[1] % 40)};
  std::string input(reinterpret_cast<const char*>(data + 2), size - 2);
  // One head after the other, as after interim responses.
  for (int heads = 0; heads < 4; heads++) {
    const Seen whole = parse(input, input.size() + 1, limits);
    for (const size_t step : {1, 3, 17}) FUZZ_REQUIRE(parse(input, step, limits) == whole);
    if (whole.state != State::complete) break;
    input.erase(0, whole.length);
  }
  return 0;
}
