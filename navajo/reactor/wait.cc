#include "navajo/reactor/wait.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "navajo/reactor/reactor.h"

namespace navajo::reactor {
namespace {

Wake poll_all(std::span<Awaited> awaited, Deadline deadline) {
  const int kept_errno = errno;
  std::array<pollfd, kMaxAwaited> entries{};
  for (size_t i = 0; i < awaited.size(); i++) {
    const short events = awaited[i].interest == Interest::read ? POLLIN : POLLOUT;
    entries[i] = {awaited[i].descriptor->fd(), events, 0};
  }
  while (true) {
    int timeout = -1;
    if (!deadline.is_never()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.when() - base::system_clock().now());
      timeout = static_cast<int>(std::clamp<int64_t>(left.count(), 0, 3600 * 1000));
    }
    const long count = syscall(SYS_poll, entries.data(), awaited.size(), timeout);
    const bool failed = count < 0 && errno != EINTR;  // the operation itself will say what is wrong
    if (count > 0 || failed) {
      for (size_t i = 0; i < awaited.size(); i++) awaited[i].ready = failed || entries[i].revents != 0;
      errno = kept_errno;
      return Wake::ready;
    }
    if (count == 0 && deadline.passed(base::system_clock().now())) {
      errno = kept_errno;
      return Wake::timed_out;
    }
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
  Awaited one{&descriptor, interest};
  return wait_any({&one, 1}, deadline);
}

Wake wait_any(std::span<Awaited> awaited, Deadline deadline) {
  const auto flag = [](const Awaited& one) -> bool& {
    return one.interest == Interest::read ? one.descriptor->readable_ : one.descriptor->writable_;
  };
  const auto waiter = [](const Awaited& one) -> Fiber*& {
    return one.interest == Interest::read ? one.descriptor->reader_ : one.descriptor->writer_;
  };
  const auto any_ready = [&] {
    bool any = false;
    for (Awaited& one : awaited) any |= one.ready = flag(one);
    return any;
  };
  Fiber* fiber = Fiber::current();
  bool registered = fiber != nullptr, own_client = false;
  for (const Awaited& one : awaited) {
    registered = registered && one.descriptor->reactor_;
    own_client = own_client || one.descriptor->cancels_ == fiber;
  }
  if (!registered) {
    if (fiber) fiber->reactor().flush_before_park();
    const Wake wake = poll_all(awaited, deadline);
    if (wake == Wake::ready)
      for (const Awaited& one : awaited)
        if (one.ready) flag(one) = true;
    return wake;
  }
  if (any_ready()) return Wake::ready;
  Reactor& reactor = fiber->reactor();
  reactor.flush_before_park();
  while (!any_ready()) {
    if (fiber->cancelled() && !own_client) return Wake::cancelled;
    for (const Awaited& one : awaited) waiter(one) = fiber;
    const Wake wake = reactor.park(deadline);
    for (const Awaited& one : awaited) waiter(one) = nullptr;
    if (any_ready()) break;
    if (wake == Wake::timed_out || wake == Wake::stopping) return wake;
  }
  return Wake::ready;
}

}  // namespace navajo::reactor
