#include "navajo/http/accept.h"

#include <algorithm>

#include "navajo/http/syntax.h"

namespace navajo::http {
namespace {

// Nobody speaks more languages; what is behind these is not read.
constexpr int kMostRanges = 32;
constexpr size_t kLongestList = 2048;

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

struct Weighted {
  std::string_view what;
  int quality;
};

Weighted weighted(std::string_view element) {
  const size_t semicolon = element.find(';');
  return {trim(element.substr(0, semicolon)),
          semicolon == std::string_view::npos ? 1000 : quality(element.substr(semicolon + 1))};
}

// "de" of "de-CH".
bool is_wider(std::string_view wider, std::string_view language) {
  return language.size() > wider.size() && language[wider.size()] == '-' &&
         same_name(language.substr(0, wider.size()), wider);
}

// How well a language meets a range: 0 not at all, 3 exactly.
int fit(std::string_view range, std::string_view language) {
  if (same_name(range, language)) return 3;
  if (is_wider(language, range)) return 2;
  return is_wider(range, language) ? 1 : 0;
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
    const auto [type, q] = weighted(*element);
    if (same_name(type, "application/json") || same_name(type, "application/problem+json")) json = std::max(json, q);
    if (type == "*/*" || same_name(type, "text/html") || same_name(type, "application/xhtml+xml") ||
        same_name(type, "text/*"))
      html = std::max(html, q);
  }
  return json > html || (json > 0 && json == html && accept->find("html") == std::string_view::npos);
}

bool can_show_page(const Headers& headers) {
  const auto mode = headers.get("Sec-Fetch-Mode");
  return (!mode || trim(*mode) == "navigate") && !prefers_json(headers);
}

size_t preferred_language(std::string_view accept_language, std::span<const std::string_view> offered) {
  size_t best = 0;
  int best_quality = 0;
  ListWalker walk(accept_language.substr(0, kLongestList));
  for (int range = 0; range < kMostRanges; range++) {
    const auto element = walk.next();
    if (!element) break;
    const auto [wanted, q] = weighted(*element);
    // Of equal weight the range that stands first wins.
    if (q <= best_quality) continue;
    int best_fit = 0;
    for (size_t i = 0; i < offered.size(); i++) {
      const int fits = wanted == "*" ? (i == 0) : fit(wanted, offered[i]);
      if (fits <= best_fit) continue;
      best = i;
      best_fit = fits;
      best_quality = q;
    }
  }
  return best;
}

}  // namespace navajo::http
