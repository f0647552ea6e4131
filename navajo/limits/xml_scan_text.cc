// References, processing instructions and the declaration.
#include <algorithm>
#include <optional>

#include "navajo/http/headers.h"
#include "navajo/http/syntax.h"
#include "navajo/limits/xml_characters.h"
#include "navajo/limits/xml_scan.h"

namespace navajo::limits {

bool XmlScan::remember(char32_t c) {
  if (small_size_ == small_.size()) return refuse(XmlFault::names);
  small_[small_size_++] = static_cast<char>(std::min<char32_t>(c, 0x80));  // nothing that is compared is beyond ASCII
  return true;
}

// ---------------------------------------------------------------- references

bool XmlScan::begin_reference() {
  brackets_ = 0;
  return_ = state_;
  small_size_ = 0;
  number_ = 0;
  return go(State::reference);
}

bool XmlScan::end_reference() {
  const bool digits = small_size_ > 0;
  return digits && is_xml_character(number_) ? go(return_) : refuse(XmlFault::syntax);
}

bool XmlScan::in_reference(char32_t c) {
  switch (state_) {
    case State::reference:
      if (c == '#') return go(State::number);
      return is_xml_name_start(c) ? go(State::named) && remember(c) : refuse(XmlFault::syntax);
    case State::named: {
      if (is_xml_name(c)) return remember(c);
      if (c != ';') return refuse(XmlFault::syntax);
      for (const std::string_view known : {"lt", "gt", "amp", "apos", "quot"})
        if (small() == known) return go(return_);
      return refuse(XmlFault::entity);
    }
    case State::number:
      if (c == 'x') return go(State::hexadecimal);
      state_ = State::decimal;
      [[fallthrough]];
    default: {
      if (c == ';') return end_reference();
      const int digit = c < 0x80 ? http::hex_value(static_cast<char>(c)) : -1;
      const int base = state_ == State::decimal ? 10 : 16;
      if (digit < 0 || digit >= base) return refuse(XmlFault::syntax);
      small_size_ = 1;
      number_ = number_ * static_cast<char32_t>(base) + static_cast<char32_t>(digit);
      return number_ <= 0x10ffff || refuse(XmlFault::syntax);
    }
  }
}

// ---------------------------------------------------------------- instructions

bool XmlScan::in_instruction(char32_t c) {
  const auto is_reserved = [this] { return http::same_name(small(), "xml"); };
  switch (state_) {
    case State::target_begins:
      small_size_ = 0;
      at_beginning_ = characters_ == 3;
      return is_xml_name_start(c) ? go(State::target) && remember(c) : refuse(XmlFault::syntax);
    case State::target:
      if (is_xml_name(c)) return remember(c);
      if (is_xml_space(c)) {
        if (!is_reserved()) return go(State::instruction);
        if (!at_beginning_ || small() != "xml") return refuse(XmlFault::syntax);
        small_size_ = 0;
        return go(State::declaration);
      }
      return c == '?' && !is_reserved() ? go(State::target_mark) : refuse(XmlFault::syntax);
    case State::target_mark: return c == '>' ? go(State::text) : refuse(XmlFault::syntax);

    case State::instruction: return c != '?' || go(State::instruction_mark);
    case State::instruction_mark:
      if (c == '?') return true;
      return go(c == '>' ? State::text : State::instruction);

    case State::declaration:
      if (c == '?') return go(State::declaration_mark);
      return c < 0x80 ? remember(c) : refuse(XmlFault::syntax);
    default:  // declaration_mark
      return c == '>' ? go(State::text) && read_declaration() : refuse(XmlFault::syntax);
  }
}

namespace {

// What is left of a declaration.
struct Declaration {
  std::string_view rest;

  bool spaces() {
    const size_t before = rest.size();
    while (!rest.empty() && is_xml_space(static_cast<unsigned char>(rest.front()))) rest.remove_prefix(1);
    return rest.size() < before;
  }
  // name = "value" or 'value'; none: it does not stand here.
  std::optional<std::string_view> value(std::string_view name) {
    if (!rest.starts_with(name)) return std::nullopt;
    Declaration from{rest.substr(name.size())};
    from.spaces();
    if (!from.rest.starts_with('=')) return std::nullopt;
    from.rest.remove_prefix(1);
    from.spaces();
    if (from.rest.empty() || (from.rest.front() != '"' && from.rest.front() != '\'')) return std::nullopt;
    const size_t end = from.rest.find(from.rest.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    rest = from.rest.substr(end + 1);
    return from.rest.substr(1, end - 1);
  }
};

}  // namespace

bool XmlScan::read_declaration() {
  Declaration declaration{small()};
  declaration.spaces();
  if (declaration.value("version") != "1.0") return refuse(XmlFault::syntax);
  bool spaces = declaration.spaces();
  if (const auto encoding = spaces ? declaration.value("encoding") : std::nullopt) {
    single_bytes_ = http::same_name(*encoding, "ISO-8859-1");
    ascii_ = http::same_name(*encoding, "US-ASCII");
    const bool fits = is_xml_charset(*encoding) && !(byte_order_mark_ && (single_bytes_ || ascii_));
    if (!fits) return refuse(XmlFault::encoding);
    spaces = declaration.spaces();
  }
  if (const auto standalone = spaces ? declaration.value("standalone") : std::nullopt) {
    if (*standalone != "yes" && *standalone != "no") return refuse(XmlFault::syntax);
    (void)declaration.spaces();
  }
  return declaration.rest.empty() || refuse(XmlFault::syntax);
}

}  // namespace navajo::limits
