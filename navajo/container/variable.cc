#include "navajo/container/variable.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

#include "navajo/config/diagnostics.h"
#include "navajo/config/text.h"
#include "navajo/http/syntax.h"

namespace navajo::container {
namespace {

std::vector<std::string_view> sources() { return {"CONST", "HEADER", "ENV", "PARAM", "AUTH", "SESSION", "RESP"}; }

base::Failed<base::Error> failed(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

std::string_view without_query(std::string_view target) { return target.substr(0, target.find('?')); }

std::string_view join(std::initializer_list<std::string_view> parts, std::pmr::memory_resource& memory) {
  size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  if (size == 0) return {};
  char* const start = static_cast<char*>(memory.allocate(size, 1));
  char* out = start;
  for (const std::string_view part : parts) out = std::copy(part.begin(), part.end(), out);
  return {start, size};
}

std::string_view decimal(uint16_t number, std::pmr::memory_resource& memory) {
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return join({std::string_view(digits, static_cast<size_t>(end - digits))}, memory);
}

}  // namespace

// Names of ENV that are not httpd's.
struct Variable::Known {
  std::string_view name;
  Kind kind;
  const char* argument;
};

constexpr Variable::Known Variable::kKnown[] = {
    {"REMOTE_ADDR", Kind::remote_addr, ""},
    {"REQUEST_ID", Kind::request_id, ""},
    {"REQUEST_METHOD", Kind::request_method, ""},
    {"REQUEST_URI", Kind::request_uri, ""},
    {"REQUEST_URL", Kind::request_url, ""},
    {"PATH_INFO", Kind::path_info, ""},
    {"QUERY_STRING", Kind::query_string, ""},
    {"SERVER_NAME", Kind::server_name, ""},
    {"SERVER_PORT", Kind::server_port, ""},
    {"SERVER_PROTOCOL", Kind::server_protocol, ""},
    {"bcx.servlet.session.HttpSessionId", Kind::session_id, ""},
    {"bcx.servlet.session.HttpSessionId.get", Kind::session_id, ""},
    {"bcx.servlet.session.HttpSessionId.getOnly", Kind::session_id, ""},
    {"bcx.servlet.session.HttpSessionId.getOrCreate", Kind::new_session_id, ""},
    {"bcx.servlet.connection.SSLCiphersUsed", Kind::environment, "SSL_CIPHER"},
    {"bcx.servlet.session.SSLCiphersUsed", Kind::environment, "SSL_CIPHER"},
    {"bcx.servlet.connection.SSLSessionId", Kind::environment, "SSL_SESSION_ID"},
    {"bcx.servlet.session.SSLSessionId", Kind::environment, "SSL_SESSION_ID"},
    // Left by whoever manages sessions.
    {"bcx.servlet.connection.SessionCookie", Kind::attribute, "bcx.servlet.session.SessionCookie"},
    {"bcx.servlet.session.SessionCookie", Kind::attribute, "bcx.servlet.session.SessionCookie"},
    {"bcx.servlet.connection.KeepAlives", Kind::environment, "bcx.servlet.connection.KeepAlives"},
    {"bcx.servlet.session.KeepAlives", Kind::environment, "bcx.servlet.connection.KeepAlives"},
};

thread_local ParameterWatch* ParameterWatch::current_ = nullptr;

ParameterWatch::ParameterWatch() : outer_(current_) { current_ = this; }
ParameterWatch::~ParameterWatch() { current_ = outer_; }
void ParameterWatch::need() {
  if (current_) current_->seen_ = true;
}

bool Variable::is_source(std::string_view word) {
  const std::vector<std::string_view> all = sources();
  return std::find(all.begin(), all.end(), word) != all.end();
}

std::string Variable::nearest_source(std::string_view word) { return config::did_you_mean(word, sources()); }

base::Result<Variable> Variable::parse(std::string_view source, std::string name, Stage stage) {
  if (source == "CONST") {
    if (!http::is_field_value(name)) return failed("CONST holds a control character");
    return Variable(Kind::constant, std::move(name));
  }
  name = config::trim(name);
  if (source == "HEADER") return parse_field(Kind::request_field, std::move(name), stage);
  if (source == "RESP") return parse_field(Kind::response_field, std::move(name), stage);
  if (source == "ENV") return parse_environment(std::move(name), stage);
  if (!is_source(source))
    return failed("'" + config::printable(source) + "' is not one of " + config::join(sources(), ", ") +
                  nearest_source(source));
  if (name.empty()) return failed(std::string(source) + " needs a name");
  if (source == "PARAM") {
    ParameterWatch::need();
    return Variable(Kind::parameter, std::move(name));
  }
  return Variable(source == "AUTH" ? Kind::authenticated : Kind::session, std::move(name));
}

base::Result<Variable> Variable::parse_field(Kind kind, std::string name, Stage stage) {
  if (!http::is_token(name)) return failed("'" + config::printable(name) + "' is not a header name");
  if (kind == Kind::response_field && stage == Stage::request)
    return failed("the response field '" + name + "' is not known before the answer");
  return Variable(kind, std::move(name));
}

base::Result<Variable> Variable::parse_environment(std::string name, Stage stage) {
  if (name.empty()) return failed("ENV needs a name");
  for (const Known& known : kKnown)
    if (name == known.name) return Variable(known.kind, known.argument);
  for (const std::string_view prefix : {"bcx.servlet.response.Header.", "bcx.servlet.response."})
    if (std::string_view(name).substr(0, prefix.size()) == prefix)
      return parse_field(Kind::response_field, name.substr(prefix.size()), stage);
  if (name.compare(0, 4, "bcx.") == 0) {
    std::vector<std::string_view> names;
    for (const Known& known : kKnown) names.push_back(known.name);
    return failed("there is no variable '" + config::printable(name) + "'" + config::did_you_mean(name, names));
  }
  if (name.compare(0, 5, "HTTP_") == 0) {
    name.erase(0, 5);
    std::replace(name.begin(), name.end(), '_', '-');
    return parse_field(Kind::request_field, std::move(name), stage);
  }
  return Variable(Kind::environment, std::move(name));
}

bool Variable::is_clients() const {
  switch (kind_) {
    case Kind::request_field:
    case Kind::parameter:
    case Kind::request_method:
    case Kind::request_uri:
    case Kind::request_url:
    case Kind::path_info:
    case Kind::query_string:
    case Kind::server_name: return true;
    default: return false;
  }
}

std::optional<std::string_view> Variable::get(api::Request& request, const http::Headers* response_fields) const {
  using api::SessionUse;
  switch (kind_) {
    case Kind::constant: return name_;
    case Kind::request_field: return request.headers().get(name_);
    case Kind::response_field: return response_fields->get(name_);
    case Kind::parameter:
      if (const http::Parameters* parameters = request.parameters()) return parameters->get(name_);
      return std::nullopt;
    case Kind::attribute: return request.attribute(name_);
    case Kind::authenticated:
      if (const auto value = request.attribute(name_)) return value;
      [[fallthrough]];
    case Kind::session:
      if (api::Session* session = request.session(SessionUse::existing)) return session->get(name_);
      return std::nullopt;
    case Kind::session_id:
    case Kind::new_session_id: {
      const api::Session* session =
          request.session(kind_ == Kind::session_id ? SessionUse::existing : SessionUse::create);
      if (session) return session->log_id();
      return std::nullopt;
    }
    case Kind::remote_addr: return request.client_address();
    case Kind::request_id: return request.id();
    case Kind::request_method: return request.method();
    case Kind::request_uri: return without_query(request.target());
    case Kind::request_url:
      return join({request.secure() ? "https://" : "http://",
                   request.authority().empty() ? request.host() : request.authority(), without_query(request.target())},
                  request.memory());
    case Kind::path_info: return request.path_info();
    case Kind::query_string: return request.query();
    case Kind::server_name: return request.host();
    case Kind::server_port: return decimal(request.server_port(), request.memory());
    case Kind::server_protocol: return request.protocol();
    case Kind::environment: return request.environment(name_);
  }
  return std::nullopt;
}

}  // namespace navajo::container
