// One SOURCE:name of the configuration: where a condition looks, and what values are made of. Sources:
//   CONST:text      the text itself
//   HEADER:name     the request's first field of that name
//   AUTH:name       what authentication left: the request attribute (user.auth.UserId ...), else the session's
//   SESSION:name    the session's attribute; never makes a session
//   PARAM:name      the first parameter of that name, of the query or of a form body
//   RESP:name       the response field, once there is an answer
//   ENV:name        HTTP_x (the request field x, '_' for '-'), REMOTE_ADDR, REQUEST_ID, REQUEST_METHOD, REQUEST_URI
//                   (encoded path), REQUEST_URL, PATH_INFO, QUERY_STRING, SERVER_NAME, SERVER_PORT, SERVER_PROTOCOL;
//                   bcx.servlet.response.x and bcx.servlet.response.Header.x (the response field x);
//                   bcx.servlet.session.HttpSessionId with .get, .getOnly (the same) or .getOrCreate (what logs call
//                   the session: the key of a session is a secret); bcx.servlet.connection.SSLCiphersUsed,
//                   .SSLSessionId, .SessionCookie, .KeepAlives (also as bcx.servlet.session.x);
//                   else httpd's own (SSL_*, QS_*, REMOTE_USER ...)
// Parsed while the configuration is read; get() is called by all threads and fibers at once and takes memory, if it
// has to, from the request's. Facts: nevisproxy-filters-ops.md 1.5, nevisproxy-container-servlets.md 4.4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "navajo/api/request.h"
#include "navajo/base/result.h"
#include "navajo/http/headers.h"

namespace navajo::container {

enum class Stage : uint8_t {
  request,   // before a servlet has answered
  response,  // response fields are known
};

// Whether a variable with the source PARAM is parsed by this thread while it lives: what a component is configured with
// tells the container that its requests' parameters are needed, without every component saying so.
class ParameterWatch {
 public:
  ParameterWatch();
  ~ParameterWatch();
  ParameterWatch(const ParameterWatch&) = delete;
  ParameterWatch& operator=(const ParameterWatch&) = delete;
  bool seen() const { return seen_; }
  // As if one had been parsed: for a component that needs the parameters for itself.
  static void need();

 private:
  friend class Variable;
  static thread_local ParameterWatch* current_;
  ParameterWatch* outer_;
  bool seen_ = false;
};

class Variable {
 public:
  static base::Result<Variable> parse(std::string_view source, std::string name, Stage stage);
  // "HEADER": whether a variable may begin with it.
  static bool is_source(std::string_view word);
  // ", did you mean 'HEADER'?", or nothing.
  static std::string nearest_source(std::string_view word);

  // None: it is not there. Lives as long as the request, or until the field is changed it was taken from.
  // response_fields is used by variables of Stage::response only.
  std::optional<std::string_view> get(api::Request& request, const http::Headers* response_fields) const;

  // Whether a client writes what it likes there: fields, parameters, the URI, the host it asks for.
  bool is_clients() const;
  bool is_constant() const { return kind_ == Kind::constant; }
  std::string_view constant_text() const { return is_constant() ? std::string_view(name_) : std::string_view(); }
  // Of one of httpd's own variables; empty: it is none.
  std::string_view httpd_name() const {
    return kind_ == Kind::environment ? std::string_view(name_) : std::string_view();
  }

 private:
  enum class Kind : uint8_t {
    constant,
    request_field,
    response_field,
    authenticated,
    session,
    parameter,
    session_id,
    new_session_id,
    attribute,
    remote_addr,
    request_id,
    request_method,
    request_uri,
    request_url,
    path_info,
    query_string,
    server_name,
    server_port,
    server_protocol,
    environment,
  };
  struct Known;
  static const Known kKnown[];

  Variable(Kind kind, std::string name) : kind_(kind), name_(std::move(name)) {}
  static base::Result<Variable> parse_environment(std::string name, Stage stage);
  static base::Result<Variable> parse_field(Kind kind, std::string name, Stage stage);

  Kind kind_;
  std::string name_;  // or the constant
};

}  // namespace navajo::container
