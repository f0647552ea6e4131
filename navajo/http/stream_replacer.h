// Replaces texts in a stream that arrives in pieces. However it is cut, the result is the same: a text that may begin
// at the end of a piece is held back until more is known. At every place the longest text that fits wins; what was put
// in is not looked at again. Memory: two windows of 16 KB out of the given resource, whatever the length of the stream.
// One fiber or thread per object; the table and its texts live as long as the object.
#pragma once

#include <array>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/function_ref.h"

namespace navajo::http {

struct Replacement {
  // Which neighbours make the text a different one, so that it stays: "http://app1" is not the start of
  // "http://app1.example.org" or "http://app1:81".
  enum class Before : uint8_t {
    any,
    start_of_link,  // the beginning, white space, or one of " ' ( = < > , ; `
  };
  enum class After : uint8_t {
    any,
    end_of_host,  // no letter, digit, '.', '-', '_', ':', '@', nor a percent-encoded ':' or '@'
    end_of_path,  // neither those, nor another byte that could belong to the same segment of a path
  };
  std::string_view from;  // 1 to kLongest bytes, in lower case; found in any case
  std::string_view to;
  Before before = Before::any;
  After after = After::any;
};

class StreamReplacer {
 public:
  static constexpr size_t kLongest = 2048;
  // Answers false when nobody wants more.
  using Sink = base::FunctionRef<bool(std::span<const char>)>;

  // Rows that are longer than kLongest or empty are left out.
  StreamReplacer(std::span<const Replacement> table, std::pmr::memory_resource& memory);

  [[nodiscard]] bool write(std::span<const char> bytes, Sink sink);
  // What was held back. Nothing may be written afterwards.
  [[nodiscard]] bool finish(Sink sink);

  uint64_t replaced() const { return replaced_; }

 private:
  enum class Fit : uint8_t { no, yes, undecided };
  enum class End : uint8_t { open, final };

  bool scan(End end, Sink sink);
  Fit fits(const Replacement& row, size_t at, End end) const;
  bool put(std::string_view text, Sink sink);
  bool flush(Sink sink);

  std::pmr::vector<const Replacement*> rows_;  // by first byte, then longest first
  std::array<std::pair<uint32_t, uint32_t>, 256> rows_of_{};  // first and end in rows_, by first byte in any case
  std::pmr::vector<char> window_, out_;
  size_t held_ = 0;        // bytes in window_
  char before_ = '\0';     // the byte in front of the window
  bool anything_ = false;  // whether there was one
  uint64_t replaced_ = 0;
};

// All of a short text.
std::pmr::string replace_all(std::string_view text, std::span<const Replacement> table,
                             std::pmr::memory_resource& memory);

}  // namespace navajo::http
