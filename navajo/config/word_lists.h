// Attributes that are lists of networks, globs or ports: read, and each faulty word told. As ElementReader.
#pragma once

#include "navajo/config/element_reader.h"

namespace navajo::config {

Attribute<std::vector<std::string>> read_networks(ElementReader& reader, std::string_view name);
// In lower case.
Attribute<std::vector<std::string>> read_globs(ElementReader& reader, std::string_view name);
// Ports and ranges of ports.
Attribute<std::vector<std::string>> read_ports(ElementReader& reader, std::string_view name);
bool is_port_range(std::string_view text);  // "8080", "8000-8100"

}  // namespace navajo::config
