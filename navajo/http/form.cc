#include "navajo/http/form.h"

#include "navajo/http/headers.h"
#include "navajo/http/syntax.h"

namespace navajo::http {

bool is_form_type(std::string_view content_type) {
  return same_name(trim(content_type.substr(0, content_type.find(';'))), kFormType);
}

size_t form_decode(std::string_view text, char* out) {
  size_t length = 0;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out[length++] = static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out[length++] = text[i] == '+' ? ' ' : text[i];
    }
  }
  return length;
}

std::string_view FormWalker::decoded(std::string_view text) {
  if (text.find_first_of("+%") == std::string_view::npos) return text;
  char* const out = static_cast<char*>(memory_.allocate(text.size(), 1));
  return {out, form_decode(text, out)};
}

void form_encode(std::string_view text, std::pmr::string& out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
        c == '_' || c == '~')
      out += c;
    else
      out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
  }
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
