#include "navajo/limits/time_zone.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>

namespace navajo::limits {
namespace {

using base::Error;
using base::Failed;

constexpr size_t kMaxFile = 1 << 20;
constexpr int64_t kDay = 86400;

class Bytes {
 public:
  explicit Bytes(std::string_view content) : rest_(content) {}
  bool skip(size_t count) {
    if (rest_.size() < count) return false;
    rest_.remove_prefix(count);
    return true;
  }
  int64_t number(size_t width) {
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++) value = value << 8 | static_cast<unsigned char>(rest_[i]);
    rest_.remove_prefix(width);
    return width == 4 ? static_cast<int32_t>(value) : static_cast<int64_t>(value);
  }
  uint8_t byte() { return static_cast<uint8_t>(number(1)); }
  bool has(size_t count) const { return rest_.size() >= count; }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

struct Counts {
  size_t utc, standard, leaps, changes, types, characters;
  size_t body(size_t width) const {
    return changes * (width + 1) + types * 6 + characters + leaps * (width + 4) + standard + utc;
  }
};

// None: no TZif, or numbers no file has.
std::optional<Counts> read_head(Bytes& bytes, char& version) {
  if (!bytes.has(44) || bytes.rest().substr(0, 4) != "TZif") return std::nullopt;
  version = bytes.rest()[4];
  (void)bytes.skip(20);
  size_t numbers[6];
  for (size_t& number : numbers) {
    const int64_t read = bytes.number(4);
    if (read < 0 || read > 1 << 16) return std::nullopt;
    number = static_cast<size_t>(read);
  }
  return Counts{numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]};
}

// The text of a rule, from left to right.
class RuleText {
 public:
  explicit RuleText(std::string_view text) : text_(text) {}
  bool done() const { return text_.empty(); }
  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  char next() const { return text_.empty() ? '\0' : text_[0]; }
  bool name() {
    if (take('<')) {
      const size_t end = text_.find('>');
      if (end == std::string_view::npos) return false;
      text_.remove_prefix(end + 1);
      return true;
    }
    const size_t end = std::min(text_.find_first_of("+-0123456789,"), text_.size());
    text_.remove_prefix(end);
    return end >= 3;
  }
  // -1: none.
  int number() {
    int value = 0;
    size_t digits = 0;
    for (; digits < text_.size() && digits < 4 && text_[digits] >= '0' && text_[digits] <= '9'; digits++)
      value = value * 10 + (text_[digits] - '0');
    text_.remove_prefix(digits);
    return digits ? value : -1;
  }
  // hh[:mm[:ss]] with a sign.
  std::optional<int64_t> time() {
    const int sign = take('-') ? -1 : (take('+'), 1);
    int64_t total = 0, unit = 3600;
    do {
      const int part = number();
      if (part < 0 || unit == 0) return std::nullopt;
      total += part * unit;
      unit = unit == 3600 ? 60 : unit == 60 ? 1 : 0;
    } while (take(':'));
    return sign * total;
  }

 private:
  std::string_view text_;
};

}  // namespace

int64_t days_of(int64_t year, int month, int day) {
  // Years that begin in March, so that the leap day is their last one.
  const int64_t y = month <= 2 ? year - 1 : year;
  const int64_t era = (y >= 0 ? y : y - 399) / 400, in_era = y - era * 400;
  const int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

Date date_of(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097, in_era = days - era * 146097;
  const int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
  const int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
  const int64_t month = (5 * in_year + 2) / 153;
  const auto day = static_cast<int>(in_year - (153 * month + 2) / 5 + 1);
  const auto civil = static_cast<int>(month < 10 ? month + 3 : month - 9);
  return {year + era * 400 + (civil <= 2 ? 1 : 0), civil, day};
}

std::optional<TimeZone::Rule> TimeZone::parse_rule(std::string_view text) {
  RuleText in(text);
  Rule rule;
  if (!in.name()) return std::nullopt;
  const auto standard = in.time();
  if (!standard) return std::nullopt;
  rule.standard = static_cast<int32_t>(-*standard);  // POSIX counts to the west
  if (in.done()) return rule;
  rule.has_daylight = true;
  if (!in.name()) return std::nullopt;
  rule.daylight = rule.standard + 3600;
  if (in.next() != ',') {
    const auto daylight = in.time();
    if (!daylight) return std::nullopt;
    rule.daylight = static_cast<int32_t>(-*daylight);
  }
  for (Change* change : {&rule.begin, &rule.end}) {
    if (!in.take(',')) return std::nullopt;
    change->form = in.take('M') ? Change::Form::month : in.take('J') ? Change::Form::julian : Change::Form::day;
    const int first = in.number();
    if (first < 0) return std::nullopt;
    change->day = first;
    if (change->form == Change::Form::month) {
      change->month = first;
      change->week = in.take('.') ? in.number() : -1;
      change->day = in.take('.') ? in.number() : -1;
      if (first < 1 || first > 12 || change->week < 1 || change->week > 5 || change->day < 0 || change->day > 6)
        return std::nullopt;
    }
    if (in.take('/')) {
      const auto time = in.time();
      if (!time) return std::nullopt;
      change->time = *time;
    }
  }
  if (!in.done()) return std::nullopt;
  return rule;
}

// In local time, as if it were UTC.
int64_t TimeZone::moment(const Change& change, int64_t year) {
  const int64_t first = days_of(year, 1, 1);
  if (change.form == Change::Form::day) return (first + change.day) * kDay + change.time;
  if (change.form == Change::Form::julian) {
    // The 29th of February is not counted.
    const bool leap = days_of(year, 3, 1) - days_of(year, 2, 1) == 29;
    return (first + change.day - 1 + (leap && change.day >= 60 ? 1 : 0)) * kDay + change.time;
  }
  const int64_t begin = days_of(year, change.month, 1);
  const int64_t end = change.month == 12 ? days_of(year + 1, 1, 1) : days_of(year, change.month + 1, 1);
  const int64_t weekday = ((begin + 4) % 7 + 7) % 7;  // the first of 1970 was a Thursday
  int64_t day = begin + (change.day - weekday + 7) % 7 + (change.week - 1) * 7;
  while (day >= end) day -= 7;
  return day * kDay + change.time;
}

int32_t TimeZone::offset_by_rule(int64_t utc) const {
  if (!rule_->has_daylight) return rule_->standard;
  const int64_t local = utc + rule_->standard;
  const int64_t year = date_of((local >= 0 ? local : local - kDay + 1) / kDay).year;
  const int64_t begin = moment(rule_->begin, year) - rule_->standard;
  const int64_t end = moment(rule_->end, year) - rule_->daylight;
  const bool daylight = begin < end ? utc >= begin && utc < end : utc >= begin || utc < end;
  return daylight ? rule_->daylight : rule_->standard;
}

int32_t TimeZone::offset_at(int64_t utc) const {
  const auto after = std::upper_bound(changes_.begin(), changes_.end(), utc);
  if (after == changes_.end() && rule_) return offset_by_rule(utc);
  if (after == changes_.begin()) return first_offset_;
  return offsets_[static_cast<size_t>(after - changes_.begin()) - 1];
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

base::Result<TimeZone> TimeZone::parse(std::string_view content) {
  Bytes bytes(content);
  char version = 0;
  auto counts = read_head(bytes, version);
  size_t width = 4;
  if (counts && version >= '2') {
    if (!bytes.skip(counts->body(4))) return Failed{Error{"the zone file is cut off"}};
    counts = read_head(bytes, version);
    width = 8;
  }
  if (!counts || counts->types == 0) return Failed{Error{"it is no zone file"}};
  if (!bytes.has(counts->body(width))) return Failed{Error{"the zone file is cut off"}};
  TimeZone zone;
  for (size_t i = 0; i < counts->changes; i++) zone.changes_.push_back(bytes.number(width));
  std::vector<uint8_t> types;
  for (size_t i = 0; i < counts->changes; i++) types.push_back(bytes.byte());
  std::vector<int32_t> offsets;
  for (size_t i = 0; i < counts->types; i++) {
    offsets.push_back(static_cast<int32_t>(bytes.number(4)));
    (void)bytes.skip(2);
  }
  for (const uint8_t type : types) {
    if (type >= offsets.size()) return Failed{Error{"the zone file is damaged"}};
    zone.offsets_.push_back(offsets[type]);
  }
  if (!std::is_sorted(zone.changes_.begin(), zone.changes_.end())) return Failed{Error{"the zone file is damaged"}};
  zone.first_offset_ = offsets[0];
  (void)bytes.skip(counts->characters + counts->leaps * (width + 4) + counts->standard + counts->utc);
  std::string_view footer = bytes.rest();
  if (width == 8 && footer.size() >= 2 && footer[0] == '\n') {
    footer.remove_prefix(1);
    footer = footer.substr(0, footer.find('\n'));
    if (!footer.empty()) {
      zone.rule_ = parse_rule(footer);
      if (!zone.rule_) return Failed{Error{"the zone file's rule cannot be read"}};
    }
  }
  return zone;
}

base::Result<TimeZone> TimeZone::load(const std::string& name) {
  if (name == "UTC") return TimeZone();
  if (name.empty() || name[0] == '/' || name.find("..") != std::string::npos ||
      name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_/.") !=
          std::string::npos)
    return Failed{Error{"'" + name + "' is no name of a time zone"}};
  const std::string path = "/usr/share/zoneinfo/" + name;
  const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(path.c_str(), "re"), fclose);
  std::string content;
  char buffer[4096];
  if (file)
    for (size_t got = 0; content.size() < kMaxFile && (got = fread(buffer, 1, sizeof buffer, file.get())) > 0;)
      content.append(buffer, got);
  if (content.empty()) return Failed{Error{"there is no time zone '" + name + "' on this machine (package tzdata)"}};
  return parse(content);
}

}  // namespace navajo::limits
