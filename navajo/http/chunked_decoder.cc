#include "navajo/http/chunked_decoder.h"

#include <algorithm>
#include <cstring>

#include "navajo/http/syntax.h"

namespace navajo::http {
namespace {

constexpr int kMaxDigits = 16;

bool is_value_byte(char c) { return is_field_value(std::string_view(&c, 1)); }

}  // namespace

void ChunkedDecoder::refuse(const char* fault) {
  at_ = At::refused;
  fault_ = fault;
}

void ChunkedDecoder::expect(char c, char wanted, At next, const char* fault) {
  if (c == wanted)
    at_ = next;
  else
    refuse(fault);
}

ChunkedDecoder::Decoded ChunkedDecoder::decode(std::span<char> input) {
  char* first = nullptr;  // the data found so far is [first, out)
  char* out = nullptr;
  size_t i = 0;
  while (i < input.size() && at_ != At::done && at_ != At::refused) {
    if (at_ != At::data) {
      step(input[i]);
      if (at_ != At::refused) i++;
      continue;
    }
    const size_t bytes = static_cast<size_t>(std::min<uint64_t>(left_, input.size() - i));
    char* from = input.data() + i;
    if (!first) first = out = from;
    if (out != from) memmove(out, from, bytes);
    out += bytes;
    i += bytes;
    left_ -= bytes;
    if (left_ == 0) at_ = At::data_return;
  }
  Decoded decoded;
  decoded.state = at_ == At::done ? State::complete : at_ == At::refused ? State::refused : State::incomplete;
  if (first) decoded.data = std::span<char>(first, out);
  decoded.consumed = i;
  return decoded;
}

void ChunkedDecoder::step(char c) {
  switch (at_) {
    case At::size_start:
    case At::size:
    case At::space_before_extension:
    case At::extension: return step_size(c);
    case At::size_line_feed:
      digits_ = 0;
      return expect(c, '\n', left_ > 0 ? At::data : At::trailer_start, "chunk size without CR LF");
    case At::data_return: return expect(c, '\r', At::data_line_feed, "chunk data longer than its size");
    case At::data_line_feed: return expect(c, '\n', At::size_start, "chunk data without CR LF");
    case At::trailer_start:
    case At::trailer_name:
    case At::trailer_value: return step_trailer(c);
    case At::trailer_line_feed: return expect(c, '\n', At::trailer_start, "trailer field without CR LF");
    case At::end_line_feed: return expect(c, '\n', At::done, "last chunk without CR LF");
    case At::data:
    case At::done:
    case At::refused: return;
  }
}

void ChunkedDecoder::step_size(char c) {
  if (at_ == At::size_start || at_ == At::size) {
    const int digit = hex_value(c);
    if (digit >= 0) {
      if (++digits_ > kMaxDigits || left_ > (INT64_MAX >> 4)) return refuse("chunk size too large");
      left_ = left_ << 4 | static_cast<uint64_t>(digit);
      at_ = At::size;
      return;
    }
    if (at_ == At::size_start) return refuse("no chunk size");
  }
  if (c == '\r') {
    // Spaces may stand before an extension only.
    if (at_ == At::space_before_extension) return refuse("space after a chunk size");
    at_ = At::size_line_feed;
    return;
  }
  if (++extension_bytes_ > limits_.extension_bytes) return refuse("chunk extensions too long");
  if (at_ == At::extension) {
    if (!is_value_byte(c)) refuse("control byte in a chunk extension");
    return;
  }
  if (c == ';')
    at_ = At::extension;
  else if (c == ' ' || c == '\t')
    at_ = At::space_before_extension;
  else
    refuse("junk after a chunk size");
}

void ChunkedDecoder::step_trailer(char c) {
  if (c != '\r' && ++trailer_bytes_ > limits_.trailer_bytes) return refuse("trailer fields too long");
  if (trailer_lines_ && (c != '\r' || at_ != At::trailer_start)) {
    trailer_lines_->push_back(c);
    if (c == '\r') trailer_lines_->push_back('\n');
  }
  const bool name_byte = is_token(std::string_view(&c, 1));
  switch (at_) {
    case At::trailer_start:
      if (c == '\r') {
        at_ = At::end_line_feed;
        return;
      }
      if (!name_byte) return refuse("bad trailer field name");
      if (++trailer_fields_ > limits_.trailer_fields) return refuse("too many trailer fields");
      at_ = At::trailer_name;
      return;
    case At::trailer_name:
      if (c == ':')
        at_ = At::trailer_value;
      else if (!name_byte)
        refuse("bad trailer field name");
      return;
    default:
      if (c == '\r')
        at_ = At::trailer_line_feed;
      else if (!is_value_byte(c))
        refuse("control byte in a trailer field");
      return;
  }
}

}  // namespace navajo::http
