// A client's target ("encoded?query") and the path that was decided on, separated by a line feed. Whatever is sent
// on must be a request target, and must decode to the decided path.
#include <cstdint>
#include <memory_resource>
#include <string>

#include "navajo/http/request_target.h"
#include "tests/fuzz/require.h"

using namespace navajo::http;

namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// keep_slashes: "%2F" stays as it is, as with AllowEncodedSlashes NoDecode.
std::string decoded(std::string_view text, bool keep_slashes) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0;
    const char octet = escape ? static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])) : text[i];
    if (escape && keep_slashes && octet == '/') {
      out += "%2F";
      i += 2;
      continue;
    }
    out += octet;
    if (escape) i += 2;
  }
  return out;
}

std::string upper_escapes(std::string text) {
  for (size_t i = 0; i + 2 < text.size(); i++)
    if (text[i] == '%' && text[i + 1] == '2' && text[i + 2] == 'f') text[i + 2] = 'F';
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 2048) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t cut = input.find('\n');
  if (cut == std::string_view::npos) return 0;
  const std::string_view target = input.substr(0, cut), path = input.substr(cut + 1);
  const std::string_view encoded = target.substr(0, target.find('?'));
  const std::string_view query = encoded.size() < target.size() ? target.substr(encoded.size() + 1) : "";
  std::pmr::monotonic_buffer_resource memory;

  const std::string_view made = encode_target("", path, query, memory);
  FUZZ_REQUIRE(is_request_target(made));
  const std::string made_path = decoded(made.substr(0, made.find('?')), false);
  FUZZ_REQUIRE(made_path == path || made_path == "/" + std::string(path));

  for (const size_t tail : {size_t{0}, path.size() / 2, path.size()}) {
    const auto spelling = spelling_of_tail(encoded, path, tail);
    if (!spelling) continue;
    FUZZ_REQUIRE(spelling->data() >= encoded.data() &&
                 spelling->data() + spelling->size() == encoded.data() + encoded.size());
    FUZZ_REQUIRE(upper_escapes(decoded(*spelling, true)) == upper_escapes(std::string(path.substr(tail))));
  }
  return 0;
}
