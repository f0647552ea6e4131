#include "navajo/http/delegated_fields.h"

#include <string>

#include "navajo/http/field_kind.h"
#include "navajo/http/syntax.h"

namespace navajo::http {
namespace {

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool same_folded_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); i++)
    if (lower(a[i]) != lower(b[i]) && (is_alphanumeric(a[i]) || is_alphanumeric(b[i]))) return false;
  return true;
}

void remove_folded(Headers& fields, std::string_view name, std::pmr::memory_resource& memory) {
  remove_fields(fields, [&](std::string_view field) { return same_folded_name(field, name); }, memory);
}

const char* why_not_delegated(std::string_view name, MessageKind of) {
  if (!is_token(name)) return "is not a header name";
  const FieldKind kind = field_kind(name, Spelling::folded);
  if (is_hop_by_hop(kind) || kind == FieldKind::content_length || kind == FieldKind::expect)
    return "is set by Navajo itself";
  if (of == MessageKind::request && kind == FieldKind::host) return "is set by the servlet (its HostName)";
  if (of == MessageKind::response && kind == FieldKind::content_type) return "cannot be delegated";
  return nullptr;
}

}  // namespace navajo::http
