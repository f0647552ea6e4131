// Any text as a Set-Cookie field: what is found lies in the field, a date is one that exists, and what is made of the
// cookie is read back from a Cookie field as exactly that one cookie.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "navajo/http/cookies.h"
#include "navajo/http/set_cookie.h"
#include "navajo/http/syntax.h"
#include "tests/fuzz/require.h"

using namespace navajo::http;

namespace {

// The first and the last second of what a date can say.
constexpr int64_t kEarliest = -11644473600, kLatest = 253402300799;

bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check(std::string_view field) {
  if (const auto date = parse_cookie_date(field)) FUZZ_REQUIRE(*date >= kEarliest && *date <= kLatest);
  const std::string_view path = default_cookie_path(field);
  FUZZ_REQUIRE(path.starts_with('/'));
  if (field.starts_with('/')) FUZZ_REQUIRE(cookie_path_matches(field, path));
  FUZZ_REQUIRE(!cookie_domain_matches(field, ""));

  const auto cookie = parse_set_cookie(field);
  if (!cookie) return;
  FUZZ_REQUIRE(is_field_value(field));
  for (const std::string_view part : {cookie->name, cookie->value, cookie->domain, cookie->path})
    FUZZ_REQUIRE(lies_in(part, field));
  FUZZ_REQUIRE(is_cookie_name(cookie->name));
  FUZZ_REQUIRE(is_cookie_value(cookie->value));
  FUZZ_REQUIRE(cookie->path.empty() || cookie->path.starts_with('/'));
  FUZZ_REQUIRE(cookie->path.find(';') == std::string_view::npos && cookie->domain.find(';') == std::string_view::npos);
  FUZZ_REQUIRE(!cookie->max_age || (*cookie->max_age >= 0 && *cookie->max_age <= kLongestAge));

  const std::string sent = std::string(cookie->name) + "=" + std::string(cookie->value);
  CookieWalker walk(sent);
  const auto back = walk.next();
  FUZZ_REQUIRE(back && back->name == cookie->name && back->value == cookie->value);
  FUZZ_REQUIRE(!walk.next());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::unique_ptr<char[]> copy(new char[size ? size : 1]);
  std::copy_n(data, size, copy.get());
  check({copy.get(), size});
  return 0;
}
