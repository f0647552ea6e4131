#include "navajo/filters/delegation/parameter_text.h"

#include <algorithm>

#include "navajo/http/delegated_fields.h"
#include "navajo/http/form.h"

namespace navajo::filters::delegation {

bool same_parameter(std::string_view sent, std::string_view delegated) {
  while (!sent.empty() && static_cast<unsigned char>(sent.front()) <= ' ') sent.remove_prefix(1);
  sent = sent.substr(0, std::min(sent.find('['), sent.find('\0')));
  return http::same_folded_name(sent, delegated);
}

bool append_without(std::string_view text, base::FunctionRef<bool(std::string_view name)> drops, std::pmr::string& out,
                    std::pmr::memory_resource& memory) {
  bool dropped = false, first = true;
  std::pmr::string name(&memory);
  char separator = '&';  // in front of the pair
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find_first_of("&;", at), text.size());
    const std::string_view pair = text.substr(at, end - at);
    const std::string_view encoded = pair.substr(0, pair.find('='));
    name.resize(encoded.size());
    name.resize(http::form_decode(encoded, name.data()));
    if (drops(name)) {
      dropped = true;
    } else {
      if (!first) out += separator;
      out += pair;
      first = false;
    }
    if (end < text.size()) separator = text[end];
    at = end + 1;
  }
  return dropped;
}

}  // namespace navajo::filters::delegation
