// The schema tables as XML Schema 1.0, for editors: completion, types, choices and what each thing means. Looser than
// the reader where XSD 1.0 cannot say it (any order with counts; httpd's directives as attributes); never stricter.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/config/schema.h"

namespace navajo::config {

// Words an editor may offer for the text of an element, by its name: classes for "servlet-class". Any other text stays
// valid.
using ElementWords = std::map<std::string, std::vector<std::string>, std::less<>>;

std::string schema_as_xsd(std::span<const ElementSpec> schema, const ElementWords& words = {});

}  // namespace navajo::config
