#include "navajo/rules/rules_element.h"

#include <algorithm>
#include <stdexcept>

#include "navajo/config/text.h"
#include "navajo/rules/template.h"

namespace navajo::rules {
namespace {

using config::printable;

// Where only elements or nothing belongs, a text is a mistake that would do nothing.
bool takes_text(const config::ElementSpec& row) {
  return row.name == std::string_view("list") || (row.parent == kPartGroup && row.name == std::string_view("body"));
}

}  // namespace

void RulesElement::check_attributes() const {
  std::vector<std::string_view> names;
  for (const config::ParamSpec& attribute : row_.attributes) names.push_back(attribute.name);
  for (const config::XmlAttribute& attribute : element_.attributes)
    if (std::find(names.begin(), names.end(), attribute.name) == names.end())
      diagnostics_.fault(attribute.where, observe::id::config_unknown_attribute,
                         element_.name + " has no attribute '" + printable(attribute.name) + "'" +
                             config::did_you_mean(attribute.name, names));
  for (const config::ParamSpec& attribute : row_.attributes) {
    const config::XmlAttribute* const given = find(attribute.name);
    if (!given && attribute.required)
      diagnostics_.fault(element_.where, observe::id::config_missing,
                         element_.name + " needs the attribute '" + attribute.name + "'");
    if (!given) continue;
    const config::ParsedValue parsed = config::parse_value(attribute, given->value);
    if (!parsed.ok) fault(attribute.name, parsed.why);
  }
}

void RulesElement::check_children() const {
  std::vector<const config::ElementSpec*> once;
  for (const config::XmlElement& child : element_.children) {
    const config::ElementSpec* const known = row_below(row_, child.name);
    if (!known) {
      std::vector<std::string_view> names;
      for (const config::ElementSpec* below : allowed_below(row_)) names.push_back(below->name);
      diagnostics_.fault(child.where, observe::id::config_unknown_element,
                         "the element " + printable(child.name) + " is not known below " + element_.name +
                             config::did_you_mean(child.name, names));
    } else if (known->occurs == config::Occurs::optional) {
      if (std::find(once.begin(), once.end(), known) != once.end())
        diagnostics_.fault(child.where, observe::id::config_duplicate,
                           "a second " + child.name + " in one " + element_.name);
      once.push_back(known);
    }
  }
}

void RulesElement::check_tree() const {
  check_attributes();
  check_children();
  if (!takes_text(row_) && !config::trim(element_.text).empty())
    diagnostics_.fault(config::first_visible(element_.text, element_.text_where), observe::id::config_bad_value,
                       "the text '" + printable(config::trim(element_.text)) + "' has no meaning inside " +
                           element_.name);
  for_each_child(*this, [](const RulesElement& child) { child.check_tree(); });
}

const config::XmlAttribute* RulesElement::find(std::string_view name) const {
  for (const config::XmlAttribute& attribute : element_.attributes)
    if (attribute.name == name) return &attribute;
  return nullptr;
}

const config::ParamSpec& RulesElement::spec(std::string_view name) const {
  for (const config::ParamSpec& attribute : row_.attributes)
    if (name == attribute.name) return attribute;
  throw std::logic_error(element_.name + " has no attribute row for " + std::string(name));
}

config::Position RulesElement::where(std::string_view name) const {
  const config::XmlAttribute* const attribute = find(name);
  return attribute ? attribute->where : element_.where;
}

std::vector<config::TextPlace> RulesElement::places(std::string_view name) const {
  const config::XmlAttribute* const attribute = find(name);
  if (attribute) return document_.places(*attribute);
  return {{element_.where.line, element_.where.column}};
}

config::Position RulesElement::where(std::string_view name, size_t at) const {
  const std::vector<config::TextPlace> all = places(name);
  const config::TextPlace place = all[std::min(at, all.size() - 1)];
  return {element_.where.file, place.line, place.column};
}

std::string RulesElement::raw(std::string_view name) const {
  const config::XmlAttribute* const attribute = find(name);
  return attribute ? attribute->value : "";
}

std::string RulesElement::text(std::string_view name) const {
  const config::XmlAttribute* const attribute = find(name);
  return std::string(config::trim(attribute ? std::string_view(attribute->value) : spec(name).default_value));
}

int64_t RulesElement::number(std::string_view name) const {
  const config::ParamSpec& row = spec(name);
  const config::XmlAttribute* const attribute = find(name);
  if (!attribute && !*row.default_value) return 0;
  const config::ParsedValue parsed =
      config::parse_value(row, attribute ? std::string_view(attribute->value) : row.default_value);
  return parsed.ok ? parsed.number : 0;  // told at the beginning
}

std::vector<std::string> RulesElement::names(std::string_view name) const {
  const std::string given = text(name);
  const std::vector<std::string_view> words = config::split_words(given);
  return {words.begin(), words.end()};
}

Template RulesElement::text_with_variables(std::string_view name) const {
  base::Result<Template> parsed = parse_template(raw(name));
  if (parsed.ok()) return std::move(*parsed);
  fault(name, parsed.error().text);
  return {};
}

void RulesElement::fault(std::string_view name, std::string text, size_t at) const {
  diagnostics_.fault(at > 0 ? where(name, at) : where(name), observe::id::config_bad_value,
                     element_.name + " " + std::string(name) + ": " + text);
}

void RulesElement::fault(const config::Position& where, std::string text) const {
  diagnostics_.fault(where, observe::id::config_bad_value, element_.name + ": " + text);
}

}  // namespace navajo::rules
