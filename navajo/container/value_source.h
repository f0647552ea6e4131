// A value made anew for each request from what is known of it: "CONST:id=;HEADER:X-User" or "ENV:REMOTE_ADDR".
// Parts are SOURCE:name (container/variable.h), joined with ';'. A literal semicolon is ";;", a literal colon "\:".
// Parsed while the configuration is read; append_to() is called by all threads and fibers at once.
#pragma once

#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/container/variable.h"

namespace navajo::container {

class ValueExpression {
 public:
  // Empty text is the empty value.
  static base::Result<ValueExpression> parse(std::string_view text, Stage stage);
  // What is not there adds nothing. response_fields is used by expressions of Stage::response only.
  // Whoever puts the value into a field checks it first (http::is_field_value): a decoded path or parameter can hold
  // any byte.
  void append_to(std::pmr::string& out, api::Request& request, const http::Headers* response_fields) const;
  // The same, if every part is there and none is empty; else false, and `out` is as it was.
  [[nodiscard]] bool append_all_to(std::pmr::string& out, api::Request& request) const;

  // The value of every request, when it is made of constants alone.
  std::optional<std::string> constant() const;
  // Of its parts, for whoever does not take everything for a value.
  const std::vector<Variable>& parts() const { return parts_; }

 private:
  std::vector<Variable> parts_;
};

}  // namespace navajo::container
