#include "navajo/admin/line.h"

namespace navajo::admin {
namespace {

base::Failed<base::Error> refused(const char* why) { return {base::Error{why}}; }

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

bool is_name(std::string_view text) {
  for (const char c : text)
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '-') return false;
  return !text.empty();
}

bool is_word(std::string_view text) {
  for (const char c : text)
    if (!is_visible(c) || c == '%') return false;
  return !text.empty();
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool decode(std::string_view text, std::string& value) {
  for (size_t i = 0; i < text.size(); i++) {
    if (!is_visible(text[i])) return false;
    if (text[i] != '%') {
      value += text[i];
      continue;
    }
    if (text.size() - i < 3) return false;
    const int high = digit(text[i + 1]), low = digit(text[i + 2]);
    if (high < 0 || low < 0) return false;
    value += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return true;
}

}  // namespace

const std::string* Line::field(std::string_view name) const {
  for (const auto& [key, value] : fields)
    if (key == name) return &value;
  return nullptr;
}

base::Result<Line> parse_line(std::string_view text) {
  if (text.size() > kMaxLine) return refused("the line is too long");
  Line line;
  for (;;) {
    const size_t end = text.find(' ');
    const std::string_view part = text.substr(0, end);
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      if (!line.fields.empty()) return refused("a word stands behind a field");
      if (!is_word(part)) return refused("a word is empty or has a byte that may not stand there");
      if (line.words.size() == kMaxWords) return refused("there are too many words");
      line.words.emplace_back(part);
    } else {
      const std::string_view name = part.substr(0, equals);
      if (!is_name(name)) return refused("a field's name may have small letters, digits, '_' and '-' only");
      if (line.field(name)) return refused("a field is there twice");
      if (line.fields.size() == kMaxFields) return refused("there are too many fields");
      line.fields.emplace_back(name, std::string());
      if (!decode(part.substr(equals + 1), line.fields.back().second))
        return refused("a value has a byte that has to be written as %XX, or a '%' without two hexadecimal digits");
    }
    if (end == std::string_view::npos) return line;
    text.remove_prefix(end + 1);
  }
}

void append_field(std::string& line, std::string_view name, std::string_view value) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  if (!line.empty()) line += ' ';
  line.append(name) += '=';
  for (const char c : value) {
    if (is_visible(c) && c != '%') {
      line += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    line += '%';
    line += kDigits[byte >> 4];
    line += kDigits[byte & 15];
  }
}

}  // namespace navajo::admin
