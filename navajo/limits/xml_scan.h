// Whether a text is well-formed XML (1.0, fifth edition) within limits, as it comes in pieces of any size: one pass, no
// tree, no recursion, no more memory than the names of the elements that are open. It knows no document types: a
// DOCTYPE, and with it every declaration of an entity, is a fault, so there is nothing that could be expanded, included
// or fetched, by us or by whoever is behind us (failure-modes.md row 32).
//
//   XmlScan scan(limits, memory);
//   while (more) if (!scan.feed(piece)) break;
//   if (!scan.finish()) ... scan.fault(), scan.position()
//
// UTF-8, US-ASCII and ISO-8859-1 only: in others markup can be hidden from whoever reads it as bytes. Namespaces are
// not looked at. What passes is well-formed for libxml2 as well (fuzz target xml_scan). One fiber or thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

namespace navajo::limits {

struct XmlLimits {
  // 0: none, but for what is bounded below.
  uint64_t elements = 0;
  uint32_t depth = 0;       // of elements in each other: <a><b/></a> is 2
  uint32_t attributes = 0;  // of one element, declarations of namespaces among them
};

enum class XmlFault : uint8_t {
  none, syntax, encoding, document_type, entity, end_tag, incomplete, elements, depth, attributes, names,
};
const char* name_of(XmlFault fault);

// Whether a charset is one of those above, in any case; also for the parameter of a Content-Type.
bool is_xml_charset(std::string_view charset);

class XmlScan {
 public:
  static constexpr uint32_t kMostDepth = 10000, kMostAttributes = 500;
  static constexpr size_t kMostName = 1000, kMostOpenNames = 65536, kMostAttributeNames = 32768;  // bytes

  XmlScan(const XmlLimits& limits, std::pmr::memory_resource& memory);
  // False: a fault; what comes later changes nothing.
  bool feed(std::string_view bytes);
  // False also for a text that has not ended, or without an element.
  bool finish();
  XmlFault fault() const { return fault_; }
  // Of the byte where it was noticed, from 0.
  uint64_t position() const { return position_; }

 private:
  enum class State : uint8_t {
    text, less,
    start_name, tag, tag_space, attribute, equals, before_value, value, slash,
    end_name_begins, end_name, end_space,
    bang, comment_begins, comment, comment_dash, comment_dashes,
    cdata_begins, cdata, cdata_bracket, cdata_brackets,
    target_begins, target, declaration, declaration_mark, instruction, instruction_mark, target_mark,
    reference, named, number, decimal, hexadecimal,
  };
  struct Attribute {
    uint32_t hash;
    uint16_t at, size;  // in attribute_names_
  };
  static_assert(kMostAttributeNames <= UINT16_MAX);

  bool take(unsigned char byte);
  bool begin_utf8(unsigned char byte);
  bool character(char32_t c);
  bool step(char32_t c);
  bool markup(char32_t c);
  bool in_tag(char32_t c);
  bool in_end_tag(char32_t c);
  bool in_reference(char32_t c);
  bool in_instruction(char32_t c);
  bool in_text(char32_t c);
  bool in_value(char32_t c);
  bool begin_element(char32_t c);
  bool begin_attribute(char32_t c);
  bool end_attribute_name();
  bool opened();
  bool closed();
  bool begin_reference();
  bool end_reference();
  bool remember(char32_t c);
  bool read_declaration();
  bool append(std::pmr::string& to, char32_t c, size_t from, size_t most);
  bool refuse(XmlFault fault);
  bool go(State state) {
    state_ = state;
    return true;
  }
  // Of the open element whose record ends there in open_names_.
  std::string_view name_before(size_t end) const;
  std::string_view small() const { return {small_.data(), small_size_}; }

  XmlLimits limits_;
  State state_ = State::text, return_ = State::text;  // where a reference returns to
  XmlFault fault_ = XmlFault::none;
  bool root_ended_ = false, single_bytes_ = false, ascii_ = false, byte_order_mark_ = false, at_beginning_ = false;
  unsigned char low_ = 0x80, high_ = 0xbf, left_ = 0;  // of the next byte of a character; how many come
  unsigned char brackets_ = 0;    // the ] just before, up to two
  unsigned char characters_ = 0;  // up to four
  char32_t character_ = 0, number_ = 0, quote_ = 0;
  uint32_t depth_ = 0;
  uint64_t elements_ = 0, position_ = 0;
  size_t name_at_ = 0, matched_ = 0;
  const char* word_ = "";                 // the rest of CDATA[
  std::array<char, 160> small_;           // a name of an entity or target, the declaration
  size_t small_size_ = 0;
  std::pmr::string open_names_;           // of each open element: its name and two bytes of its size
  std::pmr::string attribute_names_;      // of this element
  std::pmr::vector<Attribute> attributes_;
};

}  // namespace navajo::limits
