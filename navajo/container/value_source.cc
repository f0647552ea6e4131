#include "navajo/container/value_source.h"

#include "navajo/config/text.h"

namespace navajo::container {
namespace {

base::Failed<base::Error> failed(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

}  // namespace

base::Result<ValueExpression> ValueExpression::parse(std::string_view text, Stage stage) {
  ValueExpression out;
  std::string source, name;
  bool in_name = false, any = false;
  const auto close = [&]() -> base::Status<> {
    if (!any) return base::Done{};  // "CONST:a;" ends with an empty part
    if (!in_name) return failed("'" + config::printable(source) + "' is not SOURCE:name");
    base::Result<Variable> part = Variable::parse(config::trim(source), std::move(name), stage);
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

void ValueExpression::append_to(std::pmr::string& out, api::Request& request,
                                const http::Headers* response_fields) const {
  for (const Variable& part : parts_)
    if (const auto value = part.get(request, response_fields)) out += *value;
}

std::optional<std::string> ValueExpression::constant() const {
  std::string value;
  for (const Variable& part : parts_) {
    if (!part.is_constant()) return std::nullopt;
    value += part.constant_text();
  }
  return value;
}

bool ValueExpression::append_all_to(std::pmr::string& out, api::Request& request) const {
  const size_t before = out.size();
  for (const Variable& part : parts_) {
    const auto value = part.get(request, nullptr);
    if (!value || value->empty()) {
      out.resize(before);
      return false;
    }
    out += *value;
  }
  return true;
}

}  // namespace navajo::container
