// A Set-Cookie field as a user agent reads it (RFC 6265 section 5.2, the date of 5.1.1, with the limits of RFC
// 6265bis), and the rules by which a cookie goes back (sections 5.1.3, 5.1.4). Lenient where every browser is; a name
// or value that a server could take for more than one cookie is none. Nothing is decoded. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace navajo::http {

struct SetCookie {
  std::string_view name, value;
  std::string_view domain;         // as sent, without the dot in front; empty: none
  std::string_view path;           // begins with '/'; empty: none
  std::optional<int64_t> max_age;  // seconds; 0 or less: it is deleted. At most kLongestAge
  std::optional<int64_t> expires;  // seconds since 1970
  bool secure = false, http_only = false;
};

inline constexpr int64_t kLongestAge = int64_t{400} * 86400;
// An attribute longer than this is as good as not there.
inline constexpr size_t kLongestCookieAttribute = 1024;

// None: no name, a name with blanks, commas or quotes in it, or a control character anywhere. Views into the field.
std::optional<SetCookie> parse_set_cookie(std::string_view field);
// "Wed, 09 Jun 2021 10:18:14 GMT", and whatever else has a day, a month, a year and a time in it.
std::optional<int64_t> parse_cookie_date(std::string_view text);

// Whether a name is one a cookie may have here.
bool is_cookie_name(std::string_view name);
// What may stand behind the '=' in a Cookie field without starting another cookie.
bool is_cookie_value(std::string_view value);

// Paths are those of request targets: encoded, without query.
std::string_view default_cookie_path(std::string_view request_path);
bool cookie_path_matches(std::string_view request_path, std::string_view cookie_path);
// The domain itself or a name below it; addresses have nothing below them. Case does not matter.
bool cookie_domain_matches(std::string_view host, std::string_view domain);

}  // namespace navajo::http
