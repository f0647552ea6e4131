#include "navajo/admin/admin_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "navajo/admin/socket_file.h"

namespace navajo::admin {
namespace {

base::Failed<base::Error> failed(std::string text) { return {base::Error{std::move(text)}}; }

}  // namespace

base::Result<AdminClient> AdminClient::connect(const std::string& path, std::chrono::milliseconds patience) {
  const base::Result<int> fd = connect_to(path);
  if (!fd.ok()) return base::Failed{fd.error()};
  return AdminClient(*fd, patience);
}

AdminClient::AdminClient(AdminClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      patience_(other.patience_),
      buffer_(std::move(other.buffer_)),
      read_(other.read_) {}

AdminClient::~AdminClient() {
  if (fd_ >= 0) close(fd_);
}

base::Status<> AdminClient::send(const std::string& request) {
  const std::string line = request + "\n";
  size_t sent = 0;
  while (sent < line.size()) {
    const ssize_t written = ::send(fd_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed(std::string("the server does not take the request: ") + strerror(errno));
    sent += static_cast<size_t>(written);
  }
  return base::Done{};
}

base::Result<std::optional<std::string>> AdminClient::next_line() {
  for (;;) {
    const size_t end = buffer_.find('\n', read_);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(read_, end - read_);
      read_ = end + 1;
      return std::optional<std::string>(std::move(line));
    }
    buffer_.erase(0, read_);
    read_ = 0;
    if (buffer_.size() > kLongestLine) return failed("the server's answer has a line that is too long");
    pollfd ready{fd_, POLLIN, 0};
    const int polled = poll(&ready, 1, static_cast<int>(patience_.count()));
    if (polled < 0 && errno == EINTR) continue;
    if (polled <= 0) return failed("the server does not answer");
    char piece[16384];
    const ssize_t length = recv(fd_, piece, sizeof piece, 0);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return failed(std::string("the answer broke off: ") + strerror(errno));
    if (length == 0) {
      if (!buffer_.empty()) return failed("the answer broke off");
      return std::optional<std::string>();
    }
    buffer_.append(piece, static_cast<size_t>(length));
  }
}

}  // namespace navajo::admin
