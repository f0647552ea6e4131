// One element of rules.xml with its row (rules/vocabulary.h), which gives its values their types. That the tree is made
// of known elements and attributes is checked once, before. While rules are read; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/config/schema.h"
#include "navajo/config/xml_document.h"
#include "navajo/rules/action.h"
#include "navajo/rules/matcher_text.h"
#include "navajo/rules/rules_document.h"
#include "navajo/rules/vocabulary.h"

namespace navajo::rules {

class RulesElement {
 public:
  RulesElement(const config::XmlElement& element, const config::ElementSpec& row, const RulesDocument& document,
               config::Diagnostics& diagnostics)
      : element_(element), row_(row), document_(document), diagnostics_(diagnostics) {}

  // Of this element and all below it: what is unknown, missing, there too often, or no value of its type is a fault.
  void check_tree() const;

  const config::XmlElement& xml() const { return element_; }
  const config::ElementSpec& row() const { return row_; }
  const config::Position& where() const { return element_.where; }
  config::Position where(std::string_view name) const;            // of an attribute, or else of the element
  config::Position where(std::string_view name, size_t at) const;  // of a byte of its value
  std::vector<config::TextPlace> places(std::string_view name) const;  // of all its bytes, and of the next one

  bool has(std::string_view name) const { return find(name) != nullptr; }
  // Untrimmed: white space may be meant.
  std::string raw(std::string_view name) const;
  // Trimmed; the default where it is not given.
  std::string text(std::string_view name) const;
  int64_t number(std::string_view name) const;  // 0 after a fault
  bool boolean(std::string_view name) const { return number(name) != 0; }
  std::chrono::milliseconds milliseconds(std::string_view name) const {
    return std::chrono::milliseconds(number(name));
  }
  // The enumerators in the order of the choices.
  template <class Enum>
  Enum choice(std::string_view name) const {
    return static_cast<Enum>(number(name));
  }
  std::vector<std::string> names(std::string_view name) const;  // separated by commas
  Template text_with_variables(std::string_view name) const;

  // Text goes on after "<name> attribute ".
  void fault(std::string_view name, std::string text, size_t at = 0) const;
  void fault(const config::Position& where, std::string text) const;
  config::Diagnostics& diagnostics() const { return diagnostics_; }
  const RulesDocument& document() const { return document_; }

 private:
  void check_attributes() const;
  void check_children() const;
  const config::XmlAttribute* find(std::string_view name) const;
  const config::ParamSpec& spec(std::string_view name) const;

  const config::XmlElement& element_;
  const config::ElementSpec& row_;
  const RulesDocument& document_;
  config::Diagnostics& diagnostics_;
};

// Calls visit(const RulesElement&) for each child that may stand there; check_tree() has told of the others.
template <class F>
void for_each_child(const RulesElement& parent, F visit) {
  for (const config::XmlElement& child : parent.xml().children)
    if (const config::ElementSpec* row = row_below(parent.row(), child.name))
      visit(RulesElement(child, *row, parent.document(), parent.diagnostics()));
}

}  // namespace navajo::rules
