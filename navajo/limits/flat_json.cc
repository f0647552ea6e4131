#include "navajo/limits/flat_json.h"

#include <algorithm>

#include "navajo/config/text.h"
#include "navajo/limits/json_scan.h"

namespace navajo::limits {
namespace {

using base::Failed;

constexpr size_t kMostFields = 64;

void append_utf8(std::string& out, uint32_t code) {
  const auto byte = [&](uint32_t bits) { out += static_cast<char>(bits); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xc0 | code >> 6), byte(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f));
  } else {
    byte(0xf0 | code >> 18), byte(0x80 | (code >> 12 & 0x3f)), byte(0x80 | (code >> 6 & 0x3f)),
        byte(0x80 | (code & 0x3f));
  }
}

// Walks over a text that JsonScan has found to be JSON: what is expected is there.
class Walker {
 public:
  explicit Walker(std::string_view text) : rest_(text) {}

  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
  }
  char peek() const { return rest_.empty() ? '\0' : rest_[0]; }
  void skip() {
    if (!rest_.empty()) rest_.remove_prefix(1);
  }
  std::string_view word() {
    const size_t end = std::min(rest_.find_first_of(" \t\r\n,}"), rest_.size());
    const std::string_view out = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return out;
  }
  std::string text() {
    std::string out;
    for (skip(); !rest_.empty() && rest_[0] != '"';) {
      if (rest_[0] != '\\') {
        out += rest_[0];
        skip();
        continue;
      }
      skip();
      const char c = peek();
      skip();
      switch (c) {
        case 'b': out += '\b'; break;
        case 'f': out += '\f'; break;
        case 'n': out += '\n'; break;
        case 'r': out += '\r'; break;
        case 't': out += '\t'; break;
        case 'u': append_utf8(out, unicode()); break;
        default: out += c;
      }
    }
    skip();
    return out;
  }

 private:
  uint32_t four_digits() {
    uint32_t out = 0;
    for (int i = 0; i < 4; i++, skip()) {
      const char c = peek();
      out = out << 4 | static_cast<uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return out;
  }
  // A half of a pair alone stands for no character.
  uint32_t unicode() {
    constexpr uint32_t kReplacement = 0xfffd;
    const uint32_t first = four_digits();
    if (first < 0xd800 || first > 0xdfff) return first;
    if (first > 0xdbff || !rest_.starts_with("\\u")) return kReplacement;
    rest_.remove_prefix(2);
    const uint32_t second = four_digits();
    if (second < 0xdc00 || second > 0xdfff) return kReplacement;
    return 0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00));
  }
  std::string_view rest_;
};

}  // namespace

base::Result<std::vector<JsonField>, FlatJsonError> read_flat_json(std::string_view text) {
  limits::JsonLimits limits;
  limits.elements = kMostFields + 1;
  limits::JsonScan scan(limits);
  if (!scan.feed(text) || !scan.finish())
    return Failed{FlatJsonError{"", "the body is no JSON: " + std::string(limits::name_of(scan.fault())) + " at byte " +
                                        std::to_string(scan.position())}};
  Walker walker(text);
  walker.skip_blanks();
  if (walker.peek() != '{') return Failed{FlatJsonError{"", "the body is no JSON object"}};
  walker.skip();
  std::vector<JsonField> out;
  for (walker.skip_blanks(); walker.peek() == '"'; walker.skip_blanks()) {
    JsonField field;
    field.name = walker.text();
    walker.skip_blanks();
    walker.skip();  // the colon
    walker.skip_blanks();
    const auto same = [&](const JsonField& other) { return other.name == field.name; };
    if (std::any_of(out.begin(), out.end(), same)) return Failed{FlatJsonError{field.name, "stands there twice"}};
    switch (walker.peek()) {
      case '{':
      case '[': return Failed{FlatJsonError{field.name, "is neither a text nor a number"}};
      case '"':
        field.kind = JsonField::Kind::text;
        field.value = walker.text();
        break;
      default:
        field.value = walker.word();
        field.kind = field.value == "null"                             ? JsonField::Kind::null
                     : field.value == "true" || field.value == "false" ? JsonField::Kind::boolean
                                                                       : JsonField::Kind::number;
    }
    out.push_back(std::move(field));
    walker.skip_blanks();
    if (walker.peek() == ',') walker.skip();
  }
  return out;
}

}  // namespace navajo::limits
