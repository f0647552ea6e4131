#include "modules/mod_navajo/child_replacement.h"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {
namespace {

using namespace std::chrono_literals;

constexpr int kKnocks = 10;
constexpr auto kBetweenKnocks = 20ms;

std::atomic<bool> g_ends{false}, g_stopping{false};

apr_status_t accept_no_more(void** accepted, ap_listen_rec*, apr_pool_t*) {
  *accepted = nullptr;
  return APR_EGENERAL;
}

// Where the successor will be listed; without a free place httpd starts it only when this child has ended.
bool room_for_another() {
  int places = 0;
  if (!ap_scoreboard_image || ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &places) != APR_SUCCESS) return false;
  for (int i = 0; i < places; i++)
    if (ap_scoreboard_image->parent[i].pid == 0) return true;
  return false;
}

bool is_threaded() {
  int threaded = AP_MPMQ_NOT_SUPPORTED;
  return ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded) == APR_SUCCESS && threaded != AP_MPMQ_NOT_SUPPORTED;
}

// The listener's thread sleeps until a client comes: we are one, for a moment.
void knock() {
  for (const ap_listen_rec* listener = ap_listeners; listener; listener = listener->next) {
    const apr_sockaddr_t* const address = listener->bind_addr;
    if (!address) continue;
    const int fd = socket(address->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) continue;
    (void)connect(fd, reinterpret_cast<const sockaddr*>(&address->sa), address->salen);
    close(fd);
    return;
  }
}

}  // namespace

const char* replace_this_child() {
  if (!is_threaded()) return "this MPM does not let a child end itself gracefully";
  if (!room_for_another()) return "ServerLimit leaves no room for another one beside it";
  g_ends.store(true);
  // Set by the MPM when its listener starts, read by it before each accept: one word, which is the old one or ours.
  for (ap_listen_rec* listener = ap_listeners; listener; listener = listener->next)
    __atomic_store_n(&listener->accept_func, &accept_no_more, __ATOMIC_RELEASE);
  // Another child may be faster to open the door. Who really comes later does the same.
  for (int i = 0; i < kKnocks && !g_stopping.load(); i++) {
    knock();
    std::this_thread::sleep_for(kBetweenKnocks);
  }
  return nullptr;
}

bool child_is_replaced() { return g_ends.load(); }

void child_replacement_stopping() { g_stopping.store(true); }

}  // namespace navajo::glue
