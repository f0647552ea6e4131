// Takes the framing off a chunked body, in place: what arrives as "5\r\nhello\r\n0\r\n\r\n" is handed on as a view
// of "hello" inside the same buffer. Feed whatever was received; the state is kept between calls, and it makes no
// difference how the bytes are cut. Extensions are checked and dropped, and so are trailer fields unless they are kept.
//
// Refused: sizes over 2^63 - 1 or of more than 16 digits, bare LF or CR, control bytes, anything after a size but
// an extension, and more framing than the limits allow (an attacker must not make us read a megabyte per byte).
// Source: RFC 9112 sections 7.1 and 7.1.2.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace navajo::http {

struct ChunkLimits {
  size_t extension_bytes = 16 * 1024;  // of the whole body
  size_t trailer_bytes = 16 * 1024;
  size_t trailer_fields = 100;
};

class ChunkedDecoder {
 public:
  enum class State : uint8_t { incomplete, complete, refused };
  struct Decoded {
    State state = State::incomplete;
    std::span<char> data;  // within the input; also set when refused: what was whole before the fault
    size_t consumed = 0;   // all of the input unless complete or refused
  };

  ChunkedDecoder() = default;
  explicit ChunkedDecoder(ChunkLimits limits) : limits_(limits) {}

  // Overwrites framing in `input` with the data that follows it.
  Decoded decode(std::span<char> input);
  // Trailer fields are appended here as "Name: value\r\n" lines (see trailers.h); it outlives the decoding.
  void keep_trailers(std::string* lines) { trailer_lines_ = lines; }
  const char* fault() const { return fault_; }  // for a log line; empty unless refused

 private:
  enum class At : uint8_t {
    size_start,
    size,
    space_before_extension,
    extension,
    size_line_feed,
    data,
    data_return,
    data_line_feed,
    trailer_start,
    trailer_name,
    trailer_value,
    trailer_line_feed,
    end_line_feed,
    done,
    refused,
  };

  void step(char c);
  void step_size(char c);
  void step_trailer(char c);
  void refuse(const char* fault);
  void expect(char c, char wanted, At next, const char* fault);

  ChunkLimits limits_;
  At at_ = At::size_start;
  int digits_ = 0;
  uint64_t left_ = 0;  // of this chunk's data
  size_t extension_bytes_ = 0, trailer_bytes_ = 0, trailer_fields_ = 0;
  const char* fault_ = "";
  std::string* trailer_lines_ = nullptr;
};

}  // namespace navajo::http
