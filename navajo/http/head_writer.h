// Serialises the head of a message into a buffer the caller owns. Every name and value is checked on its way, so
// that what a client or a filter supplied cannot start a line of its own. Once something did not fit or was not
// allowed the writer stays failed and writes nothing more; the caller looks once, at the end.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace navajo::http {

class HeadWriter {
 public:
  enum class State : uint8_t { fine, full, malformed };

  explicit HeadWriter(std::span<char> into) : into_(into) {}

  // "GET /path HTTP/1.1"; the target is checked for spaces and control bytes. With an authority, for a proxy:
  // "GET http://authority/path HTTP/1.1".
  void request_line(std::string_view method, std::string_view target, std::string_view authority = {});
  void field(std::string_view name, std::string_view value);
  void field(std::string_view name, uint64_t number);
  // A field of several parts: begin_field("Via"), part(...), part(...), end_field().
  void begin_field(std::string_view name);
  void part(std::string_view value);
  void end_field() { put("\r\n"); }
  void end_head() { put("\r\n"); }

  State state() const { return state_; }
  std::string_view written() const { return {into_.data(), used_}; }
  std::span<char> room() const { return into_.subspan(used_); }

 private:
  void put(std::string_view text);
  void malformed() {
    if (state_ == State::fine) state_ = State::malformed;
  }
  std::span<char> into_;
  size_t used_ = 0;
  State state_ = State::fine;
};

}  // namespace navajo::http
