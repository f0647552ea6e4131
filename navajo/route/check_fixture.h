// For tests of health checks: backends on loopback ports. Include it before CppUTest.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "navajo/route/backend_row.h"

namespace navajo::route {

// A port that takes connections (as far as the kernel does it for nobody); before open() it refuses them.
class Listener {
 public:
  enum class Begins : uint8_t { open, closed };
  explicit Listener(Begins begins = Begins::open) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof here;
    bind(fd_, reinterpret_cast<sockaddr*>(&here), length);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&here), &length);
    port_ = ntohs(here.sin_port);
    if (begins == Begins::open) open();
  }
  ~Listener() { ::close(fd_); }
  Listener(const Listener&) = delete;

  uint16_t port() const { return port_; }
  int fd() const { return fd_; }
  void open() { listen(fd_, 64); }

 private:
  int fd_ = -1;
  uint16_t port_ = 0;
};

// Answers each request with the same bytes and closes, one connection after the other.
class AnsweringBackend {
 public:
  explicit AnsweringBackend(std::string answer) : answer_(std::move(answer)), thread_([this] { serve(); }) {}
  ~AnsweringBackend() {
    shutdown(listener_.fd(), SHUT_RDWR);
    thread_.join();
  }

  uint16_t port() const { return listener_.port(); }
  void say(std::string answer) {
    const std::lock_guard lock(guard_);
    answer_ = std::move(answer);
  }
  // Of the last connection, which is over.
  std::string heard() {
    const std::lock_guard lock(guard_);
    return heard_;
  }

 private:
  void serve() {
    while (true) {
      const int fd = accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const timeval limit{10, 0};
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
      std::string text;
      char buffer[4096];
      // A PROXY protocol header of version 2 has an empty line in it.
      while (text.find("\r\n\r\n", 4) == std::string::npos) {
        const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
        if (got <= 0) break;
        text.append(buffer, static_cast<size_t>(got));
      }
      const std::lock_guard lock(guard_);
      heard_ = std::move(text);
      (void)!send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      ::close(fd);
    }
  }

  Listener listener_;
  std::mutex guard_;
  std::string answer_, heard_;
  std::thread thread_;
};

inline BackendRow checked_row(std::string id, uint16_t port) {
  BackendRow row;
  row.id = std::move(id);
  row.app = "shop";
  row.host = "127.0.0.1";
  row.port = port;
  return row;
}

}  // namespace navajo::route
