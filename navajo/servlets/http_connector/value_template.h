// A text put together for each request from parts "SOURCE:name;": CONST:text, HEADER:field, ENV:variable. As in
// nevisProxy, ENV:HTTP_Some_Field means the request field Some-Field, and a part ends with ';' (the last one may do
// without; ";;" is a semicolon). A text without a known source in front is constant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/api/request.h"
#include "navajo/base/result.h"

namespace navajo::servlets::http_connector {

class ValueTemplate {
 public:
  ValueTemplate() = default;
  static base::Result<ValueTemplate> parse(std::string_view text);

  bool empty() const { return parts_.empty(); }
  // Its value, if that is the same for every request.
  std::optional<std::string_view> constant() const {
    if (parts_.size() != 1 || parts_[0].source != Source::constant) return std::nullopt;
    return std::string_view(parts_[0].text);
  }
  // Lives in the request's memory, or as long as this object.
  std::string_view value(api::Request& request) const;

 private:
  enum class Source : uint8_t { constant, field, environment };
  struct Part {
    Source source;
    std::string text;
  };
  static std::string_view part_value(const Part& part, api::Request& request);
  std::vector<Part> parts_;
};

}  // namespace navajo::servlets::http_connector
