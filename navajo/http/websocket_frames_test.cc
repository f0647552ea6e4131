#include "navajo/http/websocket_frames.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo;

namespace {

std::string frame(uint8_t first, size_t payload, bool masked) {
  std::string text(1, static_cast<char>(first));
  const uint8_t mask = masked ? 0x80 : 0;
  if (payload < 126) {
    text += static_cast<char>(mask | payload);
  } else if (payload < 65536) {
    text += static_cast<char>(mask | 126);
    text += static_cast<char>(payload >> 8);
    text += static_cast<char>(payload & 0xff);
  } else {
    text += static_cast<char>(mask | 127);
    for (int shift = 56; shift >= 0; shift -= 8) text += static_cast<char>(payload >> shift & 0xff);
  }
  if (masked) text += "mask";
  // What would be a Close frame if it were taken for a header.
  return text + std::string(payload, '\x88');
}

}  // namespace

TEST_GROUP(WebSocketFrames) {};

TEST(WebSocketFrames, every_size_ends_where_it_ends_however_it_is_cut) {
  for (const bool masked : {false, true})
    for (const size_t payload : {size_t{0}, size_t{1}, size_t{125}, size_t{126}, size_t{65535}, size_t{65536}}) {
      const std::string one = frame(0x81, payload, masked), bytes = one + one;
      for (const size_t step : {size_t{1}, size_t{7}, bytes.size()}) {
        http::WebSocketFrames frames;
        CHECK_TRUE(frames.between_frames());
        for (size_t at = 0; at < bytes.size(); at += step) {
          const size_t end = std::min(at + step, bytes.size());
          frames.pass({bytes.data() + at, end - at});
          CHECK_EQUAL(end == one.size() || end == bytes.size(), frames.between_frames());
        }
        CHECK_FALSE(frames.closed());
      }
    }
}

TEST(WebSocketFrames, a_Close_frame_is_noticed_and_ours_is_one) {
  http::WebSocketFrames frames;
  frames.pass(frame(0x89, 4, false));
  CHECK_FALSE(frames.closed());
  const std::string close = http::websocket_close_frame(http::kPolicyViolation);
  STRCMP_EQUAL("\x88\x02\x03\xf0", close.c_str());
  frames.pass(close);
  CHECK_TRUE(frames.closed());
  CHECK_TRUE(frames.between_frames());
}
