// The one table of navajo.xml and web.xml: elements, attributes, types, units, defaults, ranges, meaning. It drives
// reading, checking and the reference documentation. An attribute row is a ParamSpec, so init-params and attributes
// are checked by the same code.
#pragma once

#include <span>
#include <string>

#include "navajo/config/params.h"

namespace navajo::config {

enum class Occurs : uint8_t { one, optional, many, at_least_one };
enum class UnknownAttributes : uint8_t {
  fault,
  directive,  // those that begin with a capital are httpd's
  skip,       // an element of older files (config/old_settings.h): nothing in it is looked at
};

struct ElementSpec {
  const char* name;
  const char* parent;  // "" for the root
  Occurs occurs;
  UnknownAttributes unknown;
  std::span<const ParamSpec> attributes;
  const char* doc;
};

std::span<const ElementSpec> navajo_xml_schema();
std::span<const ElementSpec> web_xml_schema();

// The row of an element below a parent; null when the parent has no such child.
const ElementSpec* find_element(std::span<const ElementSpec> schema, std::string_view name, std::string_view parent);
std::vector<std::string_view> children_of(std::span<const ElementSpec> schema, std::string_view parent);

// docs: one section per element with a table of its attributes.
std::string schema_as_markdown(std::span<const ElementSpec> schema, std::string_view title);
// The table of attributes or init-params.
std::string params_as_markdown(std::span<const ParamSpec> params);
// "name (type, default, range): doc", as comments of conf/ say it.
std::string describe(const ParamSpec& spec);

}  // namespace navajo::config
