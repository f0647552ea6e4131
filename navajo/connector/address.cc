#include "navajo/connector/address.h"

#include <algorithm>

#include "navajo/http/syntax.h"

namespace navajo::connector {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Empty when the word is an address.
std::string parse_one(std::string_view word, uint16_t default_port, BackendAddress& into) {
  if (word.starts_with("unix:")) {
    if (word.size() < 7 || word[5] != '/') return "'" + std::string(word) + "' is no absolute path after 'unix:'";
    if (word.size() - 5 > 107) return "'" + std::string(word) + "' is too long for a local socket (107 bytes)";
    into.host = into.text = word;
    into.host_field = "localhost";
    return "";
  }
  if (!http::is_host(word)) return "'" + std::string(word) + "' is no host:port";
  const size_t after_host = word.front() == '[' ? word.find(']') + 1 : std::min(word.find(':'), word.size());
  const std::string_view host = word.substr(0, after_host);
  into.port = default_port;
  if (after_host < word.size()) into.port = static_cast<uint16_t>(*http::parse_decimal(word.substr(after_host + 1)));
  into.host = host.front() == '[' ? host.substr(1, host.size() - 2) : host;
  into.text = std::string(host) + ":" + std::to_string(into.port);
  into.host_field = into.port == default_port ? std::string(host) : into.text;
  return "";
}

}  // namespace

base::Result<std::vector<BackendAddress>> parse_addresses(std::string_view text, uint16_t default_port) {
  std::vector<BackendAddress> addresses;
  std::string faults;
  const auto fault = [&](const std::string& what) { faults += (faults.empty() ? "" : "; ") + what; };
  size_t group = 0;
  bool group_is_empty = true;
  for (size_t at = 0; at < text.size();) {
    if (is_blank(text[at])) {
      at++;
      continue;
    }
    size_t end = at;
    while (end < text.size() && !is_blank(text[end])) end++;
    const std::string_view word = text.substr(at, end - at);
    at = end;
    if (word == "|") {
      if (group_is_empty) fault("an empty group before '|'");
      group++;
      group_is_empty = true;
      continue;
    }
    group_is_empty = false;
    BackendAddress address;
    address.group = group;
    if (const std::string wrong = parse_one(word, default_port, address); !wrong.empty()) {
      fault(wrong);
      continue;
    }
    const auto same = [&](const BackendAddress& other) { return other.text == address.text; };
    if (std::any_of(addresses.begin(), addresses.end(), same))
      fault("'" + address.text + "' stands there twice");
    else
      addresses.push_back(std::move(address));
  }
  if (group > 0 && group_is_empty) fault("an empty group after '|'");
  if (faults.empty() && addresses.empty()) fault("no address");
  if (addresses.size() > kMaxBackends) fault("more than " + std::to_string(kMaxBackends) + " addresses");
  if (!faults.empty()) return base::Failed{base::Error{faults}};
  return addresses;
}

}  // namespace navajo::connector
