// From the XML tree to typed values, by the schema table: check_structure() judges which elements and attributes are
// there, ElementReader reads the attributes of one element. Both report every fault with its place and go on.
// Parent, one thread, while the configuration is read.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "navajo/config/navajo_xml.h"
#include "navajo/config/schema.h"
#include "navajo/config/xml_document.h"

namespace navajo::config {

// Unknown elements and attributes, ones that are missing or too many. False: the root is another element,
// nothing below it was looked at.
bool check_structure(const XmlElement& root, std::span<const ElementSpec> schema, Compat compat,
                     Diagnostics& diagnostics);

class ElementReader {
 public:
  // element is null when the file has none: every attribute then has its default and the place `where`.
  ElementReader(const ElementSpec& spec, const XmlElement* element, Position where, Diagnostics& diagnostics);

  const Position& where() const { return where_; }
  Attribute<std::string> text(std::string_view name);
  Attribute<std::vector<std::string>> words(std::string_view name);
  Attribute<bool> boolean(std::string_view name);
  Attribute<std::chrono::milliseconds> milliseconds(std::string_view name);
  // Of integer and bytes; the schema's range says that it fits.
  template <class T>
  Attribute<T> number(std::string_view name) {
    return convert<T>(name, [](const Value& value) { return static_cast<T>(value.number); });
  }
  // The enumerators in the order of the schema's choices.
  template <class Enum>
  Attribute<Enum> choice(std::string_view name) {
    return convert<Enum>(name, [](const Value& value) { return static_cast<Enum>(value.number); });
  }
  // Every attribute that is httpd's, as given, then the schema's defaults for those not given.
  std::vector<Directive> directives();

  // `of`: an attribute as it was read; text goes on after "Connector name ".
  void fault(const Position& where, std::string_view name, std::string text);

 private:
  struct Value {
    std::string text;
    int64_t number = 0;
    Position where;
    bool given = false;
  };
  template <class T>
  Attribute<T> convert(std::string_view name, const std::function<T(const Value&)>& to) {
    const Value value = read(name);
    return {to(value), value.where, value.given};
  }
  Value read(std::string_view name);
  Value read(const ParamSpec& spec, const XmlAttribute* attribute);
  const XmlAttribute* find(std::string_view name) const;

  const ElementSpec& spec_;
  const XmlElement* element_;
  Position where_;
  Diagnostics& diagnostics_;
};

// Attributes of an element that passes unknown ones to httpd: ours start with a small letter, httpd's with a capital.
bool is_directive_name(std::string_view attribute);

}  // namespace navajo::config
