// For tests: a strict judge of JSON (RFC 8259), so that a record is not judged by the code that made it.
#pragma once

#include <cctype>
#include <string_view>

namespace navajo::rules::test {

class JsonCheck {
 public:
  // One object, and nothing besides. Strings have to be UTF-8 without control characters of C0, C1 and DEL.
  static bool is_object(std::string_view text) {
    JsonCheck check(text);
    return !text.empty() && text[0] == '{' && check.value(0) && check.at_ == text.size();
  }

 private:
  explicit JsonCheck(std::string_view text) : text_(text) {}
  int peek() const { return at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : -1; }
  bool take(char c) {
    if (peek() != static_cast<unsigned char>(c)) return false;
    at_++;
    return true;
  }
  bool word(std::string_view w) {
    if (text_.substr(at_, w.size()) != w) return false;
    at_ += w.size();
    return true;
  }
  bool digits() {
    const size_t before = at_;
    while (isdigit(peek())) at_++;
    return at_ > before;
  }
  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }
  bool tails(int count) {
    for (; count > 0; count--, at_++)
      if ((peek() & 0xc0) != 0x80 || peek() < 0) return false;
    return true;
  }
  bool string() {
    if (!take('"')) return false;
    for (;;) {
      const int c = peek();
      at_++;
      if (c == '"') return true;
      if (c < 0x20 || c == 0x7f) return false;
      if (c == '\\') {
        const int e = peek();
        at_++;
        if (e == 'u') {
          for (int i = 0; i < 4; i++, at_++)
            if (!isxdigit(peek())) return false;
        } else if (e < 0 || std::string_view("\"\\/bfnrt").find(static_cast<char>(e)) == std::string_view::npos) {
          return false;
        }
      } else if (c >= 0x80) {
        if (c == 0xc2 && peek() < 0xa0) return false;
        if (c < 0xc2 || c > 0xf4 || !tails(c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3)) return false;
      }
    }
  }
  bool value(int depth) {
    if (depth > 100) return false;
    const int c = peek();
    if (c == '"') return string();
    if (c == '{' || c == '[') return list(c == '{', depth);
    return word("true") || word("false") || word("null") || number();
  }
  bool list(bool object, int depth) {
    const char end = object ? '}' : ']';
    at_++;
    if (take(end)) return true;
    do {
      if (object && (!string() || !take(':'))) return false;
      if (!value(depth + 1)) return false;
    } while (take(','));
    return take(end);
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace navajo::rules::test
