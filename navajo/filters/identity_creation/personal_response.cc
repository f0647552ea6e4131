#include "navajo/filters/identity_creation/personal_response.h"

#include "navajo/http/syntax.h"

namespace navajo::filters::identity_creation {

std::string private_cache_control(std::string_view field) {
  std::string out;
  bool is_private = false;
  http::ListWalker walk(field);
  while (const auto element = walk.next()) {
    const std::string_view name = http::trim(element->substr(0, element->find('=')));
    if (http::same_name(name, "public") || http::same_name(name, "s-maxage") ||
        http::same_name(name, "proxy-revalidate"))
      continue;
    // private="Field" covers that field only.
    is_private |= (http::same_name(name, "private") && name.size() == element->size()) ||
                  http::same_name(name, "no-store");
    if (!out.empty()) out += ", ";
    out += *element;
  }
  if (out.empty()) return "private, no-cache";
  return is_private ? out : "private, " + out;
}

void PersonalResponse::mark_personal() {
  const auto field = headers().get("Cache-Control");
  headers().set("Cache-Control", private_cache_control(field.value_or("")));
}

void PersonalResponse::before_commit() {
  mark_personal();
  if (logout_field_.empty() || !headers().get(logout_field_)) return;
  headers().remove(logout_field_);
  log_out_();
}

}  // namespace navajo::filters::identity_creation
