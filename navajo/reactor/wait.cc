#include "navajo/reactor/wait.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "navajo/reactor/reactor.h"

namespace navajo::reactor {
namespace {

Wake poll_one(int fd, Interest interest, Deadline deadline) {
  const int kept_errno = errno;
  while (true) {
    pollfd entry{fd, static_cast<short>(interest == Interest::read ? POLLIN : POLLOUT), 0};
    int timeout = -1;
    if (!deadline.is_never()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.when() - base::system_clock().now());
      timeout = static_cast<int>(std::clamp<int64_t>(left.count(), 0, 3600 * 1000));
    }
    const long count = syscall(SYS_poll, &entry, 1, timeout);
    if (count > 0) {
      errno = kept_errno;
      return Wake::ready;
    }
    if (count == 0 && deadline.passed(base::system_clock().now())) {
      errno = kept_errno;
      return Wake::timed_out;
    }
    if (count < 0 && errno != EINTR) return Wake::ready;  // the operation itself will say what is wrong
  }
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) detach();
}

bool Descriptor::attach(int fd) {
  fd_ = fd;
  readable_ = writable_ = true;
  hung_up_ = peer_finished_ = false;
  reactor_ = Reactor::current();
  if (!reactor_) return true;
  if (reactor_->add(*this)) return true;
  reactor_ = nullptr;
  fd_ = -1;
  return false;
}

void Descriptor::detach() {
  if (reactor_) reactor_->remove(*this);
  event_link_.unlink();
  cancels_ = nullptr;
  reactor_ = nullptr;
  fd_ = -1;
}

Wake wait(Descriptor& descriptor, Interest interest, Deadline deadline) {
  bool& flag = interest == Interest::read ? descriptor.readable_ : descriptor.writable_;
  Fiber* fiber = Fiber::current();
  if (!fiber || !descriptor.reactor_) {
    if (fiber) fiber->reactor().flush_before_park();
    const Wake wake = poll_one(descriptor.fd_, interest, deadline);
    if (wake == Wake::ready) flag = true;
    return wake;
  }
  if (flag) return Wake::ready;
  Reactor& reactor = *descriptor.reactor_;
  reactor.flush_before_park();
  Fiber*& waiter = interest == Interest::read ? descriptor.reader_ : descriptor.writer_;
  const bool own_client = descriptor.cancels_ == fiber;
  while (!flag) {
    if (fiber->cancelled() && !own_client) return Wake::cancelled;
    waiter = fiber;
    const Wake wake = reactor.park(deadline);
    waiter = nullptr;
    if (flag) break;
    if (wake == Wake::timed_out || wake == Wake::stopping) return wake;
  }
  return Wake::ready;
}

}  // namespace navajo::reactor
