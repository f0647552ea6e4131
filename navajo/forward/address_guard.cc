#include "navajo/forward/address_guard.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>

#include "navajo/config/text.h"
#include "navajo/forward/address_class.h"
#include "navajo/http/syntax.h"

namespace navajo::forward {
namespace {

// Without brackets and port; a mapped IPv4 address as the IPv4 one.
std::string address_text(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  } else if (address.sa_family == AF_INET6) {
    const in6_addr& six = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&six))
      inet_ntop(AF_INET, six.s6_addr + 12, text, sizeof text);
    else
      inet_ntop(AF_INET6, &six, text, sizeof text);
  }
  return text;
}

uint16_t port_of(const reactor::Endpoint& endpoint) {
  if (endpoint.address.ss_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in&>(endpoint.address).sin_port);
  return ntohs(reinterpret_cast<const sockaddr_in6&>(endpoint.address).sin6_port);
}

std::vector<std::string> addresses_of_this_machine() {
  std::vector<std::string> out;
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return out;
  for (const ifaddrs* one = first; one; one = one->ifa_next)
    if (one->ifa_addr) out.push_back(address_text(*one->ifa_addr));
  freeifaddrs(first);
  std::erase(out, "");
  return out;
}

}  // namespace

base::Status<> AddressGuard::allow(std::string_view word) {
  std::string_view network = word;
  uint16_t port = 0;
  const size_t colon = word.rfind(':');
  // In "2001:db8::1" the last colon is none of a port's: a port follows a bracket, a dot or the bits.
  const bool has_port = colon != std::string_view::npos &&
                        (word.find(':') == colon || word.find(']') < colon) && colon + 1 < word.size();
  if (has_port) {
    const auto number = http::parse_decimal(word.substr(colon + 1));
    if (!number || *number < 1 || *number > 65535)
      return base::Failed{base::Error{"'" + config::printable(word) + "' has no port behind its colon"}};
    port = static_cast<uint16_t>(*number);
    network = word.substr(0, colon);
  }
  std::string plain(network);
  std::erase_if(plain, [](char c) { return c == '[' || c == ']'; });
  const auto parsed = config::Network::parse(plain);
  if (!parsed.ok()) return base::Failed{base::Error{"'" + config::printable(word) + "': " + parsed.error().text}};
  allowed_.push_back({*parsed, port});
  return base::Done{};
}

void AddressGuard::protect(std::string_view listener) {
  const size_t colon = listener.rfind(':');
  if (colon == std::string_view::npos) return;
  const auto port = http::parse_decimal(listener.substr(colon + 1));
  if (!port) return;
  std::string address(listener.substr(0, colon));
  std::erase_if(address, [](char c) { return c == '[' || c == ']'; });
  if (!reactor::parse_address(address, 0) || address == "0.0.0.0" || address == "::") address.clear();
  listeners_.push_back({address, static_cast<uint16_t>(*port)});
  if (address.empty() && machine_.empty()) machine_ = addresses_of_this_machine();
}

bool AddressGuard::is_own_listener(std::string_view address, uint16_t port) const {
  return std::any_of(listeners_.begin(), listeners_.end(), [&](const Listener& one) {
    if (one.port != port) return false;
    if (!one.address.empty()) return one.address == address;
    return std::find(machine_.begin(), machine_.end(), address) != machine_.end();
  });
}

bool AddressGuard::allows(const reactor::Endpoint& endpoint) const {
  if (endpoint.address.ss_family != AF_INET && endpoint.address.ss_family != AF_INET6) return false;
  const std::string address = address_text(reinterpret_cast<const sockaddr&>(endpoint.address));
  const uint16_t port = port_of(endpoint);
  for (const config::Network& network : refused_)
    if (network.contains(address)) return false;
  // Loops through ourselves have to be asked for with their port.
  const bool own = is_own_listener(address, port);
  for (const Row& row : allowed_)
    if (row.network.contains(address) && (row.port == port || (row.port == 0 && !own))) return true;
  return !own && classify(endpoint) == AddressClass::global;
}

}  // namespace navajo::forward
