#include "navajo/filters/delegation/delegation_rules.h"

#include "navajo/config/text.h"
#include "navajo/http/delegated_fields.h"
#include "navajo/http/set_cookie.h"

namespace navajo::filters::delegation {
namespace {

using config::printable;

// Parts between colons, with "\:" as a colon.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ':')
      parts.back() += text[++i];
    else if (text[i] == ':')
      parts.emplace_back();
    else
      parts.back() += text[i];
  }
  return parts;
}

// Null: the name may be delegated there.
const char* why_not(const std::string& name, Place place) {
  switch (place) {
    case Place::header: return http::why_not_delegated(name, http::MessageKind::request);
    case Place::cookie: return http::is_cookie_name(name) ? nullptr : "is not a cookie's name";
    case Place::basic_auth: return name == "User" || name == "Password" ? nullptr : "is neither User nor Password";
    case Place::parameter:
    case Place::post:
      return name.empty() || config::has_control_character(name) ? "is not a parameter's name" : nullptr;
  }
  return nullptr;
}

Encoding usual_encoding(Place place) {
  return place == Place::parameter || place == Place::post ? Encoding::url : Encoding::none;
}

}  // namespace

Rules read_rules(const config::Params& params, const char* param, Place place) {
  Rules out{container::ConditionalLines(params, param, container::Stage::request), {}};
  for (const config::ParamLine& line : out.lines.entries()) {
    const auto fault = [&](const std::string& text) { params.fault(line.where, std::string(param) + ": " + text); };
    std::vector<std::string> parts = split(line.text);
    if (parts.size() < 3 || parts.size() > 4) {
      fault("'" + printable(line.text) + "' is not SOURCE:name:delegation_name[:encoding]");
      continue;
    }
    auto source = container::Variable::parse(config::trim(parts[0]), std::move(parts[1]), container::Stage::request);
    if (!source.ok()) {
      fault(source.error().text);
      continue;
    }
    std::string name(config::trim(parts[2]));
    if (const char* why = why_not(name, place)) {
      fault("'" + printable(name) + "' " + why);
      continue;
    }
    Encoding encoding = usual_encoding(place);
    if (parts.size() == 4) {
      const auto known = encoding_of(config::trim(parts[3]));
      if (!known) {
        fault("the encoding '" + printable(parts[3]) + "' is not one of none, base64, url, utf8->latin1");
        continue;
      }
      encoding = *known;
    }
    out.rules.push_back({std::move(*source), std::move(name), encoding});
  }
  return out;
}

}  // namespace navajo::filters::delegation
