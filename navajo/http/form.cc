#include "navajo/http/form.h"

namespace navajo::http {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string_view FormWalker::decoded(std::string_view text) {
  if (text.find_first_of("+%") == std::string_view::npos) return text;
  char* const out = static_cast<char*>(memory_.allocate(text.size(), 1));
  size_t length = 0;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      out[length++] = static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out[length++] = text[i] == '+' ? ' ' : text[i];
    }
  }
  return {out, length};
}

std::optional<FormField> FormWalker::next() {
  while (!rest_.empty()) {
    const size_t end = rest_.find('&');
    const std::string_view pair = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    return FormField{decoded(pair.substr(0, equals)),
                     equals == std::string_view::npos ? std::string_view() : decoded(pair.substr(equals + 1))};
  }
  return std::nullopt;
}

}  // namespace navajo::http
