#include "navajo/http/accept.h"

#include <algorithm>
#include <string_view>

#include "navajo/http/syntax.h"

namespace navajo::http {
namespace {

// "0.8" in thousandths; anything odd counts as 0, which prefers nothing.
int quality(std::string_view parameters) {
  const size_t at = parameters.find("q=");
  if (at == std::string_view::npos) return 1000;
  const std::string_view digits = parameters.substr(at + 2);
  if (digits.empty() || (digits[0] != '0' && digits[0] != '1')) return 0;
  int value = (digits[0] - '0') * 1000;
  int weight = 100;
  if (digits.size() > 1 && digits[1] == '.')
    for (const char c : digits.substr(2)) {
      if (c < '0' || c > '9' || weight == 0) break;
      value += (c - '0') * weight;
      weight /= 10;
    }
  return value;
}

}  // namespace

bool prefers_json(const Headers& headers) {
  const auto requested_with = headers.get("X-Requested-With");
  if (requested_with && same_name(trim(*requested_with), "XMLHttpRequest")) return true;
  const auto accept = headers.get("Accept");
  if (!accept) return false;
  int json = 0, html = 0;
  ListWalker walk(*accept);
  while (const auto element = walk.next()) {
    const size_t semicolon = element->find(';');
    const std::string_view type = trim(element->substr(0, semicolon));
    const int q = semicolon == std::string_view::npos ? 1000 : quality(element->substr(semicolon + 1));
    const bool any = type == "*/*";
    if (same_name(type, "application/json") || same_name(type, "application/problem+json"))
      json = std::max(json, q);
    if (any || same_name(type, "text/html") || same_name(type, "application/xhtml+xml") ||
        same_name(type, "text/*"))
      html = std::max(html, q);
  }
  return json > html || (json > 0 && json == html && accept->find("html") == std::string_view::npos);
}

bool can_show_page(const Headers& headers) {
  const auto mode = headers.get("Sec-Fetch-Mode");
  return (!mode || trim(*mode) == "navigate") && !prefers_json(headers);
}

}  // namespace navajo::http
