#include "modules/mod_navajo/gap_listener.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "modules/mod_navajo/child.h"
#include "modules/mod_navajo/direct_accept.h"
#include "modules/mod_navajo/mpm_state.h"
#include "modules/mod_navajo/serving_thread.h"

namespace navajo::glue {
namespace {

using reactor::Deadline;
using namespace std::chrono_literals;

constexpr auto kLongest = 3s;          // the parent looks once a second
constexpr auto kLookEvery = 50ms;
constexpr auto kSuccessorStarts = 250ms;  // from its fork to its first accept

}  // namespace

std::vector<int> GapListener::copy_sockets(const std::vector<uint16_t>& excluded_ports) {
  std::vector<int> copies;
  for (const ap_listen_rec* listener = ap_listeners; listener; listener = listener->next) {
    int fd;
    if (!listener->sd || apr_os_sock_get(&fd, listener->sd) != APR_SUCCESS) continue;
    const uint16_t port = listener->bind_addr ? listener->bind_addr->port : 0;
    if (std::any_of(excluded_ports.begin(), excluded_ports.end(),
                    [port](uint16_t excluded) { return excluded == 0 || excluded == port; }))
      continue;
    if (const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0); copy >= 0) copies.push_back(copy);
  }
  return copies;
}

bool GapListener::restart_is_under_way() {
  const int slot = mpm_child_number();
  if (slot < 0 || !ap_scoreboard_image) return false;
  return ap_scoreboard_image->global->running_generation != ap_scoreboard_image->parent[slot].generation;
}

GapListener::GapListener(ServingThread& thread, std::vector<int> sockets)
    : thread_(thread),
      sockets_(std::move(sockets)),
      end_(Deadline::after(kLongest)),
      timer_([](void* self) { static_cast<GapListener*>(self)->look_for_successors(); }, this) {
  for (const int fd : sockets_) {
    // Another process may be first at the next client: an accept must not wait for the one after.
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || !(flags & O_NONBLOCK)) continue;
    auto descriptor = std::make_unique<reactor::Descriptor>();
    if (!descriptor->attach(fd)) continue;
    descriptor->observe(this);
    descriptors_.push_back(std::move(descriptor));
  }
  timer_.arm(Deadline::after(kLookEvery));
}

GapListener::~GapListener() {
  descriptors_.clear();
  for (const int fd : sockets_) close(fd);
}

// Edge-triggered: until nobody is left, or there is no room, which leaves them to the successor.
void GapListener::on_event(reactor::Descriptor& descriptor) {
  while (accept_one(thread_.child(), descriptor.fd()) == Accepted::one) {
  }
}

void GapListener::look_for_successors() {
  if (end_.passed(thread_.loop().now())) return thread_.end_gap();
  int slots = 0;
  ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &slots);
  const ap_generation_t running = ap_scoreboard_image->global->running_generation;
  for (int i = 0; i < slots && !successors_seen_; i++) {
    const process_score& process = ap_scoreboard_image->parent[i];
    if (process.pid != 0 && process.generation == running && !process.quiescing) {
      successors_seen_ = true;
      end_ = end_.earlier(Deadline::after(kSuccessorStarts));
    }
  }
  timer_.arm(Deadline::after(kLookEvery));
}

}  // namespace navajo::glue
