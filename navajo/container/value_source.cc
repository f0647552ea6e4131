#include "navajo/container/value_source.h"

#include <algorithm>
#include <charconv>

#include "navajo/config/text.h"
#include "navajo/http/syntax.h"

namespace navajo::container {
namespace {

constexpr std::string_view kResponseField = "bcx.servlet.response.Header.", kResponse = "bcx.servlet.response.";

base::Failed<base::Error> failed(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

void append_number(std::pmr::string& out, uint16_t number) {
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

std::string_view without_query(std::string_view target) { return target.substr(0, target.find('?')); }

}  // namespace

base::Result<ValueExpression> ValueExpression::parse(std::string_view text, Stage stage) {
  ValueExpression out;
  std::string source, name;
  bool in_name = false, any = false;
  const auto close = [&]() -> base::Status<> {
    if (!any) return base::Done{};  // "CONST:a;" ends with an empty part
    if (!in_name) return failed("'" + config::printable(source) + "' is not SOURCE:name");
    base::Result<Part> part = parse_part(config::trim(source), std::move(name), stage);
    if (!part.ok()) return failed(part.error().text);
    out.parts_.push_back(std::move(*part));
    source.clear();
    name.clear();
    in_name = any = false;
    return base::Done{};
  };
  for (size_t i = 0; i < text.size(); i++) {
    const char c = text[i], next = i + 1 < text.size() ? text[i + 1] : '\0';
    if ((c == '\\' && next == ':') || (c == ';' && next == ';')) {
      (in_name ? name : source) += next;
      any = true;
      i++;
    } else if (c == ';') {
      if (base::Status<> closed = close(); !closed.ok()) return failed(closed.error().text);
    } else if (c == ':' && !in_name) {
      in_name = any = true;
    } else if (c == ':') {
      return failed("a colon inside a value is written \\:");
    } else {
      (in_name ? name : source) += c;
      any = true;
    }
  }
  if (base::Status<> closed = close(); !closed.ok()) return failed(closed.error().text);
  return out;
}

base::Result<ValueExpression::Part> ValueExpression::parse_part(std::string_view source, std::string name,
                                                                Stage stage) {
  if (source == "CONST") {
    if (!http::is_field_value(name)) return failed("CONST holds a control character");
    return Part{Kind::constant, std::move(name)};
  }
  name = config::trim(name);
  if (source == "HEADER") {
    if (!http::is_token(name)) return failed("'" + config::printable(name) + "' is not a header name");
    return Part{Kind::request_field, std::move(name)};
  }
  if (source == "ENV") return parse_environment(std::move(name), stage);
  for (const char* later : {"AUTH", "PARAM", "RESP", "SESSION"})
    if (source == later) return failed("the source " + std::string(source) + " is not available in this version");
  return failed("'" + config::printable(source) + "' is not one of CONST, HEADER, ENV" +
                config::did_you_mean(source, {"CONST", "HEADER", "ENV"}));
}

base::Result<ValueExpression::Part> ValueExpression::parse_environment(std::string name, Stage stage) {
  static constexpr std::pair<std::string_view, Kind> known[] = {
      {"REMOTE_ADDR", Kind::remote_addr},   {"REQUEST_ID", Kind::request_id},
      {"REQUEST_METHOD", Kind::request_method}, {"REQUEST_URI", Kind::request_uri},
      {"REQUEST_URL", Kind::request_url},   {"PATH_INFO", Kind::path_info},
      {"QUERY_STRING", Kind::query_string}, {"SERVER_NAME", Kind::server_name},
      {"SERVER_PORT", Kind::server_port},   {"SERVER_PROTOCOL", Kind::server_protocol},
  };
  if (name.empty()) return failed("ENV needs a name");
  for (const auto& [word, kind] : known)
    if (name == word) return Part{kind, ""};
  for (const std::string_view prefix : {kResponseField, kResponse}) {
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    if (stage == Stage::request) return failed("'" + config::printable(name) + "' is not known before the answer");
    name.erase(0, prefix.size());
    if (!http::is_token(name)) return failed("'" + config::printable(name) + "' is not a header name");
    return Part{Kind::response_field, std::move(name)};
  }
  if (name.compare(0, 5, "HTTP_") == 0) {
    name.erase(0, 5);
    std::replace(name.begin(), name.end(), '_', '-');
    if (!http::is_token(name)) return failed("'" + config::printable(name) + "' is not a header name");
    return Part{Kind::request_field, std::move(name)};
  }
  return Part{Kind::environment, std::move(name)};
}

void ValueExpression::append_to(std::pmr::string& out, api::Request& request,
                                const http::Headers* response_fields) const {
  for (const Part& part : parts_) {
    switch (part.kind) {
      case Kind::constant: out += part.name; break;
      case Kind::request_field:
        if (const auto value = request.headers().get(part.name)) out += *value;
        break;
      case Kind::response_field:
        if (const auto value = response_fields->get(part.name)) out += *value;
        break;
      case Kind::remote_addr: out += request.client_address(); break;
      case Kind::request_id: out += request.id(); break;
      case Kind::request_method: out += request.method(); break;
      case Kind::request_uri: out += without_query(request.target()); break;
      case Kind::request_url:
        out += request.secure() ? "https://" : "http://";
        out += request.authority().empty() ? request.host() : request.authority();
        out += without_query(request.target());
        break;
      case Kind::path_info: out += request.path_info(); break;
      case Kind::query_string: out += request.query(); break;
      case Kind::server_name: out += request.host(); break;
      case Kind::server_port: append_number(out, request.server_port()); break;
      case Kind::server_protocol: out += request.protocol(); break;
      case Kind::environment:
        if (const auto value = request.environment(part.name)) out += *value;
        break;
    }
  }
}

}  // namespace navajo::container
