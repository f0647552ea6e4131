// The other end of the admin socket, for the command line: sends one request and reads its answer line by line. One
// thread; blocks, but never longer than `patience` for the next line.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "navajo/base/result.h"

namespace navajo::admin {

class AdminClient {
 public:
  static base::Result<AdminClient> connect(const std::string& path, std::chrono::milliseconds patience);
  AdminClient(AdminClient&& other) noexcept;
  AdminClient& operator=(AdminClient&&) = delete;
  ~AdminClient();

  // Without a newline.
  base::Status<> send(const std::string& request);
  // Without its newline; none: the server has closed.
  base::Result<std::optional<std::string>> next_line();

  // A line that is longer is not one of ours.
  static constexpr size_t kLongestLine = 64 * 1024;

 private:
  AdminClient(int fd, std::chrono::milliseconds patience) : fd_(fd), patience_(patience) {}

  int fd_;
  std::chrono::milliseconds patience_;
  std::string buffer_;
  size_t read_ = 0;  // of the buffer
};

}  // namespace navajo::admin
