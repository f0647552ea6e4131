// Whether a body is a multipart one (RFC 2046 section 5.1; forms: RFC 7578), within limits, as it comes in pieces of
// any size: one pass, and no more memory than the header of one part may have. Strict: a body that two parsers could
// take apart differently is refused, because its parts could be hidden from one of them: lines that end with LF alone
// before a boundary, a boundary with something behind it, folded or doubled fields, text around the parts of a form,
// parts that are multipart themselves.
//
//   MultipartScan scan(content_type, limits, memory);
//   while (more) if (!scan.feed(piece)) break;
//   if (!scan.finish()) ... scan.fault(), scan.position()
//
// One fiber or thread; bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>

namespace navajo::limits {

struct MultipartLimits {
  // 0: none, but for the header, which never has more than kMostHeader.
  uint64_t parts = 0;
  uint64_t part_size = 0;    // of a part's content
  uint32_t header_size = 0;  // of all fields of one part, with the empty line behind them
};

enum class MultipartFault : uint8_t {
  none, boundary, syntax, header, disposition, nested, outside, incomplete, parts, part_size, header_size,
};
const char* name_of(MultipartFault fault);

class MultipartScan {
 public:
  static constexpr uint32_t kMostHeader = 16384;
  static constexpr size_t kMostBoundary = 70;

  // Of the Content-Type field as it came. One without a boundary that may stand there (RFC 2046 section 5.1.1) is a
  // fault from the beginning.
  MultipartScan(std::string_view content_type, const MultipartLimits& limits, std::pmr::memory_resource& memory);
  // False: a fault; what comes later changes nothing.
  bool feed(std::string_view bytes);
  // False also for a body whose last boundary is missing.
  bool finish();
  MultipartFault fault() const { return fault_; }
  // Of the first byte that is wrong, from 0.
  uint64_t position() const { return position_; }
  uint64_t parts() const { return parts_; }

 private:
  enum class State : uint8_t {
    before, content, behind,                                // what a boundary is looked for in
    boundary_seen, first_dash, padding, line_feed,          // the rest of its line
    closing_padding, closing_line_feed,                     // and of the last one's
    header, header_line_feed,
  };
  bool take_boundary(std::string_view content_type);
  bool step(char c);
  bool look_for_boundary(char c);
  bool boundary_found();
  bool begin_part();
  bool field_ended();
  bool judge_disposition(std::string_view value);
  bool header_ended();
  bool refuse(MultipartFault fault);
  size_t skippable(std::string_view bytes) const;

  MultipartLimits limits_;
  State state_ = State::before;
  bool form_ = false, carriage_return_ = true, disposition_ = false;
  char last_ = '\n';
  char boundary_[kMostBoundary + 3];  // "\n--" and the boundary itself
  size_t boundary_size_ = 0, matched_ = 1;  // the first one may stand at the very beginning
  uint64_t parts_ = 0, size_ = 0, position_ = 0;
  uint32_t header_size_ = 0;
  std::pmr::string line_;
  MultipartFault fault_ = MultipartFault::none;
};

}  // namespace navajo::limits
