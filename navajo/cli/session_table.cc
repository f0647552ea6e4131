#include "navajo/cli/session_table.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "navajo/session/store_numbers.h"

namespace navajo::cli {
namespace {

constexpr size_t kWidestCell = 40;
constexpr std::array<const char*, SessionTable::kColumns> kHeads = {"LOG-ID",     "USER", "AGE",  "IDLE",
                                                                    "EXPIRES-IN", "SIZE", "STORE"};

uint64_t number(const admin::Line& line, std::string_view name) {
  uint64_t value = 0;
  if (const std::string* text = line.field(name)) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

// Control characters, also those of eight bits, could make a terminal do things.
std::string shown(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
    const bool goes_on = byte >= 0x80 && byte < 0xc0;
    const bool after_begin = i > 0 && static_cast<unsigned char>(text[i - 1]) >= 0x80;
    const bool eight_bit_control = byte == 0xc2 && next >= 0x80 && next < 0xa0;
    if (byte < 0x20 || byte == 0x7f || eight_bit_control || (goes_on && !after_begin) || byte == 0xc0 || byte == 0xc1)
      out += '?';
    else
      out += static_cast<char>(byte);
    if (eight_bit_control) i++;
  }
  return out;
}

std::string text_of(const admin::Line& line, std::string_view name) {
  const std::string* text = line.field(name);
  return text ? shown(*text) : "-";
}

// Characters, not bytes.
size_t width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string duration_of(const admin::Line& line, std::string_view name, const char* otherwise) {
  return line.field(name) ? short_duration(static_cast<int64_t>(number(line, name))) : otherwise;
}

}  // namespace

std::string short_duration(int64_t seconds) {
  const auto two = [](int64_t large, const char* unit, int64_t small, const char* rest) {
    return std::to_string(large) + unit + (small > 0 ? std::to_string(small) + rest : "");
  };
  seconds = std::max<int64_t>(seconds, 0);
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 3600) return two(seconds / 60, "m", seconds % 60, "s");
  if (seconds < 86400) return two(seconds / 3600, "h", seconds / 60 % 60, "m");
  return two(seconds / 86400, "d", seconds / 3600 % 24, "h");
}

std::string size_text(uint64_t bytes) {
  static constexpr const char* kUnits[] = {"KB", "MB", "GB", "TB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    unit++;
  }
  char text[32];
  snprintf(text, sizeof text, "%.1f %s", value, kUnits[unit]);
  return text;
}

void SessionTable::add(const admin::Line& session, std::string& out) {
  std::string size = size_text(number(session, "bytes"));
  std::erase(size, ' ');
  const Row row{text_of(session, "id"),
                text_of(session, "user"),
                duration_of(session, "age_seconds", "-"),
                duration_of(session, "idle_seconds", "-"),
                duration_of(session, "expires_in_seconds", "never"),
                size,
                text_of(session, "store")};
  if (begun_) return show(row, out);
  waiting_.push_back(row);
  if (waiting_.size() == kLookAhead) begin(out);
}

void SessionTable::add_attribute(const admin::Line& attribute, std::string& out) {
  if (!begun_) begin(out);
  out += "    " + text_of(attribute, "name") + " (" + text_of(attribute, "kind") + ", " +
         size_text(number(attribute, "size")) + ")";
  if (attribute.field("value")) out += " = " + text_of(attribute, "value");
  out += '\n';
}

void SessionTable::finish(std::string& out) {
  if (!begun_ && !waiting_.empty()) begin(out);
}

void SessionTable::begin(std::string& out) {
  begun_ = true;
  Row heads;
  std::copy(kHeads.begin(), kHeads.end(), heads.begin());
  for (size_t i = 0; i < kColumns; i++) {
    widths_[i] = width(heads[i]);
    for (const Row& row : waiting_) widths_[i] = std::max(widths_[i], std::min(width(row[i]), kWidestCell));
  }
  show(heads, out);
  for (const Row& row : waiting_) show(row, out);
  waiting_.clear();
}

void SessionTable::show(const Row& row, std::string& out) {
  for (size_t i = 0; i < kColumns; i++) {
    out += row[i];
    if (i + 1 == kColumns) break;
    out.append(widths_[i] - std::min(width(row[i]), widths_[i]) + 2, ' ');
  }
  out += '\n';
}

std::string store_text(const admin::Line& store) {
  const uint64_t size = number(store, "memory_size_bytes"), used = number(store, "memory_used_bytes");
  std::string out = "sessions " + text_of(store, "name") + " " + std::to_string(number(store, "sessions_active")) +
                    " active, " + std::to_string(size > 0 ? used * 100 / size : 0) + " % of " + size_text(size) +
                    " used (" + text_of(store, "state") + ")";
  const uint64_t full_in = number(store, session::kFullInName);
  if (full_in == 0) return out;
  // A forecast is no better than its largest unit.
  const std::pair<uint64_t, const char*> units[] = {{86400, " d"}, {3600, " h"}, {60, " min"}, {1, " s"}};
  for (const auto& [length, unit] : units)
    if (full_in >= length) return out + ", 90 % in about " + std::to_string((full_in + length / 2) / length) + unit;
  return out;
}

}  // namespace navajo::cli
