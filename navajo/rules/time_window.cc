#include "navajo/rules/time_window.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "navajo/config/text.h"

namespace navajo::rules {
namespace {

constexpr const char* kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr int64_t kSecondsOfDay = 86400;

base::Failed<base::Error> failed(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

std::optional<int> day_of(std::string_view word) {
  for (int i = 0; i < 7; i++)
    if (config::same_word(word, kDays[i])) return i;
  return std::nullopt;
}

// "Mon-Fri,Sun"
std::optional<uint8_t> days_of(std::string_view text) {
  unsigned out = 0;
  for (const std::string_view part : config::split_list(text, ',')) {
    const size_t dash = part.find('-');
    const std::optional<int> first = day_of(config::trim(part.substr(0, dash)));
    const std::optional<int> last = dash == part.npos ? first : day_of(config::trim(part.substr(dash + 1)));
    if (!first || !last) return std::nullopt;
    for (int day = *first;; day = (day + 1) % 7) {
      out |= 1U << day;
      if (day == *last) break;
    }
  }
  return out ? std::optional<uint8_t>(static_cast<uint8_t>(out)) : std::nullopt;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "08:00", in minutes.
std::optional<int> clock_time(std::string_view text) {
  if (text.size() != 5 || text[2] != ':' || !is_digit(text[0]) || !is_digit(text[1]) || !is_digit(text[3]) ||
      !is_digit(text[4]))
    return std::nullopt;
  const int hours = (text[0] - '0') * 10 + text[1] - '0', minutes = (text[3] - '0') * 10 + text[4] - '0';
  if (minutes > 59 || hours > 24 || (hours == 24 && minutes > 0)) return std::nullopt;
  return hours * 60 + minutes;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (size_t from = 0; (from = text.find_first_not_of(" \t\r\n", from)) != text.npos;) {
    const size_t end = std::min(text.find_first_of(" \t\r\n", from), text.size());
    out.push_back(text.substr(from, end - from));
    from = end;
  }
  return out;
}

}  // namespace

base::Result<TimeWindow> TimeWindow::parse(std::string_view text) {
  const std::vector<std::string_view> words = words_of(text);
  TimeWindow out;
  size_t at = 0;
  bool days = false, hours = false;
  if (at < words.size() && isalpha(static_cast<unsigned char>(words[at][0]))) {
    const std::optional<uint8_t> given = days_of(words[at]);
    if (!given) return failed("'" + config::printable(words[at]) + "' is not a list of days like Mon-Fri,Sun");
    out.days_ = *given;
    days = true;
    at++;
  }
  if (at < words.size() && is_digit(words[at][0])) {
    const std::string_view word = words[at++];
    const size_t dash = std::min(word.find('-'), word.size());
    const std::optional<int> from = clock_time(word.substr(0, dash));
    const std::optional<int> until = dash < word.size() ? clock_time(word.substr(dash + 1)) : std::nullopt;
    if (!from || !until || *from == 24 * 60)
      return failed("'" + config::printable(word) + "' is not a time of the day like 08:00-18:00");
    if (*from == *until) return failed("'" + config::printable(word) + "' is no time at all (all day is 00:00-24:00)");
    out.from_ = *from;
    out.until_ = *until;
    hours = true;
  }
  if (!days && !hours) return failed("expected days or hours, like Mon-Fri 08:00-18:00 Europe/Zurich");
  base::Result<config::TimeZone> zone = config::TimeZone::load(at < words.size() ? words[at++] : "UTC");
  if (!zone.ok()) return failed(zone.error().text);
  if (at < words.size()) return failed("'" + config::printable(words[at]) + "' stands behind the time zone");
  out.zone_ = std::make_shared<const config::TimeZone>(std::move(*zone));
  return out;
}

bool TimeWindow::contains(int64_t wall_seconds) const {
  const int64_t local = wall_seconds + zone_->offset_at(wall_seconds);
  const int64_t day = local >= 0 ? local / kSecondsOfDay : (local + 1) / kSecondsOfDay - 1;
  const int minute = static_cast<int>((local - day * kSecondsOfDay) / 60);
  const int today = static_cast<int>(((day + 3) % 7 + 7) % 7);  // 1 January 1970 was a Thursday
  const bool begins_today = days_ & (1U << today), began_yesterday = days_ & (1U << ((today + 6) % 7));
  if (from_ < until_) return begins_today && minute >= from_ && minute < until_;
  return (begins_today && minute >= from_) || (began_yesterday && minute < until_);
}

}  // namespace navajo::rules
