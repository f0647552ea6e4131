#include "navajo/limits/json_scan.h"

#include <algorithm>

namespace navajo::limits {
namespace {

bool is_space(unsigned char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
bool is_hex(unsigned char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

}  // namespace

const char* name_of(JsonFault fault) {
  switch (fault) {
    case JsonFault::none: return "fine";
    case JsonFault::syntax: return "syntax";
    case JsonFault::encoding: return "not UTF-8";
    case JsonFault::incomplete: return "incomplete";
    case JsonFault::elements: return "too many elements";
    case JsonFault::element_size: return "too long an element";
    case JsonFault::depth: return "nested too deeply";
  }
  return "";
}

JsonScan::JsonScan(const JsonLimits& limits) : limits_(limits) {
  limits_.depth = limits.depth == 0 ? kMostDepth : std::min(limits.depth, kMostDepth);
}

bool JsonScan::refuse(JsonFault fault) {
  fault_ = fault;
  return false;
}

bool JsonScan::feed(std::string_view bytes) {
  if (fault_ != JsonFault::none) return false;
  for (size_t i = 0; i < bytes.size(); i++) {
    if (state_ == State::text) {  // most of most texts
      size_t end = i;
      while (end < bytes.size() && is_plain(static_cast<unsigned char>(bytes[end]))) end++;
      size_ += end - i;
      position_ += end - i;
      i = end;
      if (limits_.element_size != 0 && size_ > limits_.element_size) {
        position_ -= size_ - limits_.element_size;
        return refuse(JsonFault::element_size);
      }
      if (i == bytes.size()) return true;
    }
    if (!step(static_cast<unsigned char>(bytes[i]))) return false;
    position_++;
  }
  return true;
}

bool JsonScan::finish() {
  if (fault_ != JsonFault::none) return false;
  // A number at the root ends with the text.
  const bool number = state_ == State::zero || state_ == State::digits || state_ == State::fraction ||
                      state_ == State::exponent_digits;
  if (depth_ == 0 && (state_ == State::end || number)) return true;
  return refuse(JsonFault::incomplete);
}

bool JsonScan::count_character() {
  size_++;
  return limits_.element_size == 0 || size_ <= limits_.element_size || refuse(JsonFault::element_size);
}

bool JsonScan::begin_value(unsigned char c) {
  elements_++;
  if (limits_.elements != 0 && elements_ > limits_.elements) return refuse(JsonFault::elements);
  size_ = 0;
  switch (c) {
    case '{': return open(true);
    case '[': return open(false);
    case '"':
      is_name_ = false;
      state_ = State::text;
      return true;
    case 't': word_ = "rue"; break;
    case 'f': word_ = "alse"; break;
    case 'n': word_ = "ull"; break;
    case '-':
      state_ = State::minus;
      return count_character();
    default:
      if (!is_digit(c)) return refuse(JsonFault::syntax);
      state_ = c == '0' ? State::zero : State::digits;
      return count_character();
  }
  state_ = State::word;
  return true;
}

bool JsonScan::open(bool object) {
  if (depth_ == limits_.depth) return refuse(JsonFault::depth);
  const uint64_t bit = uint64_t{1} << (depth_ % 64);
  uint64_t& word = kinds_[depth_ / 64];
  if (depth_ % 64 == 0) word = 0;
  word = object ? word | bit : word & ~bit;
  depth_++;
  state_ = object ? State::first_name : State::first_item;
  return true;
}

bool JsonScan::close(bool object) {
  if (depth_ == 0 || in_object() != object) return refuse(JsonFault::syntax);
  depth_--;
  return end_value();
}

bool JsonScan::end_value() {
  state_ = depth_ == 0 ? State::end : State::after_value;
  return true;
}

// What comes behind a number belongs to what is around it.
bool JsonScan::end_number(unsigned char c) { return end_value() && step(c); }

bool JsonScan::begin_utf8(unsigned char c) {
  low_ = 0x80;
  high_ = 0xbf;
  if (c >= 0xc2 && c <= 0xdf) {
    left_ = 1;
  } else if (c >= 0xe0 && c <= 0xef) {
    left_ = 2;
    if (c == 0xe0) low_ = 0xa0;
    if (c == 0xed) high_ = 0x9f;
  } else if (c >= 0xf0 && c <= 0xf4) {
    left_ = 3;
    if (c == 0xf0) low_ = 0x90;
    if (c == 0xf4) high_ = 0x8f;
  } else {
    return refuse(JsonFault::encoding);
  }
  state_ = State::utf8;
  return count_character();
}

bool JsonScan::in_text(unsigned char c) {
  if (c == '"') {
    if (!is_name_) return end_value();
    state_ = State::colon;
    return true;
  }
  if (c == '\\') {
    state_ = State::escape;
    return true;
  }
  if (c >= 0x80) return begin_utf8(c);
  return c >= 0x20 ? count_character() : refuse(JsonFault::syntax);
}

bool JsonScan::step(unsigned char c) {
  const auto go = [this](State state) {
    state_ = state;
    return true;
  };
  switch (state_) {
    case State::value: return is_space(c) || begin_value(c);
    case State::first_item: return is_space(c) || (c == ']' ? close(false) : begin_value(c));
    case State::first_name:
      if (c == '}') return close(true);
      [[fallthrough]];
    case State::name:
      if (is_space(c)) return true;
      if (c != '"') return refuse(JsonFault::syntax);
      is_name_ = true;
      size_ = 0;
      return go(State::text);
    case State::colon:
      if (is_space(c)) return true;
      return c == ':' ? go(State::value) : refuse(JsonFault::syntax);
    case State::after_value:
      if (is_space(c)) return true;
      if (c == ',') return go(in_object() ? State::name : State::value);
      if (c == ']' || c == '}') return close(c == '}');
      return refuse(JsonFault::syntax);
    case State::end: return is_space(c) || refuse(JsonFault::syntax);

    case State::text: return in_text(c);
    case State::escape:
      if (c == 'u') {
        left_ = 4;
        return go(State::hex);
      }
      if (std::string_view("\"\\/bfnrt").find(static_cast<char>(c)) == std::string_view::npos)
        return refuse(JsonFault::syntax);
      return go(State::text) && count_character();
    case State::hex:
      if (!is_hex(c)) return refuse(JsonFault::syntax);
      if (--left_ > 0) return true;
      return go(State::text) && count_character();
    case State::utf8:
      if (c < low_ || c > high_) return refuse(JsonFault::encoding);
      low_ = 0x80;
      high_ = 0xbf;
      if (--left_ == 0) state_ = State::text;
      return true;

    case State::minus:
      if (!is_digit(c)) return refuse(JsonFault::syntax);
      return go(c == '0' ? State::zero : State::digits) && count_character();
    case State::zero:
    case State::digits:
      if (state_ == State::digits && is_digit(c)) return count_character();
      if (c == '.') return go(State::point) && count_character();
      if (c == 'e' || c == 'E') return go(State::exponent) && count_character();
      return end_number(c);
    case State::point:
      if (!is_digit(c)) return refuse(JsonFault::syntax);
      return go(State::fraction) && count_character();
    case State::fraction:
      if (is_digit(c)) return count_character();
      if (c == 'e' || c == 'E') return go(State::exponent) && count_character();
      return end_number(c);
    case State::exponent:
      if (c == '+' || c == '-') return go(State::exponent_sign) && count_character();
      [[fallthrough]];
    case State::exponent_sign:
      if (!is_digit(c)) return refuse(JsonFault::syntax);
      return go(State::exponent_digits) && count_character();
    case State::exponent_digits: return is_digit(c) ? count_character() : end_number(c);
    case State::word:
      if (c != static_cast<unsigned char>(*word_)) return refuse(JsonFault::syntax);
      return *++word_ ? true : end_value();
  }
  return refuse(JsonFault::syntax);
}

}  // namespace navajo::limits
