// Any bytes in place of a chunked body. However the input is cut, data, end and faults must be the same; and what a
// simple decoder makes of an accepted body must be what ours makes of it.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "navajo/http/chunked_decoder.h"
#include "tests/fuzz/require.h"

using namespace navajo::http;
using State = ChunkedDecoder::State;

namespace {

struct Seen {
  State state = State::incomplete;
  std::string data, fault;
  size_t consumed = 0;
  bool operator==(const Seen&) const = default;
};

Seen decode(const std::string& input, size_t step, ChunkLimits limits) {
  ChunkedDecoder decoder(limits);
  Seen seen;
  for (size_t at = 0; at < input.size() && seen.state == State::incomplete; at += step) {
    const size_t size = std::min(step, input.size() - at);
    const std::unique_ptr<char[]> piece(new char[size]);
    std::copy_n(input.data() + at, size, piece.get());
    const auto decoded = decoder.decode({piece.get(), size});
    FUZZ_REQUIRE(decoded.consumed <= size && decoded.data.size() <= decoded.consumed);
    FUZZ_REQUIRE(decoded.data.empty() || (decoded.data.data() >= piece.get() &&
                                          decoded.data.data() + decoded.data.size() <= piece.get() + size));
    FUZZ_REQUIRE(decoded.state != State::incomplete || decoded.consumed == size);
    seen.state = decoded.state;
    seen.data.append(decoded.data.data(), decoded.data.size());
    seen.consumed += decoded.consumed;
  }
  seen.fault = decoder.fault();
  return seen;
}

// Knows nothing of limits and syntax; only good for bodies that were accepted.
std::string decode_simply(const std::string& body) {
  std::string data;
  for (size_t at = 0;;) {
    const size_t line_end = body.find("\r\n", at);
    FUZZ_REQUIRE(line_end != std::string::npos);
    const size_t size = std::stoull(body.substr(at, line_end - at), nullptr, 16);
    if (size == 0) return data;
    FUZZ_REQUIRE(line_end + 2 + size + 2 <= body.size());
    data += body.substr(line_end + 2, size);
    at = line_end + 2 + size + 2;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2 || size > 8192) return 0;
  const ChunkLimits limits{data[0], static_cast<size_t>(data[1]) * 4, static_cast<size_t>(data[1] % 8)};
  const std::string input(reinterpret_cast<const char*>(data + 2), size - 2);
  const Seen whole = decode(input, input.size() + 1, limits);
  for (const size_t step : {1, 2, 5, 64}) FUZZ_REQUIRE(decode(input, step, limits) == whole);
  FUZZ_REQUIRE((whole.state == State::refused) == !whole.fault.empty());
  if (whole.state == State::complete) FUZZ_REQUIRE(decode_simply(input.substr(0, whole.consumed)) == whole.data);
  return 0;
}
