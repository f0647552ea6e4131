#include "navajo/reactor/dns_channel.h"

#if NAVAJO_HAVE_CARES

#include <poll.h>

namespace navajo::reactor {
namespace {

constexpr std::chrono::milliseconds kAttemptTimeout{1500};
constexpr int kAttempts = 2;
constexpr std::chrono::seconds kTotalLimit{5};
// How soon somebody who wants to stop is heard.
constexpr timeval kLongestStep{0, 200'000};

}  // namespace

DnsChannel::DnsChannel(const LookupOptions& options) : options_(options) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  int status = library;
  if (status == ARES_SUCCESS) {
    ares_options settings{};
    settings.timeout = static_cast<int>(kAttemptTimeout.count());
    settings.tries = kAttempts;
    status = ares_init_options(&channel_, &settings, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (status != ARES_SUCCESS) channel_ = {};
  }
  if (status == ARES_SUCCESS && !options.servers.empty())
    status = ares_set_servers_ports_csv(channel_, options.servers.c_str());
  if (status != ARES_SUCCESS) error_ = ares_strerror(status);
}

DnsChannel::~DnsChannel() {
  if (channel_) ares_destroy(channel_);
}

void DnsChannel::drive(const bool* done) {
  const TimePoint limit = std::chrono::steady_clock::now() + kTotalLimit;
  while (!*done && std::chrono::steady_clock::now() < limit && !(options_.stop && options_.stop->load())) {
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    const int wanted = ares_getsock(channel_, sockets, ARES_GETSOCK_MAXNUM);
    pollfd entries[ARES_GETSOCK_MAXNUM];
    nfds_t count = 0;
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
      const bool reads = ARES_GETSOCK_READABLE(wanted, i), writes = ARES_GETSOCK_WRITABLE(wanted, i);
      if (reads || writes)
        entries[count++] = {sockets[i], static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), 0};
    }
    timeval most = kLongestStep, step;
    timeval* pause = ares_timeout(channel_, &most, &step);
    poll(entries, count, static_cast<int>(pause->tv_sec * 1000 + pause->tv_usec / 1000) + 1);
    bool any = false;
    for (nfds_t i = 0; i < count; i++) {
      if (!entries[i].revents) continue;
      any = true;
      const bool reads = entries[i].revents & (POLLIN | POLLHUP | POLLERR), writes = entries[i].revents & POLLOUT;
      ares_process_fd(channel_, reads ? entries[i].fd : ARES_SOCKET_BAD, writes ? entries[i].fd : ARES_SOCKET_BAD);
    }
    if (!any) ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // its own timeouts
  }
  if (!*done) ares_cancel(channel_);
}

}  // namespace navajo::reactor

#endif
