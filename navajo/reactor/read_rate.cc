#include "navajo/reactor/read_rate.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>

namespace navajo::reactor {

ReadRate::Verdict ReadRate::note_wait(base::Duration waited, uint64_t unread) {
  waited_ += waited;
  if (waited_ < window_) return Verdict::fine;
  const uint64_t had = sent_ + unread_;
  const uint64_t read = had > unread ? had - unread : 0;
  const auto seconds = std::chrono::duration<double>(waited_).count();
  const auto wanted = std::max<uint64_t>(1, static_cast<uint64_t>(static_cast<double>(rate_) * seconds));
  waited_ = {};
  sent_ = 0;
  unread_ = unread;
  return read >= wanted ? Verdict::fine : Verdict::too_slow;
}

uint64_t unacknowledged_bytes(int fd) {
  int bytes = 0;
  return ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<uint64_t>(bytes) : 0;
}

}  // namespace navajo::reactor
