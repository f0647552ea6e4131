#include "navajo/route/proxy_protocol.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace navajo::route {
namespace {

using reactor::Endpoint;
using State = ProxyHeaderState;

constexpr std::string_view kSignature("\x0D\x0A\x0D\x0A\x00\x0D\x0A\x51\x55\x49\x54\x0A", 12);
constexpr std::string_view kFirstWord = "PROXY ";
constexpr size_t kLongestLine = 107;  // version 1, with its CRLF
constexpr size_t kFixed = 16;         // version 2, before the addresses
constexpr size_t kIpv4 = 12, kIpv6 = 36;

bool could_begin(std::string_view input, std::string_view with) {
  const size_t common = std::min(input.size(), with.size());
  return input.substr(0, common) == with.substr(0, common);
}

uint16_t port_at(const char* bytes) {
  uint16_t port;
  memcpy(&port, bytes, sizeof port);
  return port;  // in network order
}

Endpoint ipv4(const char* address, uint16_t port) {
  Endpoint out;
  auto& in = reinterpret_cast<sockaddr_in&>(out.address);
  in.sin_family = AF_INET;
  memcpy(&in.sin_addr, address, sizeof in.sin_addr);
  in.sin_port = port;
  out.length = sizeof in;
  return out;
}

Endpoint ipv6(const char* address, uint16_t port) {
  Endpoint out;
  auto& in = reinterpret_cast<sockaddr_in6&>(out.address);
  in.sin6_family = AF_INET6;
  memcpy(&in.sin6_addr, address, sizeof in.sin6_addr);
  in.sin6_port = port;
  out.length = sizeof in;
  return out;
}

// Digits without a leading zero, as the document has them.
bool read_port(std::string_view text, uint16_t& port) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return false;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > 65535) return false;
  port = static_cast<uint16_t>(value);
  return true;
}

State read_line(std::string_view input, ProxyHeader& header) {
  const size_t end = input.substr(0, kLongestLine).find("\r\n");
  if (end == std::string_view::npos) return input.size() < kLongestLine ? State::incomplete : State::malformed;
  std::string_view line = input.substr(kFirstWord.size(), end - kFirstWord.size());
  header.length = end + 2;
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) {
    header.local = true;
    return State::complete;
  }
  std::array<std::string_view, 5> words;
  for (size_t i = 0; i < words.size(); i++) {
    const size_t blank = line.find(' ');
    if ((blank == std::string_view::npos) != (i + 1 == words.size())) return State::malformed;
    words[i] = line.substr(0, blank);
    line.remove_prefix(blank == std::string_view::npos ? line.size() : blank + 1);
  }
  const int family = words[0] == "TCP4" ? AF_INET : words[0] == "TCP6" ? AF_INET6 : AF_UNSPEC;
  uint16_t source_port, destination_port;
  if (family == AF_UNSPEC || !read_port(words[3], source_port) || !read_port(words[4], destination_port))
    return State::malformed;
  const auto source = reactor::parse_address(std::string(words[1]), source_port);
  const auto destination = reactor::parse_address(std::string(words[2]), destination_port);
  if (!source || !destination || source->address.ss_family != family || destination->address.ss_family != family)
    return State::malformed;
  header.source = *source;
  header.destination = *destination;
  header.local = false;
  return State::complete;
}

State read_binary(std::string_view input, ProxyHeader& header) {
  if (input.size() < kFixed) return State::incomplete;
  const auto command = static_cast<uint8_t>(input[12]), family = static_cast<uint8_t>(input[13]);
  const size_t length = ntohs(port_at(input.data() + 14));
  if (command != 0x20 && command != 0x21) return State::malformed;
  if (kFixed + length > kMaxProxyHeader) return State::malformed;
  if (input.size() < kFixed + length) return State::incomplete;
  const char* addresses = input.data() + kFixed;
  header.length = kFixed + length;
  header.local = command == 0x20;
  if (header.local) return State::complete;
  switch (family) {
    case 0x11:
      if (length < kIpv4) return State::malformed;
      header.source = ipv4(addresses, port_at(addresses + 8));
      header.destination = ipv4(addresses + 4, port_at(addresses + 10));
      return State::complete;
    case 0x21:
      if (length < kIpv6) return State::malformed;
      header.source = ipv6(addresses, port_at(addresses + 32));
      header.destination = ipv6(addresses + 16, port_at(addresses + 34));
      return State::complete;
    case 0x00:  // unspecified: "the receiver should accept the connection"
      header.local = true;
      return State::complete;
    default: return State::malformed;  // datagrams, local sockets: nothing that a TCP connection comes from
  }
}

// An IPv4 address in IPv6 form is one when it meets an IPv4 one.
Endpoint unmapped(const Endpoint& from) {
  if (from.address.ss_family != AF_INET6) return from;
  const auto& in = reinterpret_cast<const sockaddr_in6&>(from.address);
  if (!IN6_IS_ADDR_V4MAPPED(&in.sin6_addr)) return from;
  return ipv4(reinterpret_cast<const char*>(in.sin6_addr.s6_addr) + 12, in.sin6_port);
}

struct Pair {
  Endpoint source, destination;
  int family;  // AF_UNSPEC: not to be said
};
Pair pair_of(const Endpoint& source, const Endpoint& destination) {
  Pair out{unmapped(source), unmapped(destination), AF_UNSPEC};
  const int family = out.source.address.ss_family;
  if (family == out.destination.address.ss_family && (family == AF_INET || family == AF_INET6)) out.family = family;
  return out;
}

struct Parts {
  const void* address;
  uint16_t port;  // in network order
};
Parts parts_of(const Endpoint& endpoint) {
  if (endpoint.address.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(endpoint.address);
    return {&in.sin_addr, in.sin_port};
  }
  const auto& in = reinterpret_cast<const sockaddr_in6&>(endpoint.address);
  return {&in.sin6_addr, in.sin6_port};
}

}  // namespace

ProxyHeaderState read_proxy_header(std::string_view input, ProxyHeader& header) {
  ProxyHeader read;
  State state = State::none;
  if (input.size() >= kSignature.size() && input.starts_with(kSignature))
    state = read_binary(input, read);
  else if (input.starts_with(kFirstWord))
    state = read_line(input, read);
  else if (could_begin(input, kSignature) || could_begin(input, kFirstWord))
    state = State::incomplete;
  if (state == State::complete) header = read;
  return state;
}

std::string proxy_header_v1(const Endpoint& source, const Endpoint& destination) {
  const Pair pair = pair_of(source, destination);
  if (pair.family == AF_UNSPEC) return "PROXY UNKNOWN\r\n";
  char from[INET6_ADDRSTRLEN] = "", to[INET6_ADDRSTRLEN] = "";
  const Parts source_parts = parts_of(pair.source), destination_parts = parts_of(pair.destination);
  inet_ntop(pair.family, source_parts.address, from, sizeof from);
  inet_ntop(pair.family, destination_parts.address, to, sizeof to);
  return std::string(pair.family == AF_INET ? "PROXY TCP4 " : "PROXY TCP6 ") + from + " " + to + " " +
         std::to_string(ntohs(source_parts.port)) + " " + std::to_string(ntohs(destination_parts.port)) + "\r\n";
}

std::string proxy_header_v2(const Endpoint& source, const Endpoint& destination) {
  const Pair pair = pair_of(source, destination);
  std::string out(kSignature);
  if (pair.family == AF_UNSPEC) return out.append("\x20\x00\x00\x00", 4);
  const size_t address = pair.family == AF_INET ? 4 : 16;
  out += '\x21';
  out += pair.family == AF_INET ? '\x11' : '\x21';
  out += '\0';
  out += static_cast<char>(2 * address + 4);
  for (const Endpoint* one : {&pair.source, &pair.destination})
    out.append(static_cast<const char*>(parts_of(*one).address), address);
  for (const Endpoint* one : {&pair.source, &pair.destination}) {
    const uint16_t port = parts_of(*one).port;
    out.append(reinterpret_cast<const char*>(&port), sizeof port);
  }
  return out;
}

std::string proxy_header(SendProxy version, const Endpoint& source, const Endpoint& destination) {
  switch (version) {
    case SendProxy::no: break;
    case SendProxy::v1: return proxy_header_v1(source, destination);
    case SendProxy::v2: return proxy_header_v2(source, destination);
  }
  return {};
}

}  // namespace navajo::route
