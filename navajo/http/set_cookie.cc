#include "navajo/http/set_cookie.h"

#include <algorithm>
#include <chrono>

#include "navajo/http/headers.h"
#include "navajo/http/syntax.h"

namespace navajo::http {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// RFC 6265 section 5.1.1; a colon is none.
bool is_date_delimiter(char c) {
  const unsigned char byte = static_cast<unsigned char>(c);
  return byte == 0x09 || (byte >= 0x20 && byte <= 0x2f) || (byte >= 0x3b && byte <= 0x40) ||
         (byte >= 0x5b && byte <= 0x60) || (byte >= 0x7b && byte <= 0x7e);
}

// Takes `fewest` to `most` digits off the front, with no other digit behind them.
std::optional<int> take_number(std::string_view& text, size_t fewest, size_t most) {
  size_t count = 0;
  while (count < text.size() && is_digit(text[count])) count++;
  if (count < fewest || count > most) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, count)) number = number * 10 + (c - '0');
  text.remove_prefix(count);
  return number;
}

struct TimeOfDay {
  int hour, minute, second;
};

std::optional<TimeOfDay> time_of_day(std::string_view token) {
  const auto colon = [&token] {
    if (!token.starts_with(':')) return false;
    token.remove_prefix(1);
    return true;
  };
  const auto hour = take_number(token, 1, 2);
  if (!hour || !colon()) return std::nullopt;
  const auto minute = take_number(token, 1, 2);
  if (!minute || !colon()) return std::nullopt;
  const auto second = take_number(token, 1, 2);
  if (!second) return std::nullopt;
  return TimeOfDay{*hour, *minute, *second};
}

// 1 to 12; 0: it is none.
int month_of(std::string_view token) {
  constexpr std::string_view kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                          "jul", "aug", "sep", "oct", "nov", "dec"};
  for (size_t i = 0; i < std::size(kMonths); i++)
    if (same_name(token.substr(0, 3), kMonths[i])) return static_cast<int>(i) + 1;
  return 0;
}

std::optional<int64_t> seconds_since_1970(int year, int month, int day, const TimeOfDay& time) {
  using namespace std::chrono;
  if (year < 1601 || time.hour > 23 || time.minute > 59 || time.second > 59) return std::nullopt;
  const year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return std::nullopt;
  const int64_t days = sys_days(date).time_since_epoch().count();
  return days * 86400 + time.hour * 3600 + time.minute * 60 + time.second;
}

// RFC 6265 section 5.2.2.
std::optional<int64_t> parse_max_age(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  if (negative) return 0;
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
  return text.size() > 9 ? kLongestAge : std::min(kLongestAge, static_cast<int64_t>(*parse_decimal(text)));
}

void read_attribute(std::string_view name, std::string_view value, SetCookie& into) {
  if (value.size() > kLongestCookieAttribute) return;
  if (same_name(name, "Expires")) {
    if (const auto date = parse_cookie_date(value)) into.expires = date;
  } else if (same_name(name, "Max-Age")) {
    if (const auto age = parse_max_age(value)) into.max_age = age;
  } else if (same_name(name, "Domain")) {
    into.domain = value.substr(value.starts_with('.') ? 1 : 0);
  } else if (same_name(name, "Path")) {
    into.path = value.starts_with('/') ? value : std::string_view();
  } else if (same_name(name, "Secure")) {
    into.secure = true;
  } else if (same_name(name, "HttpOnly")) {
    into.http_only = true;
  }
}

bool is_address(std::string_view host) {
  return host.find(':') != std::string_view::npos ||
         std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
}

}  // namespace

bool is_cookie_name(std::string_view name) {
  return !name.empty() && is_field_value(name) && name.find_first_of(" \t,;=\"") == std::string_view::npos;
}

bool is_cookie_value(std::string_view value) {
  return is_field_value(value) && value.find(';') == std::string_view::npos && trim(value).size() == value.size();
}

std::optional<int64_t> parse_cookie_date(std::string_view text) {
  std::optional<TimeOfDay> time;
  std::optional<int> day, year;
  int month = 0;
  for (size_t at = 0; at < text.size();) {
    if (is_date_delimiter(text[at])) {
      at++;
      continue;
    }
    const size_t start = at;
    while (at < text.size() && !is_date_delimiter(text[at])) at++;
    const std::string_view token = text.substr(start, at - start);
    std::string_view rest = token;
    if (!time && (time = time_of_day(token))) continue;
    if (!day && (day = take_number(rest, 1, 2))) continue;
    if (month == 0 && (month = month_of(token)) != 0) continue;
    if (!year) year = take_number(rest, 2, 4);
  }
  if (!time || !day || !year || month == 0) return std::nullopt;
  if (*year <= 69) *year += 2000;
  if (*year <= 99) *year += 1900;
  return seconds_since_1970(*year, month, *day, *time);
}

std::optional<SetCookie> parse_set_cookie(std::string_view field) {
  if (!is_field_value(field)) return std::nullopt;
  const size_t pair_end = std::min(field.find(';'), field.size());
  const std::string_view pair = field.substr(0, pair_end);
  const size_t equals = pair.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  SetCookie cookie;
  cookie.name = trim(pair.substr(0, equals));
  cookie.value = trim(pair.substr(equals + 1));
  if (!is_cookie_name(cookie.name)) return std::nullopt;
  for (size_t at = pair_end; at < field.size();) {
    const size_t end = std::min(field.find(';', at + 1), field.size());
    const std::string_view attribute = field.substr(at + 1, end - at - 1);
    const size_t sign = std::min(attribute.find('='), attribute.size());
    read_attribute(trim(attribute.substr(0, sign)), trim(attribute.substr(std::min(sign + 1, attribute.size()))),
                   cookie);
    at = end;
  }
  return cookie;
}

std::string_view default_cookie_path(std::string_view request_path) {
  const size_t slash = request_path.rfind('/');
  if (!request_path.starts_with('/') || slash == 0) return "/";
  return request_path.substr(0, slash);
}

bool cookie_path_matches(std::string_view request_path, std::string_view cookie_path) {
  if (!request_path.starts_with(cookie_path)) return false;
  return request_path.size() == cookie_path.size() || cookie_path.ends_with('/') ||
         request_path[cookie_path.size()] == '/';
}

bool cookie_domain_matches(std::string_view host, std::string_view domain) {
  if (domain.empty() || host.size() < domain.size()) return false;
  if (same_name(host, domain)) return true;
  const size_t below = host.size() - domain.size();
  return below > 0 && host[below - 1] == '.' && same_name(host.substr(below), domain) && !is_address(host);
}

}  // namespace navajo::http
