#include "navajo/rules/required_text.h"

#include <cctype>

namespace navajo::rules {
namespace {

class PatternReader {
 public:
  explicit PatternReader(std::string_view pattern) : pattern_(pattern) {}

  std::optional<std::vector<RequiredText>> read() {
    if (!understood()) return std::nullopt;
    for (; at_ < pattern_.size(); at_++) {
      const char c = pattern_[at_];
      if (c == '|') {
        if (!end_alternative()) return std::nullopt;
      } else if (c == '\\') {
        if (!escape()) return std::nullopt;
      } else if (c == '[') {
        end_run();
        if (!skip_class()) return std::nullopt;
      } else if (c == '(') {
        end_run();
        if (!skip_group()) return std::nullopt;
      } else if (c == '*' || c == '?' || c == '{') {
        // The character before need not be there. A brace that is no quantifier loses it for nothing.
        if (!run_.empty()) run_.pop_back();
        end_run();
        if (c == '{') skip_numbers();
      } else if (c == '^') {
        tied_ = tied_ || (fresh_ && run_.empty());
        if (!tied_ || !fresh_) end_run();
      } else if (c == '+' || c == '.' || c == '$') {
        end_run();
      } else {
        run_ += c;
      }
    }
    if (!end_alternative()) return std::nullopt;
    return std::move(out_);
  }

 private:
  // Comments, callouts, extended syntax, verbs and quotes mean something else than they look like.
  bool understood() {
    bool escaped = false;
    for (size_t i = 0; i < pattern_.size(); i++) {
      if (escaped) {
        if (pattern_[i] == 'Q' || pattern_[i] == 'E') return false;
        escaped = false;
      } else if (pattern_[i] == '\\') {
        escaped = true;
      } else if (pattern_[i] == '(' && i + 1 < pattern_.size()) {
        if (pattern_[i + 1] == '*') return false;
        if (pattern_[i + 1] != '?') continue;
        for (size_t j = i + 2; j < pattern_.size(); j++) {
          const char c = pattern_[j];
          if (c == '#' || c == 'C' || c == 'x') return false;
          if (c == 'm') multiline_ = true;
          if (!isalpha(static_cast<unsigned char>(c)) && c != '-' && c != '^') break;
        }
      }
    }
    return true;
  }

  void end_run() {
    if (tied_ && fresh_) current_.beginning = run_;
    if (run_.size() > current_.anywhere.size()) current_.anywhere = run_;
    run_.clear();
    fresh_ = false;
  }

  bool end_alternative() {
    end_run();
    if (multiline_) current_.beginning.clear();
    if (current_.anywhere.empty()) return false;
    out_.push_back(std::move(current_));
    current_ = {};
    fresh_ = true;
    tied_ = false;
    return true;
  }

  bool escape() {
    if (++at_ >= pattern_.size()) return false;
    const char c = pattern_[at_];
    if (!isalnum(static_cast<unsigned char>(c))) {
      run_ += c;
      return true;
    }
    // One letter, and nothing behind it belongs to it.
    if (std::string_view("dDwWsSbBAzZhHvVRXGnrtfae").find(c) == std::string_view::npos) return false;
    if (c == 'A' && fresh_ && run_.empty()) {
      tied_ = true;
      return true;
    }
    end_run();
    return true;
  }

  // Of `{2,5}`.
  void skip_numbers() {
    size_t i = at_ + 1;
    while (i < pattern_.size() &&
           (isdigit(static_cast<unsigned char>(pattern_[i])) || pattern_[i] == ',' || pattern_[i] == ' '))
      i++;
    if (i < pattern_.size() && pattern_[i] == '}') at_ = i;
  }

  // `[:alpha:]` and the like; where it ends.
  size_t end_of_named_class(size_t at) const {
    const size_t end = pattern_.find(std::string{pattern_[at + 1], ']'}, at + 2);
    if (end == std::string_view::npos) return at;
    for (const char c : pattern_.substr(at + 2, end - at - 2))
      if (!isalpha(static_cast<unsigned char>(c)) && c != '^') return at;
    return end + 1;
  }

  // From '[' to its ']'.
  bool skip_class() {
    size_t i = at_ + 1;
    if (i < pattern_.size() && pattern_[i] == '^') i++;
    for (bool first = true; i < pattern_.size() && (first || pattern_[i] != ']'); i++, first = false) {
      if (pattern_[i] == '\\') i++;
      if (i + 1 < pattern_.size() && pattern_[i] == '[' &&
          std::string_view(":.=").find(pattern_[i + 1]) != std::string_view::npos)
        i = end_of_named_class(i);
    }
    at_ = i;
    return i < pattern_.size();
  }

  // From '(' to its ')'. Options that are set here (`(?i)`) are no group, and change nothing for us.
  bool skip_group() {
    if (pattern_.substr(at_, 2) == "(?") {
      size_t i = at_ + 2;
      while (i < pattern_.size() && (isalpha(static_cast<unsigned char>(pattern_[i])) || pattern_[i] == '-')) i++;
      if (i < pattern_.size() && pattern_[i] == ')' && i > at_ + 2 && pattern_.substr(at_, 4) != "(?R)") {
        // Still at the beginning, if it was.
        if (options_only_before()) fresh_ = true;
        at_ = i;
        return true;
      }
    }
    int depth = 0;
    for (; at_ < pattern_.size(); at_++) {
      const char c = pattern_[at_];
      if (c == '\\') {
        at_++;
      } else if (c == '[') {
        if (!skip_class()) return false;
      } else if (c == '(') {
        depth++;
      } else if (c == ')' && --depth == 0) {
        return true;
      }
    }
    return false;
  }

  bool options_only_before() const { return at_ == 0; }

  std::string_view pattern_;
  size_t at_ = 0;
  std::string run_;
  bool fresh_ = true;  // nothing but what ties it stands before the run
  bool tied_ = false, multiline_ = false;
  RequiredText current_;
  std::vector<RequiredText> out_;
};

}  // namespace

std::optional<std::vector<RequiredText>> required_texts(std::string_view pattern) {
  return PatternReader(pattern).read();
}

std::vector<std::string_view> glob_pieces(std::string_view glob, std::string_view separators) {
  std::vector<std::string_view> out;
  while (!glob.empty()) {
    const size_t end = glob.find_first_of(separators);
    if (end != 0) out.push_back(glob.substr(0, end));
    if (end == std::string_view::npos) break;
    glob.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace navajo::rules
