#include "navajo/limits/multipart_scan.h"

#include <algorithm>
#include <cstring>

#include "navajo/http/headers.h"
#include "navajo/http/parameter_walker.h"
#include "navajo/http/syntax.h"

namespace navajo::limits {
namespace {

using http::same_name;

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (http::lower(c) >= 'a' && http::lower(c) <= 'z'); }

// bchars of RFC 2046.
bool may_be_boundary(std::string_view text) {
  if (text.empty() || text.size() > MultipartScan::kMostBoundary || text.back() == ' ') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) || std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
  });
}

bool is_multipart(std::string_view media_type) {
  return media_type.size() >= 10 && same_name(media_type.substr(0, 10), "multipart/");
}

}  // namespace

const char* name_of(MultipartFault fault) {
  switch (fault) {
    case MultipartFault::none: return "fine";
    case MultipartFault::boundary: return "no boundary that may be one";
    case MultipartFault::syntax: return "syntax";
    case MultipartFault::header: return "malformed field of a part";
    case MultipartFault::disposition: return "part without one clear name";
    case MultipartFault::nested: return "multipart inside of a part";
    case MultipartFault::outside: return "text outside of parts";
    case MultipartFault::incomplete: return "incomplete";
    case MultipartFault::parts: return "too many parts";
    case MultipartFault::part_size: return "too long a part";
    case MultipartFault::header_size: return "too many bytes of fields in a part";
  }
  return "";
}

MultipartScan::MultipartScan(std::string_view content_type, const MultipartLimits& limits,
                             std::pmr::memory_resource& memory)
    : limits_(limits), line_(&memory) {
  limits_.header_size = limits.header_size == 0 ? kMostHeader : std::min(limits.header_size, kMostHeader);
  if (!take_boundary(content_type)) (void)refuse(MultipartFault::boundary);
}

bool MultipartScan::take_boundary(std::string_view content_type) {
  http::ParameterWalker walk(content_type);
  form_ = same_name(walk.head(), "multipart/form-data");
  memcpy(boundary_, "\n--", 3);
  while (walk.next()) {
    if (!same_name(walk.name(), "boundary")) continue;
    if (boundary_size_ != 0 || !may_be_boundary(walk.value())) return false;
    boundary_size_ = walk.value().copy(boundary_ + 3, kMostBoundary) + 3;
  }
  return boundary_size_ != 0 && !walk.malformed();
}

bool MultipartScan::refuse(MultipartFault fault) {
  fault_ = fault;
  return false;
}

// Bytes of content that are neither the beginning of a boundary nor past the limit: most of most bodies.
size_t MultipartScan::skippable(std::string_view bytes) const {
  if (state_ != State::content || matched_ != 0) return 0;
  size_t most = bytes.size();
  if (limits_.part_size != 0) most = std::min<uint64_t>(most, limits_.part_size - std::min(size_, limits_.part_size));
  return std::min(bytes.substr(0, most).find('\n'), most);
}

bool MultipartScan::feed(std::string_view bytes) {
  if (fault_ != MultipartFault::none) return false;
  for (size_t i = 0; i < bytes.size(); i++) {
    if (const size_t skipped = skippable(bytes.substr(i)); skipped > 0) {
      size_ += skipped;
      position_ += skipped;
      i += skipped;
      last_ = bytes[i - 1];
      if (i == bytes.size()) return true;
    }
    if (!step(bytes[i])) return false;
    position_++;
  }
  return true;
}

bool MultipartScan::finish() {
  if (fault_ != MultipartFault::none) return false;
  if (state_ == State::closing_padding || state_ == State::behind) return true;
  return refuse(MultipartFault::incomplete);
}

// LF stands at the boundary's beginning and nowhere else in it, so whatever does not go on may only begin it anew.
bool MultipartScan::look_for_boundary(char c) {
  if (c != boundary_[matched_]) matched_ = 0;
  if (c == boundary_[matched_]) {
    if (matched_ == 0) carriage_return_ = last_ == '\r';
    matched_++;
  }
  last_ = c;
  size_++;
  if (matched_ == boundary_size_) return boundary_found();
  if (state_ != State::content) {
    // Text before and behind the parts is for readers of mail; in a form it is a place to hide something.
    const bool blank = matched_ > 0 || c == '\r' || c == ' ' || c == '\t';
    return !form_ || blank || refuse(MultipartFault::outside);
  }
  const uint64_t open = matched_ > 0 ? matched_ + (carriage_return_ ? 1 : 0) : c == '\r' ? 1 : 0;
  return limits_.part_size == 0 || size_ <= limits_.part_size + open || refuse(MultipartFault::part_size);
}

bool MultipartScan::boundary_found() {
  // Some take LF alone for the end of a line; some take the empty line behind the fields for that before the boundary.
  const bool own_line = state_ != State::content || size_ > boundary_size_;
  if (!carriage_return_ || !own_line || state_ == State::behind) return refuse(MultipartFault::syntax);
  state_ = State::boundary_seen;
  return true;
}

bool MultipartScan::begin_part() {
  parts_++;
  if (limits_.parts != 0 && parts_ > limits_.parts) return refuse(MultipartFault::parts);
  state_ = State::header;
  header_size_ = 0;
  disposition_ = false;
  line_.clear();
  return true;
}

bool MultipartScan::judge_disposition(std::string_view value) {
  if (disposition_) return refuse(MultipartFault::disposition);
  disposition_ = true;
  http::ParameterWalker walk(value);
  int names = 0, files = 0, extended = 0;
  while (walk.next()) {
    names += same_name(walk.name(), "name");
    files += same_name(walk.name(), "filename");
    extended += same_name(walk.name(), "filename*");
  }
  const bool clear = !walk.malformed() && same_name(walk.head(), "form-data") && names == 1 && files <= 1 &&
                     extended <= 1;
  return clear || refuse(MultipartFault::disposition);
}

bool MultipartScan::field_ended() {
  if (line_.empty()) return header_ended();
  const std::string_view line = line_;
  // For others a boundary ends the fields as well.
  if (line.starts_with(std::string_view(boundary_, boundary_size_).substr(1))) return refuse(MultipartFault::syntax);
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return refuse(MultipartFault::header);
  const std::string_view name = line.substr(0, colon), value = http::trim(line.substr(colon + 1));
  if (!http::is_token(name) || !http::is_field_value(value)) return refuse(MultipartFault::header);
  if (same_name(name, "Content-Type") && is_multipart(value)) return refuse(MultipartFault::nested);
  if (form_ && same_name(name, "Content-Disposition") && !judge_disposition(value)) return false;
  line_.clear();
  state_ = State::header;
  return true;
}

bool MultipartScan::header_ended() {
  if (form_ && !disposition_) return refuse(MultipartFault::disposition);
  state_ = State::content;
  size_ = 0;
  matched_ = 1;  // the empty line's end; a boundary right behind it is refused (boundary_found)
  carriage_return_ = true;
  last_ = '\n';
  return true;
}

bool MultipartScan::step(char c) {
  const auto go = [this](State state) {
    state_ = state;
    return true;
  };
  switch (state_) {
    case State::before:
    case State::content:
    case State::behind: return look_for_boundary(c);

    case State::boundary_seen:
      if (c == '-') return go(State::first_dash);
      [[fallthrough]];
    case State::padding:
      if (c == ' ' || c == '\t') return go(State::padding);
      return c == '\r' ? go(State::line_feed) : refuse(MultipartFault::syntax);
    case State::line_feed: return c == '\n' ? begin_part() : refuse(MultipartFault::syntax);

    case State::first_dash: return c == '-' ? go(State::closing_padding) : refuse(MultipartFault::syntax);
    case State::closing_padding:
      if (c == ' ' || c == '\t') return true;
      return c == '\r' ? go(State::closing_line_feed) : refuse(MultipartFault::syntax);
    case State::closing_line_feed:
      if (c != '\n') return refuse(MultipartFault::syntax);
      matched_ = 1;
      carriage_return_ = true;
      last_ = c;
      return go(State::behind);

    case State::header:
      if (++header_size_ > limits_.header_size) return refuse(MultipartFault::header_size);
      if (c == '\r') return go(State::header_line_feed);
      if (c == '\n') return refuse(MultipartFault::header);
      line_ += c;
      return true;
    case State::header_line_feed:
      if (++header_size_ > limits_.header_size) return refuse(MultipartFault::header_size);
      return c == '\n' ? field_ended() : refuse(MultipartFault::header);
  }
  return refuse(MultipartFault::syntax);
}

}  // namespace navajo::limits
