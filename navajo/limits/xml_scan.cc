#include "navajo/limits/xml_scan.h"

#include <algorithm>

#include "navajo/http/headers.h"
#include "navajo/limits/xml_characters.h"

namespace navajo::limits {

const char* name_of(XmlFault fault) {
  switch (fault) {
    case XmlFault::none: return "fine";
    case XmlFault::syntax: return "syntax";
    case XmlFault::encoding: return "an encoding that is not known";
    case XmlFault::document_type: return "a document type";
    case XmlFault::entity: return "an entity that is not predefined";
    case XmlFault::end_tag: return "an end tag without its start tag";
    case XmlFault::incomplete: return "incomplete";
    case XmlFault::elements: return "too many elements";
    case XmlFault::depth: return "nested too deeply";
    case XmlFault::attributes: return "too many attributes";
    case XmlFault::names: return "too long names";
  }
  return "";
}

bool is_xml_charset(std::string_view charset) {
  return http::same_name(charset, "UTF-8") || http::same_name(charset, "US-ASCII") ||
         http::same_name(charset, "ISO-8859-1");
}

XmlScan::XmlScan(const XmlLimits& limits, std::pmr::memory_resource& memory)
    : limits_(limits), open_names_(&memory), attribute_names_(&memory), attributes_(&memory) {
  limits_.depth = limits.depth == 0 ? kMostDepth : std::min(limits.depth, kMostDepth);
  limits_.attributes = limits.attributes == 0 ? kMostAttributes : std::min(limits.attributes, kMostAttributes);
}

bool XmlScan::refuse(XmlFault fault) {
  fault_ = fault;
  return false;
}

// ---------------------------------------------------------------- bytes

bool XmlScan::feed(std::string_view bytes) {
  if (fault_ != XmlFault::none) return false;
  for (size_t i = 0; i < bytes.size(); i++) {
    const bool runs = state_ == State::text ? depth_ > 0 : state_ == State::value || state_ == State::comment ||
                                                               state_ == State::cdata;
    if (runs && left_ == 0) {  // most of most texts
      size_t end = i;
      while (end < bytes.size() && is_xml_plain(bytes[end])) end++;
      if (end > i) brackets_ = 0;
      position_ += end - i;
      i = end;
      if (i == bytes.size()) return true;
    }
    if (!take(static_cast<unsigned char>(bytes[i]))) return false;
    position_++;
  }
  return true;
}

bool XmlScan::finish() {
  if (fault_ != XmlFault::none) return false;
  return (root_ended_ && state_ == State::text && left_ == 0) || refuse(XmlFault::incomplete);
}

bool XmlScan::take(unsigned char byte) {
  if (left_ > 0) {
    if (byte < low_ || byte > high_) return refuse(XmlFault::encoding);
    low_ = 0x80;
    high_ = 0xbf;
    character_ = character_ << 6 | (byte & 0x3f);
    return --left_ > 0 || character(character_);
  }
  if (byte < 0x80 || single_bytes_) return character(byte);
  if (ascii_) return refuse(XmlFault::encoding);
  return begin_utf8(byte);
}

bool XmlScan::begin_utf8(unsigned char byte) {
  if (byte >= 0xc2 && byte <= 0xdf) {
    left_ = 1;
    character_ = byte & 0x1f;
  } else if (byte >= 0xe0 && byte <= 0xef) {
    left_ = 2;
    character_ = byte & 0x0f;
    if (byte == 0xe0) low_ = 0xa0;
    if (byte == 0xed) high_ = 0x9f;
  } else if (byte >= 0xf0 && byte <= 0xf4) {
    left_ = 3;
    character_ = byte & 0x07;
    if (byte == 0xf0) low_ = 0x90;
    if (byte == 0xf4) high_ = 0x8f;
  } else {
    return refuse(XmlFault::encoding);  // UTF-16 and UTF-32 with a byte order mark, too
  }
  return true;
}

bool XmlScan::character(char32_t c) {
  if (!is_xml_character(c)) return refuse(c == 0 ? XmlFault::encoding : XmlFault::syntax);
  if (characters_ == 0 && c == 0xfeff && !byte_order_mark_) {
    byte_order_mark_ = true;
    return true;
  }
  if (characters_ < 4) characters_++;
  return step(c);
}

// Adds a character to a name that begins at `from`.
bool XmlScan::append(std::pmr::string& to, char32_t c, size_t from, size_t most) {
  if (c < 0x80) {
    to += static_cast<char>(c);
  } else {
    if (c >= 0x10000) {
      to += static_cast<char>(0xf0 | c >> 18);
      to += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    } else if (c >= 0x800) {
      to += static_cast<char>(0xe0 | c >> 12);
    }
    to += static_cast<char>(c >= 0x800 ? 0x80 | (c >> 6 & 0x3f) : 0xc0 | c >> 6);
    to += static_cast<char>(0x80 | (c & 0x3f));
  }
  return (to.size() - from <= kMostName && to.size() <= most) || refuse(XmlFault::names);
}

// ---------------------------------------------------------------- markup

bool XmlScan::step(char32_t c) {
  switch (state_) {
    case State::text: return in_text(c);
    case State::value: return in_value(c);
    case State::start_name:
    case State::tag:
    case State::tag_space:
    case State::attribute:
    case State::equals:
    case State::before_value:
    case State::slash: return in_tag(c);
    case State::end_name_begins:
    case State::end_name:
    case State::end_space: return in_end_tag(c);
    case State::target_begins:
    case State::target:
    case State::target_mark:
    case State::declaration:
    case State::declaration_mark:
    case State::instruction:
    case State::instruction_mark: return in_instruction(c);
    case State::reference:
    case State::named:
    case State::number:
    case State::decimal:
    case State::hexadecimal: return in_reference(c);
    default: return markup(c);
  }
}

bool XmlScan::markup(char32_t c) {
  switch (state_) {
    case State::less:
      if (c == '/') return go(State::end_name_begins);
      if (c == '!') return go(State::bang);
      if (c == '?') return go(State::target_begins);
      return begin_element(c);
    case State::bang:
      if (c == '-') return go(State::comment_begins);
      if (c != '[') return refuse(c >= 'A' && c <= 'Z' ? XmlFault::document_type : XmlFault::syntax);
      if (depth_ == 0) return refuse(XmlFault::syntax);
      word_ = "CDATA[";
      return go(State::cdata_begins);

    case State::comment_begins: return c == '-' ? go(State::comment) : refuse(XmlFault::syntax);
    case State::comment: return c != '-' || go(State::comment_dash);
    case State::comment_dash: return go(c == '-' ? State::comment_dashes : State::comment);
    case State::comment_dashes: return c == '>' ? go(State::text) : refuse(XmlFault::syntax);

    case State::cdata_begins:
      if (c != static_cast<unsigned char>(*word_)) return refuse(XmlFault::syntax);
      return *++word_ ? true : go(State::cdata);
    case State::cdata: return c != ']' || go(State::cdata_bracket);
    case State::cdata_bracket: return go(c == ']' ? State::cdata_brackets : State::cdata);
    case State::cdata_brackets:
      if (c == ']') return true;
      return go(c == '>' ? State::text : State::cdata);
    default: return refuse(XmlFault::syntax);
  }
}

bool XmlScan::in_text(char32_t c) {
  if (c == '<') {
    brackets_ = 0;
    return go(State::less);
  }
  if (depth_ == 0) return is_xml_space(c) || refuse(XmlFault::syntax);
  if (c == '&') return begin_reference();
  if (c == '>' && brackets_ == 2) return refuse(XmlFault::syntax);
  if (c != ']')
    brackets_ = 0;
  else if (brackets_ < 2)
    brackets_++;
  return true;
}

bool XmlScan::in_value(char32_t c) {
  if (c == quote_) return go(State::tag);
  if (c == '<') return refuse(XmlFault::syntax);
  return c != '&' || begin_reference();
}

// ---------------------------------------------------------------- elements

bool XmlScan::begin_element(char32_t c) {
  if (!is_xml_name_start(c) || root_ended_) return refuse(XmlFault::syntax);
  elements_++;
  if (limits_.elements != 0 && elements_ > limits_.elements) return refuse(XmlFault::elements);
  if (depth_ == limits_.depth) return refuse(XmlFault::depth);
  attributes_.clear();
  attribute_names_.clear();
  name_at_ = open_names_.size();
  return go(State::start_name) && append(open_names_, c, name_at_, kMostOpenNames);
}

bool XmlScan::begin_attribute(char32_t c) {
  if (attributes_.size() == limits_.attributes) return refuse(XmlFault::attributes);
  matched_ = attribute_names_.size();
  return go(State::attribute) && append(attribute_names_, c, matched_, kMostAttributeNames);
}

bool XmlScan::end_attribute_name() {
  const std::string_view all = attribute_names_, name = all.substr(matched_);
  uint32_t hash = 2166136261;  // spares comparisons, decides nothing
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  for (const Attribute& other : attributes_)
    if (other.hash == hash && all.substr(other.at, other.size) == name) return refuse(XmlFault::syntax);
  attributes_.push_back({hash, static_cast<uint16_t>(matched_), static_cast<uint16_t>(name.size())});
  return true;
}

// A start tag has ended.
bool XmlScan::opened() {
  const size_t size = open_names_.size() - name_at_;
  open_names_ += static_cast<char>(size & 0xff);
  open_names_ += static_cast<char>(size >> 8);
  depth_++;
  return go(State::text);
}

bool XmlScan::closed() {
  open_names_.resize(open_names_.size() - name_before(open_names_.size()).size() - 2);
  depth_--;
  root_ended_ = depth_ == 0;
  return go(State::text);
}

std::string_view XmlScan::name_before(size_t end) const {
  const auto byte = [this](size_t at) -> size_t { return static_cast<unsigned char>(open_names_[at]); };
  const size_t size = byte(end - 2) | byte(end - 1) << 8;
  return std::string_view(open_names_).substr(end - 2 - size, size);
}

bool XmlScan::in_tag(char32_t c) {
  switch (state_) {
    case State::start_name:
      if (is_xml_name(c)) return append(open_names_, c, name_at_, kMostOpenNames);
      [[fallthrough]];
    case State::tag:
    case State::tag_space:
      if (is_xml_space(c)) return go(State::tag_space);
      if (c == '>') return opened();
      if (c == '/') return go(State::slash);
      return state_ == State::tag_space && is_xml_name_start(c) ? begin_attribute(c) : refuse(XmlFault::syntax);
    case State::slash: return c == '>' ? opened() && closed() : refuse(XmlFault::syntax);
    case State::attribute:
      if (is_xml_name(c)) return append(attribute_names_, c, matched_, kMostAttributeNames);
      if (!end_attribute_name()) return false;
      [[fallthrough]];
    case State::equals:
      if (c == '=') return go(State::before_value);
      return is_xml_space(c) ? go(State::equals) : refuse(XmlFault::syntax);
    default:  // before_value
      if (is_xml_space(c)) return true;
      quote_ = c;
      return c == '"' || c == '\'' ? go(State::value) : refuse(XmlFault::syntax);
  }
}

bool XmlScan::in_end_tag(char32_t c) {
  if (state_ == State::end_name_begins) {
    if (depth_ == 0) return refuse(XmlFault::end_tag);
    if (!is_xml_name_start(c)) return refuse(XmlFault::syntax);
    name_at_ = open_names_.size();
    state_ = State::end_name;
  }
  if (state_ == State::end_name) {
    if (is_xml_name(c)) return append(open_names_, c, name_at_, SIZE_MAX);
    if (std::string_view(open_names_).substr(name_at_) != name_before(name_at_)) return refuse(XmlFault::end_tag);
    open_names_.resize(name_at_);
  }
  if (is_xml_space(c)) return go(State::end_space);
  return c == '>' ? closed() : refuse(XmlFault::syntax);
}

}  // namespace navajo::limits
