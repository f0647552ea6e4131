#include "navajo/mitm/host_name.h"

#include <arpa/inet.h>

#include <algorithm>

namespace navajo::mitm {
namespace {

constexpr size_t kLongestName = 253, kLongestLabel = 63;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > kLongestLabel || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_'; });
}

// The WHATWG's "ends in a number": what some client would take for an address, in whatever spelling.
bool is_number(std::string_view label) {
  if (label.starts_with("0x")) return label.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
  return std::all_of(label.begin(), label.end(), is_digit);
}

bool parse_address(std::string_view text, int family, uint8_t bytes, HostName& into) {
  char copy[INET6_ADDRSTRLEN + 1];
  if (text.size() >= sizeof copy) return false;
  *std::copy(text.begin(), text.end(), copy) = '\0';
  if (inet_pton(family, copy, into.address.data()) != 1) return false;
  char shown[INET6_ADDRSTRLEN];
  into.text = inet_ntop(family, into.address.data(), shown, sizeof shown);
  into.address_bytes = bytes;
  return true;
}

// Second-level labels under which registries of countries sell names. A list of all of them changes every week; a label
// that is missing here costs a wildcard that browsers refuse, so short labels count as registries as well.
bool looks_like_registry(std::string_view label, std::string_view top) {
  static constexpr std::string_view kSecondLevel[] = {"asso", "club", "coop", "firm", "game",   "gouv",  "idv",
                                                      "info", "mobi", "name", "priv", "school", "store", "web"};
  static constexpr std::string_view kHosting[] = {
      "appspot.com",   "azurewebsites.net", "blogspot.com", "cloudfront.net", "fly.dev",    "github.io", "gitlab.io",
      "herokuapp.com", "netlify.app",       "pages.dev",    "run.app",        "vercel.app", "web.app",   "workers.dev"};
  if (top.size() == 2 && (label.size() <= 3 ||
                          std::find(std::begin(kSecondLevel), std::end(kSecondLevel), label) != std::end(kSecondLevel)))
    return true;
  return std::any_of(std::begin(kHosting), std::end(kHosting), [&](std::string_view one) {
    return one.size() == label.size() + 1 + top.size() && one.starts_with(label) && one.ends_with(top);
  });
}

}  // namespace

std::optional<HostName> parse_host_name(std::string_view text) {
  HostName name;
  if (text.starts_with('[')) {
    if (!text.ends_with(']') || !parse_address(text.substr(1, text.size() - 2), AF_INET6, 16, name))
      return std::nullopt;
    return name;
  }
  if (parse_address(text, AF_INET, 4, name) || parse_address(text, AF_INET6, 16, name)) return name;
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > kLongestName) return std::nullopt;
  name.text.assign(text);
  for (char& c : name.text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  std::string_view rest = name.text, label;
  while (true) {
    const size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    if (!is_label(label)) return std::nullopt;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (is_number(label)) return std::nullopt;
  return name;
}

std::string wildcard_for(const HostName& name) {
  if (name.is_address()) return {};
  const std::string_view text = name.text;
  const size_t first = text.find('.'), last = text.rfind('.');
  if (first == last) return {};
  const std::string_view parent = text.substr(first + 1), top = text.substr(last + 1);
  const std::string_view second = parent.substr(0, parent.size() - top.size() - 1);
  if (second.find('.') == std::string_view::npos && looks_like_registry(second, top)) return {};
  return "*." + std::string(parent);
}

}  // namespace navajo::mitm
