#include "navajo/http/stream_replacer.h"

#include <algorithm>
#include <cstring>

#include "navajo/http/syntax.h"

namespace navajo::http {
namespace {

constexpr size_t kWindow = 16384;
constexpr size_t kLookAhead = 3;  // "%3A"

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

bool starts_link(char c) { return c == '\0' || is_one_of(c, " \t\r\n\f\"'(=<>,;`"); }

// rest: the next bytes, three of them unless the stream ends.
bool ends_host(std::string_view rest) {
  if (rest.empty()) return true;
  if (rest[0] == '%') {
    const std::string_view code = rest.substr(0, 3);
    return code != "%3A" && code != "%3a" && code != "%40";
  }
  return !is_alphanumeric(rest[0]) && !is_one_of(rest[0], ".-_:@");
}
bool ends_path(std::string_view rest) {
  if (!ends_host(rest)) return false;
  if (rest.empty()) return true;
  if (rest[0] == '%') {
    const std::string_view code = rest.substr(0, 3);
    for (const std::string_view end : {"%2F", "%2f", "%3F", "%3f", "%23", "%22", "%26", "%20"})
      if (code == end) return true;
    return false;
  }
  return !is_one_of(rest[0], "~!$+*");
}

}  // namespace

StreamReplacer::StreamReplacer(std::span<const Replacement> table, std::pmr::memory_resource& memory)
    : rows_(&memory), window_(&memory), out_(&memory) {
  rows_.reserve(table.size());
  for (const Replacement& row : table)
    if (!row.from.empty() && row.from.size() <= kLongest) rows_.push_back(&row);
  std::stable_sort(rows_.begin(), rows_.end(), [](const Replacement* a, const Replacement* b) {
    if (a->from[0] != b->from[0]) return a->from[0] < b->from[0];
    return a->from.size() > b->from.size();
  });
  for (uint32_t i = 0; i < rows_.size(); i++) {
    const char first = rows_[i]->from[0];
    const char upper = first >= 'a' && first <= 'z' ? static_cast<char>(first - 32) : first;
    for (const char c : {first, upper}) {
      auto& range = rows_of_[static_cast<unsigned char>(c)];
      if (range.second == 0) range.first = i;
      range.second = i + 1;
    }
  }
}

bool StreamReplacer::write(std::span<const char> bytes, Sink sink) {
  if (window_.empty()) window_.resize(kWindow);
  while (!bytes.empty()) {
    const size_t take = std::min(bytes.size(), window_.size() - held_);
    memcpy(window_.data() + held_, bytes.data(), take);
    held_ += take;
    bytes = bytes.subspan(take);
    if (!scan(End::open, sink)) return false;
  }
  return flush(sink);
}

bool StreamReplacer::finish(Sink sink) { return scan(End::final, sink) && flush(sink); }

StreamReplacer::Fit StreamReplacer::fits(const Replacement& row, size_t at, End end) const {
  if (row.before == Replacement::Before::start_of_link) {
    const bool first = at == 0 && !anything_;
    if (!first && !starts_link(at == 0 ? before_ : window_[at - 1])) return Fit::no;
  }
  const size_t there = std::min(held_ - at, row.from.size());
  for (size_t i = 0; i < there; i++)
    if (lower(window_[at + i]) != row.from[i]) return Fit::no;
  if (there < row.from.size()) return end == End::final ? Fit::no : Fit::undecided;
  if (row.after == Replacement::After::any) return Fit::yes;
  const size_t next = at + row.from.size();
  if (held_ - next < kLookAhead && end == End::open) return Fit::undecided;
  const std::string_view rest(window_.data() + next, std::min(held_ - next, kLookAhead));
  return (row.after == Replacement::After::end_of_host ? ends_host(rest) : ends_path(rest)) ? Fit::yes : Fit::no;
}

bool StreamReplacer::scan(End end, Sink sink) {
  size_t at = 0, kept_from = 0;  // what is between them is given out as it is
  while (at < held_) {
    const auto [first, last] = rows_of_[static_cast<unsigned char>(window_[at])];
    const Replacement* found = nullptr;
    Fit fit = Fit::no;
    for (uint32_t i = first; i < last && fit == Fit::no; i++) {
      fit = fits(*rows_[i], at, end);
      found = rows_[i];
    }
    if (fit == Fit::undecided) break;
    if (fit == Fit::no) {
      at++;
      continue;
    }
    if (!put({window_.data() + kept_from, at - kept_from}, sink) || !put(found->to, sink)) return false;
    replaced_++;
    at += found->from.size();
    kept_from = at;
  }
  if (!put({window_.data() + kept_from, at - kept_from}, sink)) return false;
  if (at > 0) {
    before_ = window_[at - 1];
    anything_ = true;
    memmove(window_.data(), window_.data() + at, held_ - at);
    held_ -= at;
  }
  return true;
}

bool StreamReplacer::put(std::string_view text, Sink sink) {
  if (out_.empty()) out_.reserve(kWindow);
  while (!text.empty()) {
    const size_t take = std::min(text.size(), kWindow - out_.size());
    out_.insert(out_.end(), text.begin(), text.begin() + static_cast<ptrdiff_t>(take));
    text.remove_prefix(take);
    if (out_.size() == kWindow && !flush(sink)) return false;
  }
  return true;
}

bool StreamReplacer::flush(Sink sink) {
  if (out_.empty()) return true;
  const bool wanted = sink(std::span<const char>(out_.data(), out_.size()));
  out_.clear();
  return wanted;
}

std::pmr::string replace_all(std::string_view text, std::span<const Replacement> table,
                             std::pmr::memory_resource& memory) {
  std::pmr::string out(&memory);
  const auto append = [&out](std::span<const char> bytes) {
    out.append(bytes.data(), bytes.size());
    return true;
  };
  StreamReplacer replacer(table, memory);
  if (replacer.write(std::span<const char>(text.data(), text.size()), append)) (void)replacer.finish(append);
  return out;
}

}  // namespace navajo::http
