#include "navajo/http/websocket_frames.h"

#include <algorithm>

namespace navajo::http {
namespace {

constexpr uint8_t kOpcode = 0x0f, kClose = 0x08, kMasked = 0x80, kLength = 0x7f;

}  // namespace

// With its last byte payload_left_ is known.
void WebSocketFrames::take_header_byte(uint8_t byte) {
  header_[header_size_++] = byte;
  if (header_size_ < 2) return;
  const uint8_t length = header_[1] & kLength;
  const int extended = length == 127 ? 8 : length == 126 ? 2 : 0;
  if (header_size_ < 2 + extended + (header_[1] & kMasked ? 4 : 0)) return;
  payload_left_ = extended ? 0 : length;
  for (int i = 0; i < extended; i++) payload_left_ = payload_left_ << 8 | header_[2 + i];
  closed_ |= (header_[0] & kOpcode) == kClose;
  header_size_ = 0;
}

void WebSocketFrames::pass(std::span<const char> bytes) {
  while (!bytes.empty()) {
    if (payload_left_ > 0) {
      const size_t skipped = static_cast<size_t>(std::min<uint64_t>(payload_left_, bytes.size()));
      payload_left_ -= skipped;
      bytes = bytes.subspan(skipped);
      continue;
    }
    take_header_byte(static_cast<uint8_t>(bytes.front()));
    bytes = bytes.subspan(1);
  }
}

std::string websocket_close_frame(uint16_t code) {
  return {static_cast<char>(0x80 | kClose), 2, static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
}

}  // namespace navajo::http
