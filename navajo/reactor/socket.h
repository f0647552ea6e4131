// A connected, non-blocking stream socket with plain sequential calls: on a fiber they yield where
// they would block, on an ordinary thread they poll. Owns its fd. Used by one fiber or thread at a
// time, and only by the thread that opened it. A socket that is always ready lets other fibers run now and then.
// read() and write() answer a status, never throw.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "navajo/reactor/descriptor.h"
#include "navajo/reactor/wait.h"

namespace navajo::reactor {

// One resolved address: what connect(2) takes.
struct Endpoint {
  sockaddr_storage address{};
  socklen_t length = 0;

  std::string text() const;  // "127.0.0.1:8080", "[::1]:8080", or the path of a local socket
};

// Of an IPv4 or IPv6 address without brackets; none: it is something else, a name.
std::optional<Endpoint> parse_address(const std::string& text, uint16_t port);

enum class IoStatus : uint8_t {
  ok,
  end,        // orderly end of input
  timed_out,
  cancelled,  // the client of this fiber went away
  stopping,
  reset,       // ECONNRESET, EPIPE
  failed,      // any other errno, in IoResult::error
  no_progress,  // ready again and again without a byte: given up and logged
  truncated,   // of a TLS stream (navajo/tls/stream.h): the end of input came without close_notify
  tls_failed,  // of a TLS stream, which says why
};

struct [[nodiscard]] IoResult {
  IoStatus status = IoStatus::ok;
  size_t bytes = 0;
  int error = 0;
  bool waited = false;  // of write(): for the peer to make room

  bool ok() const { return status == IoStatus::ok; }
  const char* what() const;  // for a log line
};

class Socket {
 public:
  Socket() = default;
  ~Socket();
  Socket(Socket&& other) = delete;

  // Opens a socket to the endpoint. status ok: connected. TCP_NODELAY is set.
  // source may be null: the address to bind to first. device: the network interface to go through (SO_BINDTODEVICE),
  // such as a WireGuard one; empty: the one the routes say.
  IoResult connect(const Endpoint& to, Deadline deadline, const Endpoint* source = nullptr,
                   const std::string& device = {});
  // Takes over an open, connected fd and makes it non-blocking.
  IoResult adopt(int fd);
  void close();
  // Whoever was lent the descriptor has closed it: forgets it.
  void abandon() { descriptor_.detach(); }
  bool is_open() const { return descriptor_.fd() >= 0; }

  // At least one byte, or why not.
  IoResult read(std::span<char> into, Deadline deadline);
  // Never waits: status ok with 0 bytes when nothing is there.
  IoResult read_available(std::span<char> into);
  // All of it, or why not (bytes says how far it came).
  IoResult write(std::span<const char> from, Deadline deadline);
  // parts become what is left: empty ones first, or all of them.
  IoResult write(std::span<iovec> parts, Deadline deadline);
  // Never waits: status ok and how many bytes were taken, 0 when there is no room.
  IoResult write_available(std::span<const char> from);
  void shutdown_write();
  // After moving bytes without waiting: lets other fibers run once it is their turn.
  void share_reactor(size_t bytes);

  // A pooled connection is fit for another request only if the peer has neither closed it nor said
  // anything unasked. One recv(MSG_PEEK), and none at all when the reactor has seen no event since.
  bool is_idle_and_open();

  Descriptor& descriptor() { return descriptor_; }
  const Descriptor& descriptor() const { return descriptor_; }

 private:
  Descriptor descriptor_;
  int fruitless_ = 0;
  size_t moved_ = 0;  // bytes since this socket was last waited for
};

}  // namespace navajo::reactor
