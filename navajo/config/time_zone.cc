#include "navajo/config/time_zone.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>

#include "navajo/config/file_text.h"
#include "navajo/config/text.h"

namespace navajo::config {
namespace {

constexpr char kDatabase[] = "/usr/share/zoneinfo/";
constexpr size_t kLargestFile = 1 << 20;
constexpr int64_t kDay = 86400;
constexpr int kLastYear = 2200;

base::Failed<base::Error> failed(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

// Days since 1970 of a date in the Gregorian calendar.
constexpr int64_t days_from_date(int64_t year, int month, int day) {
  using namespace std::chrono;
  return sys_days(std::chrono::year(static_cast<int>(year)) / month / day).time_since_epoch().count();
}

constexpr bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int64_t year_of(int64_t seconds) {
  int64_t year = 1970 + seconds / (365 * kDay);
  while (days_from_date(year, 1, 1) * kDay > seconds) year--;
  while (days_from_date(year + 1, 1, 1) * kDay <= seconds) year++;
  return year;
}

// Big-endian numbers, never beyond the end.
class Bytes {
 public:
  explicit Bytes(std::string_view text) : text_(text) {}
  bool has(size_t count) const { return text_.size() >= count; }
  void skip(size_t count) { text_.remove_prefix(std::min(count, text_.size())); }
  int64_t number(size_t bytes) {
    uint64_t out = 0;
    for (size_t i = 0; i < bytes; i++) out = out << 8 | static_cast<uint8_t>(i < text_.size() ? text_[i] : 0);
    skip(bytes);
    return bytes == 4 ? static_cast<int32_t>(out) : static_cast<int64_t>(out);
  }
  std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
};

struct Header {
  size_t utc_marks = 0, standard_marks = 0, leap_seconds = 0, changes = 0, types = 0, letters = 0;
  size_t body(size_t time_size) const {
    return changes * (time_size + 1) + types * 6 + letters + leap_seconds * (time_size + 4) + standard_marks +
           utc_marks;
  }
};

std::optional<Header> take_header(Bytes& bytes, char& version) {
  if (!bytes.has(44) || bytes.rest().substr(0, 4) != "TZif") return std::nullopt;
  version = bytes.rest()[4];
  bytes.skip(20);
  Header out;
  for (size_t* count : {&out.utc_marks, &out.standard_marks, &out.leap_seconds, &out.changes, &out.types,
                        &out.letters}) {
    const int64_t number = bytes.number(4);
    if (number < 0 || number > 100000) return std::nullopt;
    *count = static_cast<size_t>(number);
  }
  return out;
}

// The footer: "CET-1CEST,M3.5.0,M10.5.0/3".
class Footer {
 public:
  explicit Footer(std::string_view text) : text_(text) {}

  bool parse() {
    if (!take_name() || !take_time(standard_)) return false;
    standard_ = -standard_;
    if (text_.empty()) return true;
    if (!take_name()) return false;
    summer_ = standard_ + 3600;
    if (!text_.empty() && text_[0] != ',') {
      if (!take_time(summer_)) return false;
      summer_ = -summer_;
    }
    changing_ = take_date(begin_) && take_date(end_) && text_.empty();
    return changing_;
  }

  bool changing() const { return changing_; }
  int32_t standard() const { return static_cast<int32_t>(standard_); }
  int32_t summer() const { return static_cast<int32_t>(summer_); }
  int64_t begin_in(int64_t year) const { return seconds_of(begin_, year) - standard_; }
  int64_t end_in(int64_t year) const { return seconds_of(end_, year) - summer_; }

 private:
  struct Date {
    char form = 'M';  // M: week and day of a month; J: day of the year without 29 February; 0: with it, from 0
    int month = 0, week = 0, day = 0;
    int64_t time = 7200;
  };

  bool take_name() {
    const bool quoted = !text_.empty() && text_[0] == '<';
    size_t end = 0;
    if (quoted) {
      end = text_.find('>');
      if (end == std::string_view::npos) return false;
      end++;
    } else {
      while (end < text_.size() && isalpha(static_cast<unsigned char>(text_[end]))) end++;
    }
    text_.remove_prefix(end);
    return end >= 3;
  }

  bool take_integer(int& out) {
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), out);
    if (error != std::errc() || out < 0) return false;
    text_.remove_prefix(static_cast<size_t>(end - text_.data()));
    return true;
  }

  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool take_time(int64_t& out) {
    const bool negative = take('-');
    if (!negative) (void)take('+');
    int hours = 0, minutes = 0, seconds = 0;
    if (!take_integer(hours) || hours > 167) return false;
    if (take(':') && (!take_integer(minutes) || minutes > 59)) return false;
    if (take(':') && (!take_integer(seconds) || seconds > 59)) return false;
    out = hours * 3600 + minutes * 60 + seconds;
    if (negative) out = -out;
    return true;
  }

  bool take_date(Date& out) {
    if (!take(',')) return false;
    if (take('M')) {
      if (!take_integer(out.month) || !take('.') || !take_integer(out.week) || !take('.') || !take_integer(out.day))
        return false;
      if (out.month < 1 || out.month > 12 || out.week < 1 || out.week > 5 || out.day > 6) return false;
    } else {
      out.form = take('J') ? 'J' : '0';
      if (!take_integer(out.day) || out.day > 365 || (out.form == 'J' && out.day < 1)) return false;
    }
    return !take('/') || take_time(out.time);
  }

  static int64_t seconds_of(const Date& date, int64_t year) {
    int64_t days = days_from_date(year, 1, 1);
    if (date.form == 'J') {
      days += date.day - 1 + (is_leap(year) && date.day >= 60 ? 1 : 0);
    } else if (date.form == '0') {
      days += date.day;
    } else {
      const int64_t first = days_from_date(year, date.month, 1);
      const int64_t next = date.month == 12 ? days_from_date(year + 1, 1, 1) : days_from_date(year, date.month + 1, 1);
      const int64_t weekday = ((first + 4) % 7 + 7) % 7;  // 0 is Sunday
      days = first + (date.day - weekday + 7) % 7 + (date.week - 1) * 7;
      while (days >= next) days -= 7;  // week 5 is the last one
    }
    return days * kDay + date.time;
  }

  std::string_view text_;
  int64_t standard_ = 0, summer_ = 0;
  Date begin_, end_;
  bool changing_ = false;
};

bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > 100 || name[0] == '/' || name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '_' || c == '-' || c == '+';
  });
}

}  // namespace

base::Result<TimeZone> TimeZone::load(std::string_view name) {
  if (name == "UTC") return TimeZone();
  if (!is_zone_name(name)) return failed("'" + printable(name) + "' is not the name of a time zone (Europe/Zurich)");
  const base::Result<std::string> file = read_file_text(kDatabase + std::string(name), kLargestFile);
  if (!file.ok())
    return failed("the time zone '" + printable(name) + "' is not known here: " + kDatabase + std::string(name) + " " +
                  file.error().text);
  base::Result<TimeZone> zone = parse(*file);
  if (!zone.ok()) return failed("the time zone '" + printable(name) + "': " + zone.error().text);
  return zone;
}

base::Result<TimeZone> TimeZone::parse(std::string_view file) {
  Bytes bytes(file);
  char version = 0;
  std::optional<Header> header = take_header(bytes, version);
  if (!header) return failed("is no file of the zone database");
  size_t time_size = 4;
  if (version >= '2') {  // the first block has 32 bits, for old readers
    bytes.skip(header->body(4));
    header = take_header(bytes, version);
    if (!header) return failed("is damaged");
    time_size = 8;
  }
  if (!bytes.has(header->body(time_size)) || header->types == 0) return failed("is damaged");
  TimeZone out;
  out.changes_.resize(header->changes);
  for (Change& change : out.changes_) change.at = bytes.number(time_size);
  const std::string_view kinds = bytes.rest().substr(0, header->changes);
  bytes.skip(header->changes);
  std::vector<int32_t> offsets;
  for (size_t i = 0; i < header->types; i++) {
    offsets.push_back(static_cast<int32_t>(bytes.number(4)));
    bytes.skip(2);
  }
  out.first_offset_ = offsets[0];
  for (size_t i = 0; i < header->changes; i++) {
    const size_t kind = static_cast<uint8_t>(kinds[i]);
    if (kind >= offsets.size() || (i > 0 && out.changes_[i].at <= out.changes_[i - 1].at)) return failed("is damaged");
    out.changes_[i].offset = offsets[kind];
  }
  bytes.skip(header->body(time_size) - header->changes * (time_size + 1) - header->types * 6);
  if (version < '2' || bytes.rest().size() < 2 || bytes.rest()[0] != '\n') return out;
  const std::string_view line = bytes.rest().substr(1, bytes.rest().find('\n', 1) - 1);
  if (line.empty()) return out;
  Footer footer(line);
  if (!footer.parse()) return failed("its rule '" + printable(line) + "' is not understood");
  const int64_t last = out.changes_.empty() ? INT64_MIN : out.changes_.back().at;
  if (!footer.changing()) {
    if (out.changes_.empty()) out.first_offset_ = footer.standard();
    return out;
  }
  for (int64_t year = out.changes_.empty() ? 1970 : year_of(last); year <= kLastYear; year++) {
    Change summer{footer.begin_in(year), footer.summer()}, winter{footer.end_in(year), footer.standard()};
    if (winter.at < summer.at) std::swap(summer, winter);  // the southern hemisphere
    for (const Change& change : {summer, winter})
      if (change.at > last) out.changes_.push_back(change);
  }
  return out;
}

int32_t TimeZone::offset_at(int64_t wall_seconds) const {
  const auto next = std::upper_bound(changes_.begin(), changes_.end(), wall_seconds,
                                     [](int64_t at, const Change& change) { return at < change.at; });
  return next == changes_.begin() ? first_offset_ : std::prev(next)->offset;
}

int64_t TimeZone::first_utc_of(int64_t local) const {
  // Offsets differ by less than a day around any change.
  const int32_t before = offset_at(local - 2 * kDay), after = offset_at(local + 2 * kDay);
  const int64_t early = local - std::max(before, after), late = local - std::min(before, after);
  if (early + offset_at(early) == local) return early;
  if (late + offset_at(late) == local) return late;
  // Skipped: the change lies in between.
  int64_t low = early, high = late;
  const int32_t offset = offset_at(low);
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (offset_at(middle) == offset)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

}  // namespace navajo::config
