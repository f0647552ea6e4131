#include "navajo/servlets/http_connector/value_template.h"

#include <algorithm>

#include "navajo/http/syntax.h"
#include "navajo/servlets/http_connector/joined_text.h"

namespace navajo::servlets::http_connector {
namespace {

// Up to the next single ';'; what follows is left in text.
std::string take_part(std::string_view& text) {
  std::string part;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == ';') {
      if (text.empty() || text.front() != ';') return part;
      text.remove_prefix(1);
    }
    part += c;
  }
  return part;
}

}  // namespace

base::Result<ValueTemplate> ValueTemplate::parse(std::string_view text) {
  ValueTemplate made;
  text = http::trim(text);
  if (text.empty()) return made;
  const bool dynamic = text.starts_with("CONST:") || text.starts_with("HEADER:") || text.starts_with("ENV:");
  if (!dynamic) {
    made.parts_.push_back({Source::constant, std::string(text)});
    return made;
  }
  while (!text.empty()) {
    std::string part = take_part(text);
    const size_t colon = part.find(':');
    const std::string source = part.substr(0, colon);
    std::string name = colon == std::string::npos ? "" : part.substr(colon + 1);
    if (source == "CONST") {
      made.parts_.push_back({Source::constant, std::move(name)});
      continue;
    }
    const bool from_field = source == "HEADER";
    if (!from_field && source != "ENV")
      return base::Failed{base::Error{"'" + part + "' does not start with CONST:, HEADER: or ENV:"}};
    if (!http::is_token(name)) return base::Failed{base::Error{"'" + part + "' names nothing"}};
    if (from_field) {
      made.parts_.push_back({Source::field, std::move(name)});
    } else if (name.starts_with("HTTP_") && name.size() > 5) {
      name.erase(0, 5);
      std::replace(name.begin(), name.end(), '_', '-');
      made.parts_.push_back({Source::field, std::move(name)});
    } else {
      made.parts_.push_back({Source::environment, std::move(name)});
    }
  }
  return made;
}

std::string_view ValueTemplate::part_value(const Part& part, api::Request& request) {
  switch (part.source) {
    case Source::constant: return part.text;
    case Source::field: return request.headers().get(part.text).value_or("");
    case Source::environment: return request.environment(part.text).value_or("");
  }
  return "";
}

std::string_view ValueTemplate::value(api::Request& request) const {
  if (parts_.empty()) return "";
  if (parts_.size() == 1) return part_value(parts_[0], request);
  std::string_view whole;
  for (const Part& part : parts_) whole = joined({whole, part_value(part, request)}, request.memory());
  return whole;
}

}  // namespace navajo::servlets::http_connector
