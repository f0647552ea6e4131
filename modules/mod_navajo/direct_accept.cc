#include "modules/mod_navajo/direct_accept.h"

#include <sys/socket.h>
#include <unixd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <new>

#include "modules/mod_navajo/child.h"

namespace navajo::glue {
namespace {

// Of what waits at one listener, before the others have their turn, and before another child may help.
constexpr int kAtOnce = 16;

// Called by the listener thread with a worker reserved, which it keeps when there is no socket for it. What this cannot
// do goes the way it went without it: a worker waits for room, the MPM says what there is too few of.
apr_status_t accept_for_reactor(void** accepted, ap_listen_rec* listener, apr_pool_t* pool) {
  *accepted = nullptr;
  Child* child = Child::current();
  int listening;
  if (!child || apr_os_sock_get(&listening, listener->sd) != APR_SUCCESS)
    return ap_unixd_accept(accepted, listener, pool);
  for (int i = 0; i < kAtOnce; i++) switch (accept_one(*child, listening)) {
      case Accepted::one: break;
      case Accepted::none: return APR_EAGAIN;
      case Accepted::not_now: return ap_unixd_accept(accepted, listener, pool);
    }
  return APR_EAGAIN;
}

// False: it is gone already, or there is no memory for it. httpd's C must not meet the exception.
bool hand_over(Child& child, int fd, const sockaddr& peer, socklen_t peer_length) try {
  sockaddr_storage local{};
  socklen_t length = sizeof local;
  auto& own = reinterpret_cast<sockaddr&>(local);
  if (getsockname(fd, &own, &length) != 0) return false;
  child.put_to_work(fd, own, length, peer, peer_length);
  return true;
} catch (const std::bad_alloc&) {
  return false;
}

}  // namespace

Accepted accept_one(Child& child, int listening) {
  while (true) {
    if (!child.reserve()) return Accepted::not_now;
    sockaddr_storage remote{};
    socklen_t length = sizeof remote;
    auto& peer = reinterpret_cast<sockaddr&>(remote);
    const int fd = accept4(listening, &peer, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    const int error = errno;
    if (fd >= 0 && hand_over(child, fd, peer, length)) return Accepted::one;
    child.give_back();
    if (fd >= 0)
      close(fd);
    else if (error == EAGAIN || error == EWOULDBLOCK)
      return Accepted::none;
    else if (error != EINTR && error != ECONNABORTED)
      return Accepted::not_now;
  }
}

void accept_directly(const Child& child) {
  static std::atomic<bool> done{false};
  if (done.load(std::memory_order_relaxed) || done.exchange(true)) return;
  int limit = 0;
  if (ap_mpm_query(AP_MPMQ_MAX_REQUESTS_DAEMON, &limit) != APR_SUCCESS || limit > 0) return;
  // Of several sets of listeners (ListenCoresBucketsRatio) the others' are unknown here and stay as they are.
  for (ap_listen_rec* listener = ap_listeners; listener; listener = listener->next) {
    if (!listener->sd || !listener->bind_addr || !child.takes_all_at(*listener->bind_addr)) continue;
    // Not if it is somebody else's by now: child_replacement.cc's, which ends this child.
    accept_function the_mpms = ap_unixd_accept;
    std::atomic_ref<accept_function>(listener->accept_func).compare_exchange_strong(the_mpms, &accept_for_reactor);
  }
}

}  // namespace navajo::glue
