// A backend on a loopback port for unit tests: accepts connections on a thread of its own and runs a script on each,
// one after the other or, where the script hands on, at once. Not part of libnavajo.
//
//   ScriptedBackend backend([](ScriptedBackend::Peer& peer) {
//     while (peer.read_head()) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
//   });
//   ... connect to backend.address() ...
//   STRCMP_EQUAL("GET / HTTP/1.1", backend.request(0).line.c_str());
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace navajo::connector {

class ScriptedBackend {
 public:
  struct Request {
    size_t connection = 0;  // counted from 0
    std::string head;       // with its empty line
    std::string line;       // the request line

    // The values of a field, joined with '|'; "(none)" when there is none.
    std::string field(const std::string& name) const {
      std::string found;
      bool any = false;
      for (size_t at = head.find("\r\n"); at + 2 < head.size(); at = head.find("\r\n", at + 2)) {
        const std::string line_text = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
        const size_t colon = line_text.find(':');
        if (colon != name.size() || strncasecmp(line_text.data(), name.data(), name.size()) != 0) continue;
        found += (any ? "|" : "") + line_text.substr(colon + 2);
        any = true;
      }
      return any ? found : "(none)";
    }
  };

  class Peer {
   public:
    Peer(ScriptedBackend& backend, int fd, size_t number) : backend_(backend), fd_(fd), number_(number) {}
    ~Peer() { close(); }
    size_t number() const { return number_; }
    // Where the other side connected from.
    std::string address() const {
      sockaddr_in from{};
      socklen_t length = sizeof from;
      getpeername(fd_, reinterpret_cast<sockaddr*>(&from), &length);
      char text[INET_ADDRSTRLEN] = "";
      return inet_ntop(AF_INET, &from.sin_addr, text, sizeof text);
    }
    // Reads a request head and remembers it. False: the other side closed.
    bool read_head() {
      while (rest_.find("\r\n\r\n") == std::string::npos)
        if (!read_more()) return false;
      const size_t end = rest_.find("\r\n\r\n") + 4;
      Request request{number_, rest_.substr(0, end), rest_.substr(0, rest_.find("\r\n"))};
      rest_.erase(0, end);
      backend_.remember(std::move(request));
      return true;
    }
    std::string read(size_t bytes) {
      while (rest_.size() < bytes)
        if (!read_more()) break;
      std::string got = rest_.substr(0, bytes);
      rest_.erase(0, got.size());
      return got;
    }
    std::string read_until(const std::string& mark) {
      while (rest_.find(mark) == std::string::npos)
        if (!read_more()) return std::exchange(rest_, {});
      return read(rest_.find(mark) + mark.size());
    }
    // False once the other side is gone.
    bool send(const std::string& text) {
      for (size_t sent = 0; sent < text.size();) {
        const ssize_t one = ::send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (one <= 0) return false;
        sent += static_cast<size_t>(one);
      }
      return true;
    }
    // Until tell() was called.
    void wait_until_told() { backend_.wait_until_told(); }
    // Until the other side has closed.
    void wait_for_close() {
      while (read_more()) rest_.clear();
      backend_.note_closed();
    }
    void close() {
      if (fd_ < 0) return;
      shutdown(fd_, SHUT_RDWR);
      ::close(fd_);
      fd_ = -1;
    }
    // The reset leaves when the script ends.
    void reset() {
      const linger hard{1, 0};
      setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
      ::close(fd_);
      fd_ = -1;
    }

   private:
    bool read_more() {
      char buffer[16384];
      const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) return false;
      rest_.append(buffer, static_cast<size_t>(got));
      return true;
    }
    ScriptedBackend& backend_;
    int fd_;
    size_t number_;
    std::string rest_;
  };

  using Script = std::function<void(Peer&)>;

  explicit ScriptedBackend(Script script) : script_(std::move(script)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(listener_, 64);
    socklen_t length = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~ScriptedBackend() { stop(); }

  // Closes everything: from here on connections are refused.
  void stop() {
    if (!acceptor_.joinable()) return;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    {
      std::lock_guard lock(guard_);
      for (const int fd : fds_) shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& worker : workers_) worker.join();
    std::lock_guard lock(guard_);
    for (const int fd : fds_) ::close(fd);
    fds_.clear();
  }

  uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  size_t requests() {
    std::lock_guard lock(guard_);
    return requests_.size();
  }
  Request request(size_t index) {
    std::lock_guard lock(guard_);
    return index < requests_.size() ? requests_[index] : Request{};
  }
  size_t connections() {
    std::lock_guard lock(guard_);
    return fds_.size();
  }
  // Lets go whoever is in wait_until_told(), now and later.
  void tell() {
    std::lock_guard lock(guard_);
    told_ = true;
    changed_.notify_all();
  }
  // Waits until so many of the scripts have seen the other side close.
  bool wait_for_closed(size_t count) {
    std::unique_lock lock(guard_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return closed_ >= count; });
  }

 private:
  void accept_all() {
    while (true) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      std::lock_guard lock(guard_);
      const size_t number = fds_.size();
      fds_.push_back(dup(fd));  // keeps the number ours until stop()
      workers_.emplace_back([this, fd, number] {
        Peer peer(*this, fd, number);
        script_(peer);
        finish(number);
      });
    }
  }
  void wait_until_told() {
    std::unique_lock lock(guard_);
    changed_.wait_for(lock, std::chrono::seconds(10), [this] { return told_; });
  }
  void finish(size_t number) {
    // The duplicate would keep the connection open.
    std::lock_guard lock(guard_);
    if (fds_[number] >= 0) ::close(fds_[number]);
    fds_[number] = -1;
  }
  void remember(Request request) {
    std::lock_guard lock(guard_);
    requests_.push_back(std::move(request));
    changed_.notify_all();
  }
  void note_closed() {
    std::lock_guard lock(guard_);
    closed_++;
    changed_.notify_all();
  }

  Script script_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::thread acceptor_;
  std::mutex guard_;
  std::condition_variable changed_;
  std::vector<int> fds_;
  std::vector<std::thread> workers_;
  std::vector<Request> requests_;
  size_t closed_ = 0;
  bool told_ = false;
};

}  // namespace navajo::connector
