#include "navajo/http/parameter_walker.h"

#include <algorithm>

#include "navajo/http/syntax.h"

namespace navajo::http {
namespace {

// Of the text in the quotes a text begins with, without them; npos: they do not end.
size_t quoted_length(std::string_view text) {
  for (size_t i = 1; i < text.size(); i++) {
    if (text[i] == '\\')
      i++;
    else if (text[i] == '"')
      return i - 1;
  }
  return std::string_view::npos;
}

}  // namespace

ParameterWalker::ParameterWalker(std::string_view field) {
  const size_t semicolon = std::min(field.find(';'), field.size());
  head_ = trim(field.substr(0, semicolon));
  rest_ = field.substr(semicolon);
}

bool ParameterWalker::refuse() {
  malformed_ = true;
  rest_ = {};
  return false;
}

// rest_ begins with a semicolon, or is empty.
bool ParameterWalker::next() {
  std::string_view text = rest_;
  while (!text.empty() && text.front() == ';') text = trim(text.substr(1));  // empty ones are skipped
  rest_ = {};
  if (text.empty()) return false;
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return refuse();
  name_ = text.substr(0, equals);
  if (!is_token(name_)) return refuse();
  text.remove_prefix(equals + 1);
  size_t end;
  if (!text.empty() && text.front() == '"') {
    const size_t length = quoted_length(text);
    if (length == std::string_view::npos) return refuse();
    value_ = text.substr(1, length);
    end = length + 2;
  } else {
    end = std::min(text.find(';'), text.size());
    value_ = trim(text.substr(0, end));
    if (!is_token(value_)) return refuse();
  }
  text = trim(text.substr(end));
  if (!text.empty() && text.front() != ';') return refuse();
  rest_ = text;
  return true;
}

}  // namespace navajo::http
