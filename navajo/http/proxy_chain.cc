#include "navajo/http/proxy_chain.h"

#include <arpa/inet.h>

#include <cstring>
#include <string>

#include "navajo/http/field_kind.h"
#include "navajo/http/syntax.h"

namespace navajo::http {
namespace {

constexpr std::string_view kPrefix = "x-forwarded-";

bool tells_about_the_client(std::string_view name) {
  const FieldKind kind = field_kind(name, Spelling::folded);
  if (kind == FieldKind::forwarded || kind == FieldKind::x_real_ip) return true;
  if (name.size() < kPrefix.size()) return false;
  for (size_t i = 0; i < kPrefix.size(); i++)
    if ((name[i] == '_' ? '-' : lower(name[i])) != kPrefix[i]) return false;
  return true;
}

bool is_address(std::string_view text) {
  char terminated[INET6_ADDRSTRLEN] = {};
  unsigned char bytes[16];
  if (text.empty() || text.size() >= sizeof terminated) return false;
  memcpy(terminated, text.data(), text.size());
  return inet_pton(AF_INET, terminated, bytes) == 1 || inet_pton(AF_INET6, terminated, bytes) == 1;
}

// "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]:4711", each also in quotes; else empty.
std::string_view address_of(std::string_view hop) {
  hop = trim(hop);
  if (hop.size() >= 2 && hop.front() == '"' && hop.back() == '"') hop = hop.substr(1, hop.size() - 2);
  if (hop.starts_with('[')) {
    const size_t end = hop.find(']');
    hop = end == std::string_view::npos ? std::string_view() : hop.substr(1, end - 1);
  } else if (const size_t colon = hop.find(':'); colon != std::string_view::npos && hop.rfind(':') == colon) {
    hop = hop.substr(0, colon);
  }
  return is_address(hop) ? hop : std::string_view();
}

}  // namespace

std::string_view client_behind_proxies(std::string_view peer, std::string_view known, Headers& fields,
                                       base::FunctionRef<bool(std::string_view)> trusted,
                                       std::pmr::memory_resource& memory) {
  if (!trusted(peer)) {
    remove_fields(fields, [](std::string_view name) { return tells_about_the_client(name); }, memory);
    return known;
  }
  remove_fields(
      fields,
      [](std::string_view name) { return name.find('_') != std::string_view::npos && tells_about_the_client(name); },
      memory);
  std::pmr::string chain(&memory);
  fields.for_each([&](std::string_view name, std::string_view value) {
    if (field_kind(name) != FieldKind::x_forwarded_for) return true;
    if (!chain.empty()) chain += ", ";
    chain += value;
    return true;
  });
  if (chain.empty()) return known;
  std::string_view client = known;
  size_t end = chain.size(), kept_from = chain.size();
  while (end > 0 && trusted(client)) {
    const size_t comma = std::string_view(chain).substr(0, end).rfind(',');
    const size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
    const std::string_view hop = trim(std::string_view(chain).substr(begin, end - begin));
    end = comma == std::string_view::npos ? 0 : comma;
    if (hop.empty()) continue;
    const std::string_view address = address_of(hop);
    // "unknown", or a name of somebody's own: the hop that said so is the last one that is known.
    if (address.empty()) break;
    client = address;
    kept_from = begin;
  }
  const std::string_view kept = trim(std::string_view(chain).substr(kept_from));
  if (kept.size() != chain.size()) {
    fields.remove("X-Forwarded-For");
    if (!kept.empty()) fields.add("X-Forwarded-For", kept);
  }
  char* copy = static_cast<char*>(memory.allocate(client.size() + 1, 1));
  memcpy(copy, client.data(), client.size());
  copy[client.size()] = 0;
  return {copy, client.size()};
}

}  // namespace navajo::http
