#include "modules/mod_navajo/child_replacement.h"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {
namespace {

using namespace std::chrono_literals;

constexpr int kKnocks = 10;
constexpr auto kBetweenKnocks = 20ms;

struct Listener {
  const ap_listen_rec* record;
  accept_function accept;  // the MPM's
};
std::vector<Listener> g_listeners;  // of this child, written before its threads start
std::atomic<bool> g_ends{false}, g_stopping{false};

apr_status_t accept_unless_ending(void** accepted, ap_listen_rec* record, apr_pool_t* pool) {
  if (g_ends.load(std::memory_order_relaxed)) {
    *accepted = nullptr;
    return APR_EGENERAL;
  }
  for (const Listener& listener : g_listeners)
    if (listener.record == record) return listener.accept(accepted, record, pool);
  *accepted = nullptr;
  return APR_EINVAL;  // cannot be: only those in the list call us
}

// Where the successor will be listed; without a free place httpd starts it only when this child has ended.
bool room_for_another() {
  int places = 0;
  if (!ap_scoreboard_image || ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &places) != APR_SUCCESS) return false;
  for (int i = 0; i < places; i++)
    if (ap_scoreboard_image->parent[i].pid == 0) return true;
  return false;
}

// The listener's thread sleeps until a client comes: we are one, for a moment.
void knock() {
  for (const Listener& listener : g_listeners) {
    const apr_sockaddr_t* const address = listener.record->bind_addr;
    if (!address) continue;
    const int fd = socket(address->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) continue;
    (void)connect(fd, reinterpret_cast<const sockaddr*>(&address->sa), address->salen);
    close(fd);
    return;
  }
}

}  // namespace

void prepare_child_replacement() {
  int threaded = 0;
  g_listeners.clear();
  if (ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded) != APR_SUCCESS || threaded == AP_MPMQ_NOT_SUPPORTED) return;
  for (ap_listen_rec* record = ap_listeners; record; record = record->next)
    if (record->accept_func) {
      g_listeners.push_back({record, record->accept_func});
      record->accept_func = accept_unless_ending;
    }
}

const char* replace_this_child() {
  if (g_listeners.empty()) return "this MPM does not let a child end itself gracefully";
  if (!room_for_another()) return "ServerLimit leaves no room for another one beside it";
  g_ends.store(true, std::memory_order_relaxed);
  // Another child may be faster to open the door. Who really comes later does the same.
  for (int i = 0; i < kKnocks && !g_stopping.load(); i++) {
    knock();
    std::this_thread::sleep_for(kBetweenKnocks);
  }
  return nullptr;
}

bool child_is_replaced() { return g_ends.load(std::memory_order_relaxed); }

void child_replacement_stopping() { g_stopping.store(true); }

}  // namespace navajo::glue
