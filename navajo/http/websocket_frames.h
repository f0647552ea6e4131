// Where in a WebSocket's stream one frame ends and the next begins, for whoever wants to say something in between.
// Looks at headers only, and believes them: it is no check. Never fails, holds no data.
// Source: RFC 6455 section 5.2.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace navajo::http {

class WebSocketFrames {
 public:
  // The next bytes of one direction.
  void pass(std::span<const char> bytes);
  // Nothing is cut when something is said here. Control frames may stand between the parts of a message.
  bool between_frames() const { return header_size_ == 0 && payload_left_ == 0; }
  // A Close frame has passed: nothing may follow it.
  bool closed() const { return closed_; }

 private:
  void take_header_byte(uint8_t byte);

  uint64_t payload_left_ = 0;
  uint8_t header_[14] = {};
  uint8_t header_size_ = 0;
  bool closed_ = false;
};

// Of a server, unmasked.
std::string websocket_close_frame(uint16_t code);
inline constexpr uint16_t kGoingAway = 1001, kPolicyViolation = 1008;  // RFC 6455 section 7.4.1

}  // namespace navajo::http
