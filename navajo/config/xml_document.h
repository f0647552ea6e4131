// An XML configuration file as a small tree with the place of every element and attribute. Read with libxml2, hardened:
// no DTD is loaded, no entity but the five of XML itself, no network, no internal subset, bounded size, depth and
// counts (failure-modes row 32). Called in the parent while the configuration is read; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "navajo/config/diagnostics.h"

namespace navajo::config {

struct XmlAttribute {
  std::string name, value;
  Position where;
};

struct XmlElement {
  std::string name;  // without namespace prefix
  Position where;
  std::vector<XmlAttribute> attributes;  // without xmlns and xsi ones
  std::vector<XmlElement> children;
  std::string text;     // all character data directly inside
  Position text_where;  // of the first character after the start tag

  const XmlElement* child(std::string_view child_name) const;
};

struct XmlLimits {
  size_t bytes = 4 << 20;
  size_t depth = 32;
  size_t elements = 20000;
  size_t attributes = 200;  // of one element
  size_t references = SIZE_MAX;  // like &amp; and &#60;; entities of a document's own are never expanded
};

enum class DoctypePolicy : uint8_t {
  refuse,
  tolerate,  // Servlet 2.3 files name their DTD; it is neither fetched nor believed
};

// The root element, or none after faults went to diagnostics.
std::optional<XmlElement> read_xml(const std::string& path, DoctypePolicy doctype, Diagnostics& diagnostics,
                                   const XmlLimits& limits = {});
std::optional<XmlElement> parse_xml(const std::string& path, std::string_view document, DoctypePolicy doctype,
                                    Diagnostics& diagnostics, const XmlLimits& limits = {});

}  // namespace navajo::config
