#include "navajo/config/property_file.h"

#include "navajo/config/file_text.h"
#include "navajo/config/text.h"
#include "navajo/config/variables.h"

namespace navajo::config {
namespace {

constexpr size_t kMaxFile = 1 << 20;

// A byte of a logical line and where it stands. `plain` is false behind a backslash: it separates nothing then.
struct Mark {
  std::string bytes;  // of one character
  int line, column;
  bool plain;
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    const size_t length = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (size_t k = 1; k < length; k++)
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    i += length;
  }
  return true;
}

std::string utf8(uint32_t code) {
  std::string out;
  if (code < 0x80) return std::string(1, static_cast<char>(code));
  if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      out += static_cast<char>(0xe0 | code >> 12);
    } else {
      out += static_cast<char>(0xf0 | code >> 18);
      out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    }
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
  }
  return out + static_cast<char>(0x80 | (code & 0x3f));
}

std::string from_latin1(std::string_view text) {
  std::string out;
  for (const char c : text) out += utf8(static_cast<unsigned char>(c));
  return out;
}

class Reader {
 public:
  Reader(const std::string& path, std::string_view text, Diagnostics& diagnostics)
      : path_(path), text_(text), diagnostics_(diagnostics) {}

  std::vector<Property> read() {
    std::vector<Property> out;
    while (at_ < text_.size()) {
      const std::vector<Mark> line = logical_line();
      if (!line.empty()) take(line, out);
    }
    return out;
  }

 private:
  Position here() const { return {path_, line_, column_}; }
  bool at_end_of_line() const { return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }

  void skip_end_of_line() {
    if (at_ < text_.size() && text_[at_] == '\r') at_++;
    if (at_ < text_.size() && text_[at_] == '\n') at_++;
    line_++;
    column_ = 1;
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) {
      at_++;
      column_++;
    }
  }

  // The next character, which may be several bytes.
  std::string_view character() {
    size_t length = 1;
    while (at_ + length < text_.size() && (static_cast<unsigned char>(text_[at_ + length]) & 0xc0) == 0x80) length++;
    const std::string_view out = text_.substr(at_, length);
    at_ += length;
    column_++;
    return out;
  }

  // Empty for a blank line and a comment.
  std::vector<Mark> logical_line() {
    std::vector<Mark> out;
    skip_blanks();
    if (!at_end_of_line() && (text_[at_] == '#' || text_[at_] == '!'))
      while (!at_end_of_line()) at_++;
    while (!at_end_of_line()) {
      const int line = line_, column = column_;
      const std::string_view next = character();
      if (next != "\\") {
        out.push_back({std::string(next), line, column, true});
      } else if (at_ >= text_.size()) {
        break;  // a backslash at the end of the file continues with nothing
      } else if (at_end_of_line()) {
        skip_end_of_line();
        skip_blanks();
      } else {
        out.push_back({escaped({path_, line, column}), line, column, false});
      }
    }
    skip_end_of_line();
    return out;
  }

  std::string escaped(const Position& where) {
    const std::string_view next = character();
    if (next == "t") return "\t";
    if (next == "n") return "\n";
    if (next == "r") return "\r";
    if (next == "f") return "\f";
    if (next != "u") return std::string(next);
    uint32_t code = four_digits(where);
    if (code >= 0xdc00 && code < 0xe000) return bad(where, "the second half of a \\u pair without a first");
    if (code >= 0xd800 && code < 0xdc00) {
      if (text_.substr(at_, 2) != "\\u") return bad(where, "the first half of a \\u pair without a second");
      at_ += 2;
      column_ += 2;
      const uint32_t low = four_digits(where);
      if (low < 0xdc00 || low >= 0xe000) return bad(where, "the first half of a \\u pair without a second");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    return code == 0 ? "" : utf8(code);
  }

  // 0 after a fault.
  uint32_t four_digits(const Position& where) {
    const std::string_view digits = text_.substr(at_, 4);
    if (digits.size() < 4 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) {
      bad(where, "\\u needs four hexadecimal digits");
      return 0;
    }
    at_ += 4;
    column_ += 4;
    const uint32_t code = static_cast<uint32_t>(std::stoul(std::string(digits), nullptr, 16));
    if (code == 0) bad(where, "\\u0000 has no business in a configuration");
    return code;
  }

  std::string bad(const Position& where, std::string text) {
    diagnostics_.fault(where, observe::id::config_syntax, std::move(text));
    return "";
  }

  void take(const std::vector<Mark>& line, std::vector<Property>& out) {
    const auto blank = [&](size_t i) { return line[i].plain && is_blank(line[i].bytes[0]); };
    const auto separator = [&](size_t i) { return line[i].plain && (line[i].bytes == "=" || line[i].bytes == ":"); };
    Property property;
    property.where = {path_, line[0].line, line[0].column};
    size_t i = 0;
    for (; i < line.size() && !blank(i) && !separator(i); i++) property.name += line[i].bytes;
    while (i < line.size() && blank(i)) i++;
    if (i < line.size() && separator(i)) i++;
    while (i < line.size() && blank(i)) i++;
    const Mark& first = i < line.size() ? line[i] : line.back();
    property.value.where = {path_, first.line, first.column};
    for (; i < line.size(); i++) property.value.text += line[i].bytes;
    if (property.name.empty())
      bad(property.where, "a value without a name");
    else
      out.push_back(std::move(property));
  }

  const std::string& path_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  size_t at_ = 0;
  int line_ = 1, column_ = 1;
};

}  // namespace

std::vector<Property> parse_properties(const std::string& path, std::string_view text, Diagnostics& diagnostics) {
  if (text.find('\0') != std::string_view::npos) {
    diagnostics.fault({path, 0, 0}, observe::id::config_syntax, "is not a text file");
    return {};
  }
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
  if (is_utf8(text)) return Reader(path, text, diagnostics).read();
  return Reader(path, from_latin1(text), diagnostics).read();
}

std::optional<std::vector<Property>> read_properties(const std::string& path, Missing missing,
                                                     Diagnostics& diagnostics) {
  const base::Result<std::optional<std::string>> text = read_optional_file_text(path, kMaxFile);
  const auto refuse = [&](std::string why) {
    diagnostics.fault({path, 0, 0}, observe::id::config_unreadable, std::move(why));
    return std::nullopt;
  };
  if (!text.ok()) return refuse(text.error().text);
  if (!text->has_value()) {
    if (missing == Missing::tolerated) return std::nullopt;
    return refuse("does not exist");
  }
  if ((*text)->size() > kMaxFile) return refuse("is larger than 1 MB");
  std::vector<Property> out = parse_properties(path, **text, diagnostics);
  for (Property& property : out)
    property.value.text = replace_variables(property.value.text, property.value.where, diagnostics);
  return out;
}

}  // namespace navajo::config
