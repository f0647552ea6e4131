#include "navajo/reactor/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "navajo/observe/log.h"
#include "navajo/reactor/reactor.h"
#include "navajo/reactor/wake_status.h"

namespace navajo::reactor {
namespace {

// How often a descriptor may be reported ready without a byte moving before the connection is given up.
constexpr int kFruitlessLimit = 16;
// Between two ends that never make us wait a fiber would keep its reactor for itself until the last byte.
constexpr size_t kFairShare = 256 * 1024;
// A small message in several parts is put together: copying it costs less than what the kernel does for each part.
constexpr size_t kSmallMessage = 2048;

[[gnu::cold]] IoResult failure(int error) {
  const bool reset = error == ECONNRESET || error == EPIPE;
  return {reset ? IoStatus::reset : IoStatus::failed, 0, error};
}

[[gnu::cold]] IoResult give_up(const Descriptor& descriptor, const char* direction) {
  if (Reactor* reactor = descriptor.reactor()) ReactorStats::add(reactor->stats().no_progress);
  observe::log(observe::id::no_progress, "descriptor %d was %s %d times without a byte: connection ended",
               descriptor.fd(), direction, kFruitlessLimit);
  return {IoStatus::no_progress, 0, 0};
}

ssize_t send_parts(int fd, std::span<iovec> parts) {
  constexpr int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
  if (parts.size() == 1) return send(fd, parts.front().iov_base, parts.front().iov_len, flags);
  char message[kSmallMessage];
  size_t size = 0;
  for (const iovec& part : parts) {
    if (part.iov_len > sizeof message - size) {
      msghdr large{};
      large.msg_iov = parts.data();
      large.msg_iovlen = std::min<size_t>(parts.size(), IOV_MAX);
      return sendmsg(fd, &large, flags);
    }
    if (part.iov_len == 0) continue;  // it may stand nowhere
    memcpy(message + size, part.iov_base, part.iov_len);
    size += part.iov_len;
  }
  return send(fd, message, size, flags);
}

}  // namespace

std::string Endpoint::text() const {
  char name[INET6_ADDRSTRLEN] = "";
  switch (address.ss_family) {
    case AF_INET: {
      const auto& in = reinterpret_cast<const sockaddr_in&>(address);
      inet_ntop(AF_INET, &in.sin_addr, name, sizeof name);
      return std::string(name) + ":" + std::to_string(ntohs(in.sin_port));
    }
    case AF_INET6: {
      const auto& in = reinterpret_cast<const sockaddr_in6&>(address);
      inet_ntop(AF_INET6, &in.sin6_addr, name, sizeof name);
      return "[" + std::string(name) + "]:" + std::to_string(ntohs(in.sin6_port));
    }
    case AF_UNIX:
      return std::string("unix:") + reinterpret_cast<const sockaddr_un&>(address).sun_path;
  }
  return "(no address)";
}

std::optional<Endpoint> parse_address(const std::string& text, uint16_t port) {
  Endpoint endpoint;
  auto& four = reinterpret_cast<sockaddr_in&>(endpoint.address);
  auto& six = reinterpret_cast<sockaddr_in6&>(endpoint.address);
  if (inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    endpoint.length = sizeof four;
  } else if (inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    endpoint.length = sizeof six;
  } else {
    return std::nullopt;
  }
  return endpoint;
}

const char* IoResult::what() const {
  switch (status) {
    case IoStatus::ok:
      return "ok";
    case IoStatus::end:
      return "closed by the peer";
    case IoStatus::timed_out:
      return "timed out";
    case IoStatus::cancelled:
      return "client went away";
    case IoStatus::stopping:
      return "server is stopping";
    case IoStatus::no_progress:
      return "ready without progress";
    case IoStatus::truncated:
      return "closed by the peer without close_notify";
    case IoStatus::tls_failed:
      return "TLS failed";
    case IoStatus::reset:
    case IoStatus::failed:
      break;
  }
  return strerrordesc_np(error) ? strerrordesc_np(error) : "unknown error";
}

Socket::~Socket() { close(); }

void Socket::close() {
  const int fd = descriptor_.fd();
  if (fd < 0) return;
  descriptor_.detach();
  ::close(fd);
}

IoResult Socket::adopt(int fd) {
  close();
  fruitless_ = 0;
  const int flags = fcntl(fd, F_GETFL);
  const bool blocks = !(flags & O_NONBLOCK);
  if (flags < 0 || (blocks && fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) || !descriptor_.attach(fd)) {
    const int error = errno;
    ::close(fd);
    return failure(error);
  }
  return {};
}

IoResult Socket::connect(const Endpoint& to, Deadline deadline, const Endpoint* source, const std::string& device) {
  close();
  fruitless_ = 0;
  const int fd = socket(to.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return failure(errno);
  const int one = 1;
  if (to.address.ss_family != AF_UNIX) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  // The port is chosen by connect(2), which knows the peer: else a source address has 28,000 connections in all.
  if (source) setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  if ((source && bind(fd, reinterpret_cast<const sockaddr*>(&source->address), source->length) != 0) ||
      (!device.empty() && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device.data(),
                                     static_cast<socklen_t>(device.size())) != 0)) {
    const int error = errno;
    ::close(fd);
    return failure(error);
  }
  // Registered only after connect(2): epoll reports a socket that was never connected as hung up.
  const int answer = ::connect(fd, reinterpret_cast<const sockaddr*>(&to.address), to.length);
  const int connect_error = answer == 0 ? 0 : errno;
  if (connect_error != 0 && connect_error != EINPROGRESS) {
    ::close(fd);
    return failure(connect_error);
  }
  if (!descriptor_.attach(fd)) {
    const int error = errno;
    ::close(fd);
    return failure(error);
  }
  if (descriptor_.reactor()) descriptor_.set_not_readable();  // the registration reports what is there
  if (connect_error == 0) return {};
  descriptor_.set_not_writable();
  if (const Wake wake = wait(descriptor_, Interest::write, deadline); wake != Wake::ready) {
    close();
    return {status_of(wake), 0, 0};
  }
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) {
    close();
    return failure(error);
  }
  return {};
}

IoResult Socket::read_available(std::span<char> into) {
  if (descriptor_.reactor() && !descriptor_.readable()) return {};
  ssize_t got;
  do got = recv(descriptor_.fd(), into.data(), into.size(), MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  if (got > 0) {
    fruitless_ = 0;
    // A short read has emptied the socket, and the next edge will say so, unless the last edge was the peer's FIN.
    if (static_cast<size_t>(got) < into.size() && !descriptor_.peer_finished() && !descriptor_.hung_up())
      descriptor_.set_not_readable();
    return {IoStatus::ok, static_cast<size_t>(got), 0};
  }
  if (got == 0) return {IoStatus::end, 0, 0};
  if (errno != EAGAIN && errno != EWOULDBLOCK) return failure(errno);
  descriptor_.set_not_readable();
  return {};
}

void Socket::share_reactor(size_t bytes) {
  if ((moved_ += bytes) < kFairShare) return;
  moved_ = 0;
  yield();
}

IoResult Socket::read(std::span<char> into, Deadline deadline) {
  while (true) {
    if (!descriptor_.readable()) {
      moved_ = 0;
      if (const Wake wake = wait(descriptor_, Interest::read, deadline); wake != Wake::ready)
        return {status_of(wake), 0, 0};
      fruitless_++;
    }
    const IoResult result = read_available(into);
    if (result.bytes > 0) share_reactor(result.bytes);
    if (!result.ok() || result.bytes > 0) return result;
    if (fruitless_ >= kFruitlessLimit) return give_up(descriptor_, "readable");
  }
}

IoResult Socket::write_available(std::span<const char> from) {
  ssize_t sent;
  do sent = send(descriptor_.fd(), from.data(), from.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  if (sent >= 0) return {IoStatus::ok, static_cast<size_t>(sent), 0};
  if (errno != EAGAIN && errno != EWOULDBLOCK) return failure(errno);
  descriptor_.set_not_writable();
  return {};
}

IoResult Socket::write(std::span<const char> from, Deadline deadline) {
  iovec part{const_cast<char*>(from.data()), from.size()};
  return write(std::span<iovec>(&part, 1), deadline);
}

IoResult Socket::write(std::span<iovec> parts, Deadline deadline) {
  IoResult total;
  int fruitless = 0;
  while (!parts.empty() && parts.front().iov_len == 0) parts = parts.subspan(1);
  while (!parts.empty() && parts.back().iov_len == 0) parts = parts.first(parts.size() - 1);
  while (!parts.empty()) {
    if (!descriptor_.writable()) {
      total.waited = true;
      moved_ = 0;
      if (const Wake wake = wait(descriptor_, Interest::write, deadline); wake != Wake::ready) {
        total.status = status_of(wake);
        return total;
      }
      fruitless++;
    }
    const ssize_t sent = send_parts(descriptor_.fd(), parts);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        descriptor_.set_not_writable();
        if (fruitless >= kFruitlessLimit) {
          IoResult result = give_up(descriptor_, "writable");
          result.bytes = total.bytes;
          result.waited = true;
          return result;
        }
        continue;
      }
      IoResult result = failure(errno);
      result.bytes = total.bytes;
      return result;
    }
    fruitless = 0;
    total.bytes += sent;
    share_reactor(static_cast<size_t>(sent));
    size_t left = sent;
    while (!parts.empty() && left >= parts.front().iov_len) {
      left -= parts.front().iov_len;
      parts.front().iov_len = 0;
      parts = parts.subspan(1);
    }
    if (left > 0) {
      parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + left;
      parts.front().iov_len -= left;
    }
  }
  return total;
}

void Socket::shutdown_write() {
  if (is_open()) shutdown(descriptor_.fd(), SHUT_WR);
}

bool Socket::is_idle_and_open() {
  if (!is_open() || descriptor_.hung_up() || descriptor_.peer_finished()) return false;
  if (descriptor_.reactor() && !descriptor_.readable()) return true;
  char byte;
  ssize_t got;
  do got = recv(descriptor_.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  if (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) return false;
  descriptor_.set_not_readable();
  return true;
}

}  // namespace navajo::reactor
