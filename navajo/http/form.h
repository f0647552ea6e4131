// Name and value pairs of a query or of an application/x-www-form-urlencoded body (WHATWG URL standard, section 5.1):
// '+' is a blank, %XX a byte; a '%' without two digits behind it stands for itself. Empty pairs are skipped.
#pragma once

#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>

namespace navajo::http {

struct FormField {
  std::string_view name, value;  // decoded; in the walker's memory, or in the text where there was nothing to decode
};

inline constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
// Of a Content-Type, with or without parameters.
bool is_form_type(std::string_view content_type);

// One name or value, decoded; out has room for text.size() bytes. How many there are.
size_t form_decode(std::string_view text, char* out);

// Adds a name or value, encoded for queries and forms alike: letters, digits and "-._~" stand for themselves.
void form_encode(std::string_view text, std::pmr::string& out);

//   FormWalker walk(text, memory); while (auto field = walk.next()) ...
class FormWalker {
 public:
  FormWalker(std::string_view text, std::pmr::memory_resource& memory) : rest_(text), memory_(memory) {}
  std::optional<FormField> next();

 private:
  std::string_view decoded(std::string_view text);
  std::string_view rest_;
  std::pmr::memory_resource& memory_;
};

}  // namespace navajo::http
