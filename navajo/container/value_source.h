// A value made anew for each request from what is known of it: "CONST:id=;HEADER:X-User" or "ENV:REMOTE_ADDR".
// Parts are SOURCE:name, joined with ';'. A literal semicolon is ";;", a literal colon "\:". Sources:
//   CONST:text        the text itself
//   HEADER:name       the request's first field of that name
//   ENV:name          HTTP_x (the request field x, '_' for '-'), REMOTE_ADDR, REQUEST_ID, REQUEST_METHOD, REQUEST_URI
//                     (encoded path), REQUEST_URL, PATH_INFO, QUERY_STRING, SERVER_NAME, SERVER_PORT, SERVER_PROTOCOL,
//                     bcx.servlet.response.Header.x (the response field x), else httpd's own (SSL_*, REMOTE_USER ...)
// Parsed while the configuration is read; append_to() is called by all threads and fibers at once.
#pragma once

#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/api/request.h"
#include "navajo/base/result.h"
#include "navajo/http/headers.h"

namespace navajo::container {

enum class Stage : uint8_t {
  request,   // before a servlet has answered
  response,  // response fields are known
};

class ValueExpression {
 public:
  // Empty text is the empty value.
  static base::Result<ValueExpression> parse(std::string_view text, Stage stage);
  // What is not there adds nothing. response_fields is used by expressions of Stage::response only.
  void append_to(std::pmr::string& out, api::Request& request, const http::Headers* response_fields) const;

 private:
  enum class Kind : uint8_t {
    constant,
    request_field,
    response_field,
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
  struct Part {
    Kind kind;
    std::string name;  // or the constant
  };
  static base::Result<Part> parse_part(std::string_view source, std::string name, Stage stage);
  static base::Result<Part> parse_environment(std::string name, Stage stage);

  std::vector<Part> parts_;
};

}  // namespace navajo::container
