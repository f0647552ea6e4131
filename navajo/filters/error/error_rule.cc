#include "navajo/filters/error/error_rule.h"

#include <optional>
#include <vector>

#include "navajo/config/text.h"
#include "navajo/files/served_file.h"
#include "navajo/http/syntax.h"

namespace navajo::filters::error {
namespace {

base::Failed<base::Error> failed(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

// At colons that have no backslash before them.
std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> fields(1);
  for (size_t i = 0; i < line.size(); i++) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == ':') {
      fields.back() += line[++i];
    } else if (line[i] == ':') {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  for (std::string& field : fields) field = std::string(config::trim(field));
  return fields;
}

// "404", "500-503", "5xx".
bool read_statuses(std::string_view text, ErrorRule& rule) {
  const auto number = [](std::string_view digits) {
    const auto value = http::parse_decimal(digits);
    return digits.size() == 3 && value ? static_cast<int>(*value) : 0;
  };
  if (text.size() == 3 && http::lower(text[1]) == 'x' && http::lower(text[2]) == 'x') {
    rule.first_status = (text[0] - '0') * 100;
    rule.last_status = rule.first_status + 99;
  } else {
    const size_t dash = text.find('-');
    rule.first_status = number(text.substr(0, dash));
    rule.last_status = dash == std::string_view::npos ? rule.first_status : number(text.substr(dash + 1));
  }
  return rule.first_status >= 200 && rule.last_status <= 599 && rule.first_status <= rule.last_status;
}

std::optional<std::string> why_no_location(std::string_view location) {
  if (!http::is_field_value(location) || location.find_first_of(" \t\\") != std::string_view::npos)
    return "holds a blank, backslash or control character";
  if (location.starts_with("/")) {
    if (location.starts_with("//")) return "would name another server without a scheme";
    return std::nullopt;
  }
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!location.starts_with(scheme)) continue;
    const std::string_view rest = location.substr(scheme.size());
    if (http::is_host(rest.substr(0, rest.find_first_of("/?#")))) return std::nullopt;
  }
  return "is neither a path nor an http or https URL";
}

}  // namespace

base::Result<ErrorRule> parse_error_rule(std::string_view line) {
  std::vector<std::string> fields = split(line);
  ErrorRule rule;
  if (fields.size() < 3) return failed("'" + config::printable(line) + "' is not <status>:<resource>:<uri>");
  if (!read_statuses(fields[0], rule))
    return failed("'" + config::printable(fields[0]) + "' is no status from 200 to 599, like 404, 500-503 or 5xx");
  // "redirect:https://host/" is what everybody writes first.
  if (fields.size() > 3 && (fields[2] == "https" || fields[2] == "http") && fields[3].starts_with("//")) {
    fields[2] += ":" + fields[3];
    fields.erase(fields.begin() + 3);
  }
  const std::string& uri = fields[2];
  if (fields[1] == "redirect") {
    rule.resource = ErrorRule::Resource::redirect;
    if (const auto why = why_no_location(uri)) return failed("'" + config::printable(uri) + "' " + *why);
    rule.location = uri;
  } else {
    rule.resource = fields[1] == "file" ? ErrorRule::Resource::file : ErrorRule::Resource::servlet;
    rule.servlet = rule.resource == ErrorRule::Resource::servlet ? fields[1] : "";
    rule.path = uri.substr(0, uri.find('?'));
    if (rule.path.size() < uri.size()) rule.query = uri.substr(rule.path.size() + 1);
    if (!rule.path.starts_with('/')) return failed("'" + config::printable(uri) + "' does not start with a slash");
    const std::string closed = rule.path + "/";
    const bool dots = closed.find("/../") != std::string::npos || closed.find("/./") != std::string::npos;
    if (dots || !http::is_field_value(uri)) return failed("'" + config::printable(uri) + "' is no path");
    if (rule.resource == ErrorRule::Resource::file && (!rule.query.empty() || !files::is_served_path(rule.path)))
      return failed("'" + config::printable(uri) + "' names a file that is never served");
  }
  bool header_given = false, status_given = false;
  for (size_t i = 3; i < fields.size(); i++) {
    const bool header = fields[i] == "keep-header" || fields[i] == "reset-header";
    const bool status = fields[i] == "keep-status-code" || fields[i] == "reset-status-code";
    if ((!header && !status) || (header && header_given) || (status && status_given))
      return failed("'" + config::printable(fields[i]) + "' is not one of keep-header, reset-header, keep-status-code, "
                    "reset-status-code" + config::did_you_mean(fields[i], {"keep-header", "reset-header",
                                                               "keep-status-code", "reset-status-code"}));
    if (header) rule.keep_header = fields[i] == "keep-header";
    if (status) rule.keep_status = fields[i] == "keep-status-code";
    header_given = header_given || header;
    status_given = status_given || status;
  }
  if (status_given && rule.resource == ErrorRule::Resource::redirect)
    return failed("a redirect has the status 302: " + fields.back() + " says nothing");
  return rule;
}

}  // namespace navajo::filters::error
