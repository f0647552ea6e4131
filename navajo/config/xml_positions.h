// Where start tags and their attributes stand in a well-formed XML text. libxml2 knows only the line in which a start
// tag ends; a message that shall point at one attribute of a tag over ten lines needs more. Walks the same text in the
// same order as the parser and judges nothing: on a text that is not well-formed it just finds no further tag.
// For encodings that contain ASCII (UTF-8, ISO-8859-x); columns count characters.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace navajo::config {

struct TextPlace {
  int line = 1, column = 1;
};

struct StartTag {
  std::string_view name;  // with prefix, as written
  TextPlace where;        // of '<'
  TextPlace content;      // of the first character after '>'
  struct Attribute {
    std::string_view name;
    TextPlace where;
  };
  std::vector<Attribute> attributes;
};

struct Doctype {
  TextPlace where;
  bool internal_subset = false;
};

enum class CharacterWidth { utf8, one_byte };

class TagScanner {
 public:
  TagScanner(std::string_view document, CharacterWidth width);
  // The next start tag, or none when the text ends.
  std::optional<StartTag> next();
  // The document type declaration before the tags seen so far.
  const std::optional<Doctype>& doctype() const { return doctype_; }

 private:
  bool at_end() const { return at_ >= text_.size(); }
  bool looking_at(std::string_view what) const { return text_.substr(at_, what.size()) == what; }
  void advance(size_t bytes);
  void skip_past(std::string_view what);
  void skip_space();
  void skip_doctype();
  std::string_view take_name();
  std::optional<StartTag> take_start_tag();

  std::string_view text_;
  size_t at_ = 0;
  TextPlace place_;
  CharacterWidth width_;
  std::optional<Doctype> doctype_;
};

}  // namespace navajo::config
