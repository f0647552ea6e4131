// Reads one HTTP/1.1 response with a Content-Length, in pieces of any size. It keeps no body byte.
// Used by the load generator and the connection holder on the bytes that a proxy sends, and by the floor
// relay to find the end of a response. Anything it does not know (no Content-Length, a status line that
// is none) is `bad`: in a benchmark with known answers that is an error of the server under test.
#pragma once

#include <strings.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace bench {

class ResponseReader {
 public:
  enum class State { head, body, complete, bad };

  // Takes bytes off the wire and says where it stands afterwards. Bytes past the end of the response make
  // it bad: nobody pipelines here.
  State take(std::string_view bytes) {
    if (state_ == State::head) {
      std::string_view head = bytes;
      if (!partial_head_.empty()) {
        partial_head_.append(bytes);
        head = partial_head_;
      }
      std::size_t end = head.find("\r\n\r\n");
      if (end == std::string_view::npos) {
        if (partial_head_.empty()) partial_head_.assign(bytes);
        return state_ = partial_head_.size() > max_head ? State::bad : State::head;
      }
      if (!read_head(head.substr(0, end + 2))) return state_ = State::bad;
      std::size_t in_head = end + 4 - (head.size() - bytes.size());
      bytes.remove_prefix(in_head);
      partial_head_.clear();
      state_ = State::body;
    }
    if (bytes.size() > remaining_) return state_ = State::bad;
    remaining_ -= bytes.size();
    if (remaining_ == 0) state_ = State::complete;
    return state_;
  }

  void reset() {
    state_ = State::head;
    partial_head_.clear();
  }

  bool started() const { return state_ != State::head || !partial_head_.empty(); }
  int status() const { return status_; }
  std::size_t length() const { return length_; }
  bool server_closes() const { return server_closes_; }

 private:
  static constexpr std::size_t max_head = 16 * 1024;

  bool read_head(std::string_view head) {
    if (head.substr(0, 9) != "HTTP/1.1 " || head.size() < 12) return false;
    status_ = std::atoi(head.substr(9, 3).data());
    server_closes_ = false;
    bool sized = false;
    for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
      std::size_t end = head.find("\r\n", at);
      std::string_view line = head.substr(at, end - at);
      // The first letter decides most lines, so that reading a head stays far below the cost of a syscall.
      if ((line[0] | 0x20) == 'c') {
        if (starts_with(line, "content-length:")) {
          length_ = std::strtoul(line.data() + 15, nullptr, 10);
          sized = true;
        } else if (starts_with(line, "connection:")) {
          server_closes_ = line.find("close") != std::string_view::npos;
        }
      }
      at = end + 2;
    }
    remaining_ = length_;
    return sized;
  }

  static bool starts_with(std::string_view line, std::string_view lower) {
    return line.size() >= lower.size() && strncasecmp(line.data(), lower.data(), lower.size()) == 0;
  }

  State state_ = State::head;
  std::string partial_head_;
  std::size_t remaining_ = 0;
  std::size_t length_ = 0;
  int status_ = 0;
  bool server_closes_ = false;
};

}  // namespace bench
