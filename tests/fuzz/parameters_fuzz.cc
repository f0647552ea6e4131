// Any text as a query: the pairs must be what a decoder written plainly from the standard makes of it.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string>
#include <utility>
#include <vector>

#include "navajo/http/parameters.h"
#include "tests/fuzz/require.h"

using namespace navajo::http;

namespace {

int digit(char c) {
  const std::string digits = "0123456789abcdef0123456789ABCDEF";
  const size_t at = digits.find(c);
  return at == std::string::npos ? -1 : static_cast<int>(at % 16);
}

std::string decoded(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    out += escape ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i] == '+' ? ' ' : text[i];
    if (escape) i += 2;
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> pairs(std::string text) {
  std::vector<std::pair<std::string, std::string>> out;
  text += '&';
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('&', at);
    const std::string pair = text.substr(at, end - at);
    at = end + 1;
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    out.emplace_back(decoded(pair.substr(0, equals)),
                     equals == std::string::npos ? "" : decoded(pair.substr(equals + 1)));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 8192) return 0;
  const std::unique_ptr<char[]> copy(new char[size ? size : 1]);
  std::copy_n(data, size, copy.get());
  std::pmr::monotonic_buffer_resource memory;
  Parameters parameters(memory);
  const auto expected = pairs(std::string(copy.get(), size));
  FUZZ_REQUIRE(parameters.add({copy.get(), size}) == (expected.size() <= Parameters::kMost));
  for (size_t i = 0; i < parameters.all().size(); i++) {
    FUZZ_REQUIRE(parameters.all()[i].name == expected[i].first);
    FUZZ_REQUIRE(parameters.all()[i].value == expected[i].second);
  }
  for (const auto& [name, value] : expected)
    if (expected.size() <= Parameters::kMost) FUZZ_REQUIRE(parameters.get(name).has_value());
  return 0;
}
