// The text of a line that consists of fields: <<<<< 'GET /a' sC='200' dTF='3'. Values cannot end their own quotes or
// the line: a quote or control byte is written as \xNN, a long value is cut and ends in "...". Lives on the stack of
// whoever writes the line (3 KB); no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace navajo::observe {

class LogFields {
 public:
  LogFields& text(std::string_view plain);  // as it is
  LogFields& quoted(std::string_view value);
  LogFields& field(std::string_view name, std::string_view value);
  LogFields& field(std::string_view name, int64_t number);
  // Nothing at all for an empty value.
  LogFields& optional(std::string_view name, std::string_view value) {
    return value.empty() ? *this : field(name, value);
  }
  // One header field: "name: value", the value hidden if it is a secret and secrets are not shown.
  LogFields& header(std::string_view name, std::string_view value);
  std::string_view view() const { return {bytes_.data(), length_}; }

 private:
  void put(char c) {
    if (length_ < bytes_.size()) bytes_[length_++] = c;
  }
  void escaped(std::string_view value);

  std::array<char, 3072> bytes_;
  size_t length_ = 0;
};

// Whether values of Authorization, Cookie and the like appear in trace lines; false by default. Set by the parent.
void show_secret_headers(bool shown);
bool is_secret_header(std::string_view name);

}  // namespace navajo::observe
