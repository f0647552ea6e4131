#include "navajo/reactor/name_lookup.h"

#include <netdb.h>
#include <poll.h>

#include <algorithm>
#include <cstring>

#include "navajo/base/build_config.h"

#if NAVAJO_HAVE_CARES
#include <ares.h>
#endif

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

constexpr std::chrono::milliseconds kAttemptTimeout{1500};
constexpr int kAttempts = 2;
constexpr std::chrono::seconds kTotalLimit{5};

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

void drive(ares_channel channel, const Query& query) {
  const TimePoint limit = std::chrono::steady_clock::now() + kTotalLimit;
  while (!query.done && std::chrono::steady_clock::now() < limit) {
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    const int wanted = ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
    pollfd entries[ARES_GETSOCK_MAXNUM];
    nfds_t count = 0;
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
      const bool reads = ARES_GETSOCK_READABLE(wanted, i), writes = ARES_GETSOCK_WRITABLE(wanted, i);
      if (reads || writes)
        entries[count++] = {sockets[i], static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), 0};
    }
    timeval most{1, 0}, step;
    timeval* pause = ares_timeout(channel, &most, &step);
    poll(entries, count, static_cast<int>(pause->tv_sec * 1000 + pause->tv_usec / 1000) + 1);
    bool any = false;
    for (nfds_t i = 0; i < count; i++) {
      if (!entries[i].revents) continue;
      any = true;
      const bool reads = entries[i].revents & (POLLIN | POLLHUP | POLLERR), writes = entries[i].revents & POLLOUT;
      ares_process_fd(channel, reads ? entries[i].fd : ARES_SOCKET_BAD, writes ? entries[i].fd : ARES_SOCKET_BAD);
    }
    if (!any) ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // its own timeouts
  }
}

}  // namespace

Resolver::Answer look_up_name(const std::string& name) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  Query query;
  if (library != ARES_SUCCESS) {
    query.answer.error = ares_strerror(library);
    return query.answer;
  }
  // A channel per look-up reads resolv.conf and hosts anew: changes there need no restart.
  ares_options options{};
  options.timeout = static_cast<int>(kAttemptTimeout.count());
  options.tries = kAttempts;
  ares_channel channel;
  if (const int status = ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
      status != ARES_SUCCESS) {
    query.answer.error = ares_strerror(status);
    return query.answer;
  }
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel, name.c_str(), nullptr, &hints, on_answer, &query);
  drive(channel, query);
  if (!query.done) ares_cancel(channel);
  ares_destroy(channel);
  return query.answer;
}

#else

Resolver::Answer look_up_name(const std::string& name) {
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

}  // namespace navajo::reactor
