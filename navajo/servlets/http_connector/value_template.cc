#include "navajo/servlets/http_connector/value_template.h"

#include "navajo/container/variable.h"
#include "navajo/http/syntax.h"
#include "navajo/servlets/http_connector/joined_text.h"

namespace navajo::servlets::http_connector {

base::Result<ValueTemplate> ValueTemplate::parse(std::string_view text) {
  ValueTemplate made;
  text = http::trim(text);
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || !container::Variable::is_source(text.substr(0, colon))) {
    made.constant_ = text;
    return made;
  }
  auto parsed = container::ValueExpression::parse(text, container::Stage::request);
  if (!parsed.ok()) return base::Failed{parsed.error()};
  made.dynamic_ = std::move(*parsed);
  return made;
}

std::string_view ValueTemplate::value(api::Request& request) const {
  if (!dynamic_) return constant_;
  std::pmr::string text(&request.memory());
  dynamic_->append_to(text, request, nullptr);
  return joined({text}, request.memory());
}

}  // namespace navajo::servlets::http_connector
