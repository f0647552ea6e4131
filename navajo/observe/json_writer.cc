#include "navajo/observe/json_writer.h"

#include <cmath>
#include <cstdio>

namespace navajo::observe {
namespace {

// Length of the well-formed UTF-8 sequence at the start of text (RFC 3629), 0 if there is none.
size_t utf8_sequence(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto tail = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (first == 0xe0 && byte(1) < 0xa0) return 0;
    if (first == 0xed && byte(1) > 0x9f) return 0;  // surrogates
    return tail(1) && tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (first == 0xf0 && byte(1) < 0x90) return 0;
    if (first == 0xf4 && byte(1) > 0x8f) return 0;
    return tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// Well-formed, and yet not to be shown as it is: C1 controls, U+2028 and U+2029.
bool is_unfit(std::string_view sequence) {
  if (sequence.size() == 2) return sequence[0] == '\xc2' && static_cast<unsigned char>(sequence[1]) < 0xa0;
  return sequence == "\xe2\x80\xa8" || sequence == "\xe2\x80\xa9";
}

unsigned code_point(std::string_view sequence) {
  const auto bits = [&](size_t i) { return static_cast<unsigned char>(sequence[i]) & 0x3fu; };
  if (sequence.size() == 1) return static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 2) return (static_cast<unsigned char>(sequence[0]) & 0x1fu) << 6 | bits(1);
  return (static_cast<unsigned char>(sequence[0]) & 0x0fu) << 12 | bits(1) << 6 | bits(2);
}

}  // namespace

void json_escaped(std::string_view text, base::FunctionRef<bool(std::string_view piece)> put) {
  size_t run = 0, at = 0;  // text[run, at) stands for itself
  while (at < text.size()) {
    const unsigned char c = static_cast<unsigned char>(text[at]);
    const size_t length = c < 0x80 ? 1 : utf8_sequence(text.substr(at));
    const std::string_view sequence = text.substr(at, length);
    if (length > 0 && c >= 0x20 && c != 0x7f && c != '"' && c != '\\' && !is_unfit(sequence)) {
      at += length;
      continue;
    }
    if (at > run && !put(text.substr(run, at - run))) return;
    char escaped[8];
    if (c == '"' || c == '\\') {
      if (!put(c == '"' ? "\\\"" : "\\\\")) return;
    } else {
      snprintf(escaped, sizeof escaped, "\\u%04x", length > 0 ? code_point(sequence) : 0xfffdu);
      if (!put({escaped, 6})) return;
    }
    at += length > 0 ? length : 1;
    run = at;
  }
  if (at > run) (void)put(text.substr(run));
}

void JsonWriter::separate() {
  if (!first_ && !after_key_) out_ += ',';
  first_ = false;
  after_key_ = false;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  first_ = false;
  return *this;
}

void JsonWriter::quote(std::string_view text) {
  out_ += '"';
  json_escaped(text, [this](std::string_view piece) {
    out_ += piece;
    return true;
  });
  out_ += '"';
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  quote(name);
  out_ += ':';
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  quote(value);
  return *this;
}

JsonWriter& JsonWriter::integer(int64_t value) {
  separate();
  out_ += std::to_string(value);
  return *this;
}

JsonWriter& JsonWriter::natural(uint64_t value) {
  separate();
  out_ += std::to_string(value);
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  separate();
  if (!std::isfinite(value)) {
    out_ += "null";
    return *this;
  }
  char digits[40];
  if (value == std::floor(value) && std::fabs(value) < 9.0e15) {
    snprintf(digits, sizeof digits, "%.0f", value);
  } else {
    snprintf(digits, sizeof digits, "%.9g", value);
  }
  out_ += digits;
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
  return *this;
}

}  // namespace navajo::observe
