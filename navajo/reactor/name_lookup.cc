#include "navajo/reactor/name_lookup.h"

#include <netdb.h>

#include <algorithm>
#include <cstring>

#include "navajo/base/build_config.h"
#include "navajo/reactor/dns_channel.h"

namespace navajo::reactor {
namespace {

void append(Resolver::Answer& answer, const sockaddr* address, socklen_t length) {
  if (length > sizeof(sockaddr_storage)) return;
  Endpoint endpoint;
  memcpy(&endpoint.address, address, length);
  endpoint.length = length;
  answer.endpoints.push_back(endpoint);
}

}  // namespace

#if NAVAJO_HAVE_CARES

namespace {

struct Query {
  Resolver::Answer answer;
  bool done = false;
};

void on_answer(void* argument, int status, int, ares_addrinfo* result) {
  Query& query = *static_cast<Query*>(argument);
  query.done = true;
  if (status != ARES_SUCCESS) {
    query.answer.error = ares_strerror(status);
    return;
  }
  int ttl = INT32_MAX;
  for (const ares_addrinfo_node* node = result->nodes; node; node = node->ai_next) {
    append(query.answer, node->ai_addr, node->ai_addrlen);
    ttl = std::min(ttl, node->ai_ttl);
  }
  query.answer.ttl = std::chrono::seconds(ttl == INT32_MAX ? 0 : ttl);
  ares_freeaddrinfo(result);
}

}  // namespace

Resolver::Answer look_up_addresses(const std::string& name, const LookupOptions& options) {
  Query query;
  DnsChannel channel(options);
  if (!channel.error().empty()) {
    query.answer.error = channel.error();
    return query.answer;
  }
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel.get(), name.c_str(), nullptr, &hints, on_answer, &query);
  channel.drive(&query.done);
  return query.answer;
}

#else

Resolver::Answer look_up_addresses(const std::string& name, const LookupOptions&) {
  constexpr std::chrono::seconds kFixedTtl{10};
  Resolver::Answer answer;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* result = nullptr;
  if (const int status = getaddrinfo(name.c_str(), nullptr, &hints, &result); status != 0) {
    answer.error = gai_strerror(status);
    return answer;
  }
  for (const addrinfo* node = result; node; node = node->ai_next) append(answer, node->ai_addr, node->ai_addrlen);
  freeaddrinfo(result);
  answer.ttl = kFixedTtl;
  return answer;
}

#endif

Resolver::Answer look_up_name(const std::string& name) { return look_up_addresses(name, {}); }

}  // namespace navajo::reactor
