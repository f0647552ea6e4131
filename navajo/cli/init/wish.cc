#include "navajo/cli/init/wish.h"

#include <charconv>

#include "navajo/config/text.h"
#include "navajo/mitm/host_name.h"

namespace navajo::cli::init {
namespace {

base::Failed<base::Error> wrong(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

base::Status<> take_backend(std::string_view url, Wish& into) {
  const std::string shown = "'" + config::printable(url) + "'";
  std::string_view rest = url;
  const bool tls = config::lower_case(rest.substr(0, 8)) == "https://";
  if (!tls && config::lower_case(rest.substr(0, 7)) != "http://")
    return wrong(shown + " is no URL of a backend: http://HOST:PORT or https://HOST:PORT");
  rest.remove_prefix(tls ? 8 : 7);
  if (rest.ends_with("/")) rest.remove_suffix(1);
  if (rest.find_first_of("/?#") != rest.npos)
    return wrong(shown + " has a path: paths go to the backend as they come, so say scheme, host and port alone");
  if (rest.find('@') != rest.npos) return wrong(shown + " has a user's name in it: leave that out");
  uint16_t port = tls ? 443 : 80;
  std::string_view name = rest;
  // The last colon, unless it is one of an address in brackets.
  if (const size_t colon = rest.rfind(':'); colon != rest.npos && rest.find(']', colon) == rest.npos) {
    name = rest.substr(0, colon);
    if (const auto taken = take_port("a URL", rest.substr(colon + 1), port); !taken) return taken;
  }
  const bool bracketed = name.starts_with("[") && name.ends_with("]");
  if (bracketed) name = name.substr(1, name.size() - 2);
  const auto host = mitm::parse_host_name(name);
  if (!host || bracketed != (host->address_bytes == 16))
    return wrong(shown + " has no host: a name, an IPv4 address, or an IPv6 address in brackets");
  if (!into.backends.empty() && into.tls_to_backend != tls)
    return wrong("backends of one init speak either http or https, not both");
  into.tls_to_backend = tls;
  const std::string written = bracketed ? "[" + host->text + "]" : host->text;
  into.backends.push_back({written + ":" + std::to_string(port), host->text});
  return base::Done{};
}

}  // namespace

base::Status<> take_port(const char* option, std::string_view text, uint16_t& into) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0)
    return wrong(std::string(option) + " wants a port from 1 to 65535, not '" + config::printable(text) + "'");
  into = port;
  return base::Done{};
}

base::Status<> take_backends(std::string_view urls, Wish& into) {
  into.backends.clear();
  for (const std::string_view url : config::split_list(urls, ','))
    if (auto taken = take_backend(url, into); !taken) return taken;
  if (into.backends.empty()) return wrong("--backend wants a URL: http://HOST:PORT");
  return base::Done{};
}

base::Status<> take_host(std::string_view text, Wish& into) {
  const auto host = mitm::parse_host_name(text);
  if (!host) return wrong("--host wants a DNS name or an address, not '" + config::printable(text) + "'");
  into.host = host->text;
  return base::Done{};
}

base::Status<> take_listen(std::string_view text, Wish& into) {
  const bool bracketed = text.starts_with("[") && text.ends_with("]");
  const auto address = mitm::parse_host_name(bracketed ? text.substr(1, text.size() - 2) : text);
  if (!address || !address->is_address())
    return wrong("--listen wants an IP address of this machine, not '" + config::printable(text) + "'");
  into.listen = address->address_bytes == 16 ? "[" + address->text + "]" : address->text;
  return base::Done{};
}

base::Status<> take_user(std::string_view text, Wish& into) {
  if (text.size() > 64 || text.find_first_of(":,;#") != text.npos || config::has_control_character(text) ||
      config::trim(text) != text || text.empty())
    return wrong("--login wants a user's name without ':', ',', ';' and '#', at most 64 bytes long");
  into.user = text;
  return base::Done{};
}

}  // namespace navajo::cli::init
