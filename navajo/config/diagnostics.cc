#include "navajo/config/diagnostics.h"

#include <algorithm>
#include <cstdio>

namespace navajo::config {
namespace {

// Damerau-Levenshtein (adjacent swaps count once), letters without case: how far a typing mistake is away.
size_t distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  std::vector<size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); j++) last[j] = j;
  for (size_t i = 1; i <= a.size(); i++) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); j++) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string Fault::line() const {
  std::string out = where.file.empty() ? std::string("configuration") : where.file;
  if (where.line > 0) out += ":" + std::to_string(where.line);
  if (where.line > 0 && where.column > 0) out += ":" + std::to_string(where.column);
  char number[16];
  snprintf(number, sizeof number, ": NVJ%04u ", static_cast<unsigned>(id.number));
  return out + number + text;
}

void Diagnostics::hide(std::string secret) {
  constexpr size_t kShortest = 4;  // less, a number mostly, is found in any message
  if (secret.size() >= kShortest) secrets_.push_back(std::move(secret));
}

// Messages cut long values (printable()), so a secret may stand there in part: from its beginning, or the whole of it.
std::string Diagnostics::without_secrets(std::string text) const {
  constexpr size_t kTelling = 8;  // fewer of its characters are found in any text
  constexpr char kInstead[] = "(hidden)";
  for (const std::string& secret : secrets_) {
    const std::string head = secret.substr(0, kTelling);
    for (size_t at = 0; (at = text.find(head, at)) != std::string::npos; at += sizeof kInstead - 1) {
      size_t length = head.size();
      while (length < secret.size() && at + length < text.size() && text[at + length] == secret[length]) length++;
      text.replace(at, length, kInstead);
    }
  }
  return text;
}

void Diagnostics::fault(const Position& where, observe::LogId id, std::string text) {
  count_++;
  if (faults_.size() < kLimit) {
    faults_.push_back({where, id, without_secrets(std::move(text))});
  } else if (faults_.size() == kLimit) {
    faults_.push_back({where, observe::id::config_more_faults,
                       "there are more faults than the " + std::to_string(kLimit) + " shown; mend these first"});
  }
}

void Diagnostics::notice(const Position& where, observe::LogId id, std::string text) {
  // A notice too many is dropped in silence: nothing depends on it.
  if (notices_.size() < kLimit) notices_.push_back({where, id, without_secrets(std::move(text))});
}

void Diagnostics::deprecated(const Position& where, const std::string& text) {
  if (deprecated_is_fault_)
    fault(where, observe::id::config_deprecated_refused, "DEPRECATED: " + text + " [CONF-0001]");
  else
    notice(where, observe::id::config_deprecated, "DEPRECATED: " + text);
}

std::string did_you_mean(std::string_view given, const std::vector<std::string_view>& candidates) {
  constexpr size_t kLongest = 200;  // the comparison is quadratic
  if (given.size() > kLongest) return "";
  std::string_view best;
  size_t best_distance = given.size() / 3 + 2;  // farther than this is another word, not a mistake
  for (std::string_view candidate : candidates) {
    if (candidate.size() > kLongest) continue;
    const size_t far = distance(given, candidate);
    if (far < best_distance && far < std::max(given.size(), candidate.size())) {
      best = candidate;
      best_distance = far;
    }
  }
  return best.empty() ? "" : ", did you mean '" + std::string(best) + "'?";
}

}  // namespace navajo::config
