#include "navajo/rules/pattern_cost.h"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <vector>

namespace navajo::rules {
namespace {

constexpr size_t kMostPumps = 40, kDeepest = 40;
constexpr size_t kRepeats[] = {11, 19, 31, 300};
constexpr size_t kLongest = 300;  // what is merely quadratic is no matter in texts of this size
constexpr int64_t kSlow = 50'000'000;  // nanoseconds

int64_t processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

struct Pump {
  std::string before, repeated;
};

// Walks over a pattern and makes, for all that it repeats, a text that it takes. Not exact: what the text does is
// measured afterwards.
class Sampler {
 public:
  explicit Sampler(std::string_view pattern) : pattern_(pattern) {}

  void run() {
    while (at_ < pattern_.size()) {
      alternatives(0);
      at_++;  // a parenthesis too many
    }
  }
  const std::vector<Pump>& pumps() const { return pumps_; }
  // A text that all of the pattern takes.
  const std::string& whole() const { return sample_; }

 private:
  char peek() const { return at_ < pattern_.size() ? pattern_[at_] : '\0'; }

  // Up to the closing parenthesis. sample_ grows by the first alternative; all of them are answered.
  std::vector<std::string> alternatives(size_t depth) {
    const size_t start = sample_.size();
    std::vector<std::string> out;
    for (;;) {
      while (at_ < pattern_.size() && pattern_[at_] != '|' && pattern_[at_] != ')') atom(depth);
      out.push_back(sample_.substr(start));
      sample_.resize(start);
      if (peek() != '|') break;
      at_++;
    }
    sample_ += out.front();
    return out;
  }

  void atom(size_t depth) {
    const size_t start = sample_.size();
    std::vector<std::string> bodies;
    const char c = pattern_[at_++];
    if (c == '(' && depth < kDeepest) {
      group_options();
      bodies = alternatives(depth + 1);
      if (peek() == ')') at_++;
    } else {
      if (c == '[') sample_ += character_class();
      else if (c == '\\') escape();
      else if (c == '.') sample_ += 'x';
      else if (c != '^' && c != '$') sample_ += c;
      bodies.push_back(sample_.substr(start));
    }
    if (!quantifier()) return;
    for (const std::string& body : bodies)
      if (!body.empty() && pumps_.size() < kMostPumps) pumps_.push_back({sample_.substr(0, start), body});
    if (bodies.size() > 1 && pumps_.size() < kMostPumps) {
      std::string all;
      for (const std::string& body : bodies) all += body;
      pumps_.push_back({sample_.substr(0, start), all});
    }
  }

  void group_options() {
    if (peek() != '?') return;
    at_++;
    if (peek() == 'P' || peek() == '<') {
      if (pattern_.substr(at_, 2) == "<=" || pattern_.substr(at_, 2) == "<!") {
        at_ += 2;
        return;
      }
      at_ = std::min(pattern_.find('>', at_), pattern_.size() - 1) + 1;
      return;
    }
    while (at_ < pattern_.size() && (isalpha(static_cast<unsigned char>(pattern_[at_])) || pattern_[at_] == '-')) at_++;
    if (at_ < pattern_.size() && std::string_view(":=!>|").find(pattern_[at_]) != std::string_view::npos) at_++;
  }

  void escape() {
    const char c = at_ < pattern_.size() ? pattern_[at_++] : '\\';
    switch (c) {
      case 'd': sample_ += '1'; break;
      case 'w': case 'D': case 'S': case 'H': case 'N': sample_ += 'a'; break;
      case 'W': case 's': case 'h': sample_ += ' '; break;
      case 'n': sample_ += '\n'; break;
      case 'r': sample_ += '\r'; break;
      case 't': sample_ += '\t'; break;
      case 'b': case 'B': case 'A': case 'z': case 'Z': case 'G': case 'K': case 'Q': case 'E': break;
      default: sample_ += c;
    }
  }

  char character_class() {
    const bool negated = peek() == '^';
    if (negated) at_++;
    const size_t first = at_;
    char out = at_ < pattern_.size() ? pattern_[at_] : 'a';
    if (out == '\\' && at_ + 1 < pattern_.size()) {
      const char kind = pattern_[at_ + 1];
      out = kind == 'd' ? '1' : kind == 'w' ? 'a' : kind == 's' ? ' ' : kind;
    }
    if (pattern_.substr(at_, 2) == "[:") out = 'a';
    for (; at_ < pattern_.size(); at_++) {
      if (pattern_[at_] == '\\') at_++;
      else if (pattern_.substr(at_, 2) == "[:") at_ = std::min(pattern_.find(":]", at_), pattern_.size() - 2) + 1;
      else if (pattern_[at_] == ']' && at_ > first) break;
    }
    at_ = std::min(at_ + 1, pattern_.size());
    if (!negated) return out;
    const std::string_view inside = pattern_.substr(first, at_ - first);
    for (const char c : {'x', 'q', '7', '_', ' '})
      if (inside.find(c) == inside.npos) return c;
    return 'x';
  }

  // True: what stands before it may be there many times.
  bool quantifier() {
    bool many = false;
    const char c = peek();
    if (c == '*' || c == '+') {
      many = true;
      at_++;
    } else if (c == '?') {
      at_++;
    } else if (c == '{') {
      const size_t end = pattern_.find('}', at_);
      const std::string_view inside = end == pattern_.npos ? "" : pattern_.substr(at_ + 1, end - at_ - 1);
      if (inside.empty() || inside.find_first_not_of("0123456789,") != inside.npos) return false;
      many = inside.ends_with(',') || inside.find_first_not_of("0123456789") != inside.npos || inside.size() > 1;
      at_ = end + 1;
    } else {
      return false;
    }
    if (peek() == '?' || peek() == '+') at_++;
    return many;
  }

  std::string_view pattern_;
  size_t at_ = 0;
  std::string sample_;
  std::vector<Pump> pumps_;
};

bool is_slow(const config::Regex& regex, std::string_view subject) {
  const int64_t begun = processor_time();
  if (regex.search(subject) == config::SearchResult::gave_up) return true;
  return processor_time() - begun > kSlow;
}

bool is_meta(char c) { return std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos; }

}  // namespace

std::optional<std::string> slow_on(std::string_view pattern, config::RegexOptions options) {
  const auto regex = config::Regex::compile(pattern, options);
  if (!regex.ok()) return std::nullopt;
  Sampler sampler(pattern);
  sampler.run();
  // A text without a character that the pattern needs is given up at once: it has to be there, too late.
  const std::string ends[] = {"\x01", "!", "!" + sampler.whole()};
  for (const Pump& pump : sampler.pumps()) {
    for (const size_t repeats : kRepeats) {
      for (const std::string& before : {pump.before, std::string()}) {
        std::string subject = before;
        for (size_t i = 0; i < repeats && subject.size() < kLongest; i++) subject += pump.repeated;
        for (const std::string& end : ends)
          if (is_slow(*regex, subject + end)) return pump.repeated;
        if (pump.before.empty()) break;
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> plain_form(std::string_view pattern, bool path_glob) {
  bool begins = false, ends = false;
  if (pattern.starts_with('^') || pattern.starts_with("\\A")) {
    begins = true;
    pattern.remove_prefix(pattern[0] == '^' ? 1 : 2);
  }
  if (pattern.ends_with("\\z")) {
    ends = true;
    pattern.remove_suffix(2);
  } else if (pattern.ends_with('$') && !pattern.ends_with("\\$")) {
    ends = true;  // before a newline at the end as well, which no path or field value has
    pattern.remove_suffix(1);
  }
  std::string literal;
  for (size_t i = 0; i < pattern.size(); i++) {
    char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size() && !isalnum(static_cast<unsigned char>(pattern[i + 1])))
      c = pattern[++i];
    else if (is_meta(c))
      return std::nullopt;
    literal += c;
  }
  if (literal.empty() || literal.find_first_of("*?[]\\") != literal.npos) return std::nullopt;
  if (begins && ends) return "=" + literal;
  const char* const any = path_glob ? "**" : "*";
  // A path's glob takes several slashes for one, and some at the end: not the same.
  if (path_glob && (!begins || literal.find("//") != literal.npos)) return std::nullopt;
  return ":" + std::string(begins ? "" : any) + literal + (ends ? "" : any);
}

}  // namespace navajo::rules
