#include "navajo/http/response_head.h"

#include <algorithm>
#include <cstring>

#include "navajo/http/headers.h"
#include "navajo/http/syntax.h"

namespace navajo::http {
namespace {

constexpr std::string_view kVersionStart = "HTTP/1.";
// A sane peer names two or three; the bound keeps the search for named fields cheap.
constexpr size_t kMaxConnectionOptions = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

const char* text(HeadFault fault) {
  switch (fault) {
    case HeadFault::none: return "none";
    case HeadFault::too_large: return "head too large";
    case HeadFault::too_many_fields: return "too many fields";
    case HeadFault::not_http: return "not HTTP/1.x";
    case HeadFault::bad_status_line: return "bad status line";
    case HeadFault::bare_line_feed: return "line ends without CR LF";
    case HeadFault::folded_line: return "folded field line";
    case HeadFault::space_before_colon: return "space before the colon";
    case HeadFault::bad_field_name: return "bad field name";
    case HeadFault::bad_field_value: return "control byte in a field value";
    case HeadFault::bad_content_length: return "bad Content-Length";
    case HeadFault::differing_lengths: return "differing Content-Length";
    case HeadFault::length_and_coding: return "Content-Length beside Transfer-Encoding";
    case HeadFault::unknown_coding: return "unknown Transfer-Encoding";
    case HeadFault::coding_in_http_1_0: return "Transfer-Encoding in HTTP/1.0";
    case HeadFault::too_many_connection_options: return "too many Connection options";
    case HeadFault::unasked_upgrade: return "101 without being asked";
  }
  return "unknown";
}

ResponseHeadParser::ResponseHeadParser(std::span<FieldSlice> storage, HeadLimits limits)
    : storage_(storage), limits_(limits) {}

void ResponseHeadParser::reset() { *this = ResponseHeadParser(storage_, limits_); }

ResponseHeadParser::State ResponseHeadParser::refuse(HeadFault fault) {
  fault_ = fault;
  return State::refused;
}

ResponseHeadParser::State ResponseHeadParser::parse(std::string_view buffer) {
  if (fault_ != HeadFault::none) return State::refused;
  head_.base_ = buffer.data();
  if (!status_line_seen_) {
    // Whoever greets with anything else (ssh, smtp, TLS) is found out at the first byte, not at the time limit.
    const size_t size = std::min(buffer.size(), kVersionStart.size());
    if (buffer.substr(0, size) != kVersionStart.substr(0, size)) return refuse(HeadFault::not_http);
  }
  while (true) {
    const void* found = memchr(buffer.data() + scanned_, '\n', buffer.size() - scanned_);
    if (!found) {
      scanned_ = buffer.size();
      return scanned_ > limits_.bytes ? refuse(HeadFault::too_large) : State::incomplete;
    }
    const size_t line_feed = static_cast<const char*>(found) - buffer.data();
    if (line_feed >= limits_.bytes) return refuse(HeadFault::too_large);
    if (line_feed == line_start_ || buffer[line_feed - 1] != '\r') return refuse(HeadFault::bare_line_feed);
    const std::string_view line = buffer.substr(line_start_, line_feed - 1 - line_start_);
    const bool last = line.empty() && status_line_seen_;
    const HeadFault fault = last ? finish() : parse_line(line);
    if (fault != HeadFault::none) return refuse(fault);
    line_start_ = scanned_ = line_feed + 1;
    if (last) return State::complete;
  }
}

HeadFault ResponseHeadParser::parse_line(std::string_view line) {
  if (status_line_seen_) return parse_field(line);
  status_line_seen_ = true;
  return parse_status_line(line);
}

HeadFault ResponseHeadParser::parse_status_line(std::string_view line) {
  // "HTTP/1.1 200" at least; the space after the code may be missing when the reason is empty, as many send it.
  constexpr size_t minor = kVersionStart.size(), code = minor + 2, end = code + 3;
  if (line.size() <= minor || (line[minor] != '0' && line[minor] != '1')) return HeadFault::not_http;
  if (line.size() < end || line[minor + 1] != ' ') return HeadFault::bad_status_line;
  if (!is_digit(line[code]) || !is_digit(line[code + 1]) || !is_digit(line[code + 2]))
    return HeadFault::bad_status_line;
  if (line.size() > end && line[end] != ' ') return HeadFault::bad_status_line;
  minor_version_ = line[minor] - '0';
  head_.status_ = (line[code] - '0') * 100 + (line[code + 1] - '0') * 10 + (line[code + 2] - '0');
  if (head_.status_ < 100 || head_.status_ > 599) return HeadFault::bad_status_line;
  const std::string_view reason = line.substr(std::min(end + 1, line.size()));
  if (!is_field_value(reason)) return HeadFault::bad_status_line;
  head_.reason_.value = static_cast<uint32_t>(reason.data() - head_.base_);
  head_.reason_.value_size = static_cast<uint32_t>(reason.size());
  return HeadFault::none;
}

HeadFault ResponseHeadParser::parse_field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return HeadFault::folded_line;
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return HeadFault::bad_field_name;
  const std::string_view name = line.substr(0, colon);
  if (name.back() == ' ' || name.back() == '\t') return HeadFault::space_before_colon;
  if (!is_token(name)) return HeadFault::bad_field_name;
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_field_value(value)) return HeadFault::bad_field_value;
  if (field_count_ >= std::min(storage_.size(), limits_.fields)) return HeadFault::too_many_fields;

  FieldSlice& slice = storage_[field_count_++];
  slice.name = static_cast<uint32_t>(name.data() - head_.base_);
  slice.name_size = static_cast<uint32_t>(name.size());
  slice.value = static_cast<uint32_t>(value.data() - head_.base_);
  slice.value_size = static_cast<uint32_t>(value.size());
  slice.kind = field_kind(name);
  switch (slice.kind) {
    case FieldKind::content_length: return note_content_length(value);
    case FieldKind::transfer_encoding: return note_coding(value);
    case FieldKind::connection: return note_connection(value);
    default: return HeadFault::none;
  }
}

HeadFault ResponseHeadParser::note_content_length(std::string_view value) {
  if (value.empty() || value.front() == ',' || value.back() == ',') return HeadFault::bad_content_length;
  // The same number several times is one number (RFC 9110 section 8.6); "05" beside "5" is not for everybody.
  ListWalker walk(value);
  while (const auto element = walk.next()) {
    const auto length = parse_decimal(*element);
    if (!length) return HeadFault::bad_content_length;
    if (head_.length_ && (*head_.length_ != *length || length_digits_ != element->size()))
      return HeadFault::differing_lengths;
    head_.length_ = length;
    length_digits_ = element->size();
  }
  return HeadFault::none;
}

HeadFault ResponseHeadParser::note_coding(std::string_view value) {
  if (head_.chunked_ || !same_name(value, "chunked")) return HeadFault::unknown_coding;
  head_.chunked_ = true;
  return HeadFault::none;
}

HeadFault ResponseHeadParser::note_connection(std::string_view value) {
  ListWalker walk(value);
  while (const auto option = walk.next()) {
    if (++option_count_ > kMaxConnectionOptions) return HeadFault::too_many_connection_options;
    if (same_name(*option, "close"))
      close_ = true;
    else if (same_name(*option, "keep-alive"))
      keep_alive_ = true;
    else
      named_fields_ = true;
  }
  return HeadFault::none;
}

HeadFault ResponseHeadParser::finish() {
  head_.fields_ = storage_.first(field_count_);
  if (head_.status_ == 101 && !limits_.upgrade_was_asked) return HeadFault::unasked_upgrade;
  if (head_.chunked_ && head_.length_) return HeadFault::length_and_coding;
  if (head_.chunked_ && minor_version_ == 0) return HeadFault::coding_in_http_1_0;
  head_.persistent_ = !close_ && (minor_version_ == 1 || keep_alive_);
  if (!named_fields_) return HeadFault::none;
  for (size_t i = 0; i < field_count_; i++) {
    if (storage_[i].kind != FieldKind::connection) continue;
    ListWalker walk(head_[i].value);
    while (const auto option = walk.next())
      for (size_t j = 0; j < field_count_; j++)
        if (!is_hop_by_hop(storage_[j].kind) && same_name(head_[j].name, *option))
          storage_[j].kind = FieldKind::named_by_connection;
  }
  return HeadFault::none;
}

}  // namespace navajo::http
