#include "navajo/files/http_date.h"

#include <algorithm>
#include <cstdio>

namespace navajo::files {
namespace {

constexpr char kDays[] = "SunMonTueWedThuFriSat";
constexpr char kMonths[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

// Two or four digits at `at`, or -1.
int digits(std::string_view text, size_t at, size_t count) {
  int number = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

HttpDate format_http_date(time_t seconds) {
  tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];  // a year beyond 9999 is cut off, not written past the end
  snprintf(text, sizeof text, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", kDays + 3 * parts.tm_wday, parts.tm_mday,
           kMonths + 3 * parts.tm_mon, parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  HttpDate out;
  std::copy_n(text, out.size(), out.begin());
  return out;
}

std::optional<time_t> parse_http_date(std::string_view text) {
  constexpr std::string_view shape = "..., 00 ... 0000 00:00:00 GMT";
  if (text.size() != shape.size()) return std::nullopt;
  for (size_t i = 0; i < shape.size(); i++)
    if (shape[i] != '.' && shape[i] != '0' && shape[i] != text[i]) return std::nullopt;
  const size_t month = std::string_view(kMonths).find(text.substr(8, 3));
  tm parts{};
  parts.tm_mday = digits(text, 5, 2);
  parts.tm_mon = static_cast<int>(month / 3);
  parts.tm_year = digits(text, 12, 4) - 1900;
  parts.tm_hour = digits(text, 17, 2);
  parts.tm_min = digits(text, 20, 2);
  parts.tm_sec = digits(text, 23, 2);
  if (month == std::string_view::npos || month % 3 != 0 || parts.tm_mday < 1 || parts.tm_mday > 31 ||
      parts.tm_year < 0 || parts.tm_hour < 0 || parts.tm_hour > 23 || parts.tm_min < 0 || parts.tm_min > 59 ||
      parts.tm_sec < 0 || parts.tm_sec > 60)
    return std::nullopt;
  return timegm(&parts);
}

}  // namespace navajo::files
