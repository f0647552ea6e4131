// A text that is constant, or a value made anew for each request from parts "SOURCE:name;" (container/value_source.h
// has all sources): "ENV:HTTP_Host;" is the client's Host field. A text without a known source in front is constant.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "navajo/api/request.h"
#include "navajo/base/result.h"
#include "navajo/container/value_source.h"

namespace navajo::servlets::http_connector {

class ValueTemplate {
 public:
  ValueTemplate() = default;
  static base::Result<ValueTemplate> parse(std::string_view text);

  bool empty() const { return constant_.empty() && !dynamic_; }
  // Its value, if that is the same for every request.
  std::optional<std::string_view> constant() const {
    if (constant_.empty()) return std::nullopt;
    return std::string_view(constant_);
  }
  bool dynamic() const { return dynamic_.has_value(); }
  // Lives in the request's memory, or as long as this object.
  std::string_view value(api::Request& request) const;

 private:
  std::string constant_;
  std::optional<container::ValueExpression> dynamic_;
};

}  // namespace navajo::servlets::http_connector
