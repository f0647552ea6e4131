#include "navajo/config/element_reader.h"

#include <algorithm>
#include <stdexcept>

#include "navajo/config/text.h"
#include "navajo/config/variables.h"

namespace navajo::config {
namespace {

// One walk over the tree.
class StructureCheck {
 public:
  StructureCheck(std::span<const ElementSpec> schema, Compat compat, Diagnostics& diagnostics)
      : schema_(schema), compat_(compat), diagnostics_(diagnostics) {}

  void check(const XmlElement& element, const ElementSpec& spec) {
    if (spec.unknown == UnknownAttributes::skip) return;
    check_attributes(element, spec);
    for (const XmlElement& child : element.children) {
      if (const ElementSpec* row = find_element(schema_, child.name, element.name))
        check(child, *row);
      else
        unknown(child.where, observe::id::config_unknown_element,
                "the element " + printable(child.name) + " is not known below " + element.name +
                    did_you_mean(child.name, children_of(schema_, element.name)));
    }
    for (const ElementSpec& row : schema_)
      if (row.parent == element.name) check_count(element, row);
  }

 private:
  void unknown(const Position& where, observe::LogId id, std::string text) {
    if (compat_ == Compat::lenient)
      diagnostics_.notice(where, id, text + " (skipped)");
    else
      diagnostics_.fault(where, id, std::move(text));
  }

  void check_attributes(const XmlElement& element, const ElementSpec& spec) {
    std::vector<std::string_view> names;
    for (const ParamSpec& row : spec.attributes) names.push_back(row.name);
    for (const XmlAttribute& attribute : element.attributes) {
      if (std::find(names.begin(), names.end(), attribute.name) != names.end()) continue;
      if (spec.unknown == UnknownAttributes::directive && is_directive_name(attribute.name)) continue;
      unknown(attribute.where, observe::id::config_unknown_attribute,
              element.name + " has no attribute '" + printable(attribute.name) + "'" +
                  did_you_mean(attribute.name, names));
    }
    for (const ParamSpec& row : spec.attributes)
      if (row.required && std::none_of(element.attributes.begin(), element.attributes.end(),
                                       [&](const XmlAttribute& attribute) { return attribute.name == row.name; }))
        diagnostics_.fault(element.where, observe::id::config_missing,
                           element.name + " needs the attribute '" + row.name + "'");
  }

  void check_count(const XmlElement& element, const ElementSpec& row) {
    size_t count = 0;
    for (const XmlElement& child : element.children) {
      if (child.name != row.name) continue;
      if (++count == 2 && (row.occurs == Occurs::one || row.occurs == Occurs::optional))
        diagnostics_.fault(child.where, observe::id::config_duplicate,
                           "a second " + child.name + " in one " + element.name);
    }
    if (count == 0 && (row.occurs == Occurs::one || row.occurs == Occurs::at_least_one))
      diagnostics_.fault(element.where, observe::id::config_missing,
                         element.name + " needs the element " + row.name);
  }

  std::span<const ElementSpec> schema_;
  Compat compat_;
  Diagnostics& diagnostics_;
};

}  // namespace

bool is_directive_name(std::string_view attribute) {
  return !attribute.empty() && attribute[0] >= 'A' && attribute[0] <= 'Z' &&
         std::all_of(attribute.begin(), attribute.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

bool check_structure(const XmlElement& root, std::span<const ElementSpec> schema, Compat compat,
                     Diagnostics& diagnostics) {
  const ElementSpec* row = find_element(schema, root.name, "");
  if (!row) {
    diagnostics.fault(root.where, observe::id::config_unknown_element,
                      "the file starts with " + printable(root.name) + ", not with " + schema.front().name);
    return false;
  }
  StructureCheck(schema, compat, diagnostics).check(root, *row);
  return true;
}

ElementReader::ElementReader(const ElementSpec& spec, const XmlElement* element, Position where,
                             Diagnostics& diagnostics)
    : spec_(spec), element_(element), where_(element ? element->where : std::move(where)), diagnostics_(diagnostics) {}

const XmlAttribute* ElementReader::find(std::string_view name) const {
  if (!element_) return nullptr;
  for (const XmlAttribute& attribute : element_->attributes)
    if (attribute.name == name) return &attribute;
  return nullptr;
}

void ElementReader::fault(const Position& where, std::string_view name, std::string text) {
  diagnostics_.fault(where, observe::id::config_bad_value,
                     std::string(spec_.name) + " " + std::string(name) + ": " + text);
}

ElementReader::Value ElementReader::read(const ParamSpec& spec, const XmlAttribute* attribute) {
  Value out{std::string(trim(spec.default_value)), 0, where_, false};
  if (*spec.default_value) {
    const ParsedValue parsed = parse_value(spec, spec.default_value);
    if (!parsed.ok) throw std::logic_error("default of " + std::string(spec.name) + ": " + parsed.why);
    out.number = parsed.number;
  }
  if (!attribute) return out;
  out.where = attribute->where;
  const std::string replaced = replace_variables(attribute->value, attribute->where, diagnostics_);
  const std::string_view text = trim(replaced);
  const ParsedValue parsed = parse_value(spec, text);
  if (!parsed.ok) {
    fault(attribute->where, attribute->name, parsed.why);
  } else if (spec.required && text.empty()) {
    fault(attribute->where, attribute->name, "is empty");
  } else {
    out.text = text;
    out.number = parsed.number;
    out.given = true;
    if (*spec.deprecated)
      diagnostics_.deprecated(attribute->where,
                              std::string(spec_.name) + " " + attribute->name + ": " + spec.deprecated);
  }
  return out;
}

ElementReader::Value ElementReader::read(std::string_view name) {
  for (const ParamSpec& row : spec_.attributes)
    if (name == row.name) return read(row, find(name));
  throw std::logic_error(std::string(spec_.name) + " has no attribute row for " + std::string(name));
}

Attribute<std::string> ElementReader::text(std::string_view name) {
  return convert<std::string>(name, [](const Value& value) { return value.text; });
}

Attribute<bool> ElementReader::boolean(std::string_view name) {
  return convert<bool>(name, [](const Value& value) { return value.number != 0; });
}

Attribute<std::chrono::milliseconds> ElementReader::milliseconds(std::string_view name) {
  return convert<std::chrono::milliseconds>(
      name, [](const Value& value) { return std::chrono::milliseconds(value.number); });
}

Attribute<std::vector<std::string>> ElementReader::words(std::string_view name) {
  return convert<std::vector<std::string>>(name, [](const Value& value) {
    const std::vector<std::string_view> words = split_words(value.text);
    return std::vector<std::string>(words.begin(), words.end());
  });
}

std::vector<Directive> ElementReader::directives() {
  static constexpr ParamSpec kAny{.name = "directive"};
  std::vector<Directive> out;
  if (element_) {
    for (const XmlAttribute& attribute : element_->attributes) {
      if (!is_directive_name(attribute.name)) continue;
      auto known = std::find_if(spec_.attributes.begin(), spec_.attributes.end(),
                                [&](const ParamSpec& row) { return attribute.name == row.name; });
      if (known == spec_.attributes.end())
        known = std::find_if(spec_.attributes.begin(), spec_.attributes.end(),
                             [&](const ParamSpec& row) { return same_word(row.name, attribute.name); });
      ParamSpec spec = kAny;
      if (known != spec_.attributes.end()) {
        spec.deprecated = known->deprecated;
        spec.required = known->required;
      }
      Value value = read(spec, &attribute);
      // httpd would take the next line for a part of this one.
      if (!value.text.empty() && value.text.back() == '\\') fault(value.where, attribute.name, "ends with a backslash");
      out.push_back({attribute.name, std::move(value.text), value.where, true});
    }
  }
  for (const ParamSpec& row : spec_.attributes) {
    if (!is_directive_name(row.name) || !*row.default_value) continue;
    if (std::none_of(out.begin(), out.end(), [&](const Directive& given) { return same_word(given.name, row.name); }))
      out.push_back({row.name, row.default_value, where_, false});
  }
  return out;
}

}  // namespace navajo::config
