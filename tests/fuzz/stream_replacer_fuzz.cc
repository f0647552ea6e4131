// Any bytes as a body whose links are replaced. However it is cut, the result is the same, and it is what a simple
// search over the whole text gives. The first byte chooses rows of the table, the rest is the body.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "navajo/http/stream_replacer.h"
#include "navajo/http/syntax.h"
#include "tests/fuzz/require.h"

using navajo::http::Replacement;
using navajo::http::StreamReplacer;

namespace {

const Replacement kRows[] = {
    {"http://a", "https://w.test", Replacement::Before::any, Replacement::After::end_of_host},
    {"http://a/b", "https://w.test/c", Replacement::Before::any, Replacement::After::end_of_path},
    {"//a", "//w.test", Replacement::Before::start_of_link, Replacement::After::end_of_host},
    {"http%3a%2f%2fa", "https%3A%2F%2Fw.test", Replacement::Before::any, Replacement::After::end_of_host},
    {"ab", "http://a"},
    {"aab", ""},
    {"a", "bb"},
    {"bbbb", "b"},
};

std::string in_steps(const std::string& text, size_t step, const std::vector<Replacement>& table) {
  std::pmr::monotonic_buffer_resource memory;
  StreamReplacer replacer(table, memory);
  std::string out;
  const auto sink = [&](std::span<const char> bytes) {
    out.append(bytes.data(), bytes.size());
    return true;
  };
  for (size_t at = 0; at < text.size(); at += step)
    FUZZ_REQUIRE(replacer.write({text.data() + at, std::min(step, text.size() - at)}, sink));
  FUZZ_REQUIRE(replacer.finish(sink));
  return out;
}

bool alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (navajo::http::lower(c) >= 'a' && navajo::http::lower(c) <= 'z');
}

bool fits(const Replacement& row, const std::string& text, size_t at) {
  if (text.size() - at < row.from.size()) return false;
  for (size_t i = 0; i < row.from.size(); i++)
    if (navajo::http::lower(text[at + i]) != row.from[i]) return false;
  if (row.before == Replacement::Before::start_of_link && at > 0 &&
      std::string(" \t\r\n\f\"'(=<>,;`").find(text[at - 1]) == std::string::npos && text[at - 1] != '\0')
    return false;
  const std::string rest = text.substr(at + row.from.size(), 3);
  if (row.after == Replacement::After::any || rest.empty()) return true;
  if (rest == "%3A" || rest == "%3a" || rest == "%40") return false;
  const std::string host_goes_on = ".-_:@";
  if (rest[0] != '%' && (alphanumeric(rest[0]) || host_goes_on.find(rest[0]) != std::string::npos)) return false;
  if (row.after == Replacement::After::end_of_host) return true;
  if (rest[0] == '%')
    return rest == "%2F" || rest == "%2f" || rest == "%3F" || rest == "%3f" || rest == "%23" || rest == "%22" ||
           rest == "%26" || rest == "%20";
  return std::string("~!$+*").find(rest[0]) == std::string::npos;
}

std::string simply(const std::string& text, const std::vector<Replacement>& table) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Replacement* best = nullptr;
    for (const Replacement& row : table)
      if (fits(row, text, at) && (!best || row.from.size() > best->from.size())) best = &row;
    if (best) {
      out += best->to;
      at += best->from.size();
    } else {
      out += text[at++];
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1 || size > 8192) return 0;
  std::vector<Replacement> table;
  for (size_t i = 0; i < 8; i++)
    if (data[0] >> i & 1) table.push_back(kRows[i]);
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string expected = simply(text, table);
  for (const size_t step : {1, 2, 3, 7, 64, 8192}) FUZZ_REQUIRE(in_steps(text, step, table) == expected);
  return 0;
}
