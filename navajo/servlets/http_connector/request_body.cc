#include "navajo/servlets/http_connector/request_body.h"

#include <algorithm>
#include <cstring>

#include "navajo/http/trailers.h"

namespace navajo::servlets::http_connector {
namespace {

using api::BodyStatus;
using connector::Buffer;
using connector::Cause;
using connector::Exchange;
using connector::Failure;
using Kind = RequestFraming::Kind;

// A piece in the buffer: "ffff\r\n", the bytes, "\r\n". The size has four digits, so its place is known beforehand.
constexpr size_t kPrefix = 6, kSuffix = 2;
constexpr size_t kMaxPiece = Buffer::kSize - kPrefix - kSuffix;
static_assert(kMaxPiece <= 0xffff);
constexpr std::string_view kLastChunk = "0\r\n\r\n", kLastSize = "0\r\n";
constexpr size_t kMaxTrailers = 8192;

Failure client_failure(BodyStatus status) {
  switch (status) {
    case BodyStatus::too_large: return {Cause::request_body_too_large, "over the limit"};
    case BodyStatus::timed_out: return {Cause::request_body_timed_out, "the client sends too slowly"};
    default: return {Cause::request_body_malformed, "badly framed or broken off"};
  }
}

iovec vector_of(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

}  // namespace

bool RequestBody::fits_in_memory() const { return framing_.kind == Kind::length && framing_.length <= kMaxPiece; }

Failure RequestBody::gather() {
  gathered_ = true;
  while (read_ < framing_.length)
    if (!read_piece()) return failure_;
  ended_ = true;
  return {};
}

Failure RequestBody::prepare() {
  if (piece_ == 0 && !ended_ && !read_piece()) return failure_;
  return {};
}

void RequestBody::let_go() {
  if (framing_.kind != Kind::none) lost_ = true;
  buffer_.give_back();
}

// False: the client failed.
bool RequestBody::read_piece() { return read_piece_unless(nullptr) == Next::piece; }

// Adds to the piece in the buffer.
RequestBody::Next RequestBody::read_piece_unless(reactor::Descriptor* backend) {
  buffer_.take();
  size_t room = kMaxPiece - piece_;
  if (framing_.kind == Kind::length) room = std::min<uint64_t>(room, framing_.length - read_);
  const std::span<char> into = buffer_.bytes().subspan(kPrefix + piece_, room);
  const api::BodyRead got = backend ? reader_.read_unless(into, *backend) : reader_.read(into);
  if (got.status == BodyStatus::interrupted) return Next::backend_speaks;
  if (got.status == BodyStatus::data) {
    piece_ += got.bytes;
    read_ += got.bytes;
    ended_ = framing_.kind == Kind::length && read_ == framing_.length;
    return Next::piece;
  }
  if (got.status == BodyStatus::end && framing_.kind == Kind::chunked) {
    ended_ = true;
    return Next::piece;
  }
  failure_ = client_failure(got.status);
  return Next::failed;
}

iovec RequestBody::framed_piece() {
  char* start = buffer_->bytes;
  if (framing_.kind == Kind::length) return {start + kPrefix, piece_};
  static const char digits[] = "0123456789abcdef";
  for (int i = 0; i < 4; i++) start[i] = digits[piece_ >> (12 - 4 * i) & 15];
  memcpy(start + 4, "\r\n", 2);
  memcpy(start + kPrefix + piece_, "\r\n", kSuffix);
  return {start, kPrefix + piece_ + kSuffix};
}

bool RequestBody::is_wanted_trailer(std::string_view name) const {
  if (!http::may_follow_body(name)) return false;
  for (const std::string& wanted : trailers_)
    if (wanted == "*" || http::same_name(wanted, name)) return true;
  return false;
}

// Made where the pieces were: the end of a chunked body comes alone.
std::string_view RequestBody::last_chunk() {
  const http::Headers* fields = trailers_.empty() || piece_ > 0 ? nullptr : reader_.trailers();
  if (!fields) return kLastChunk;
  const std::span<char> room = buffer_.bytes().first(kMaxTrailers);
  memcpy(room.data(), kLastSize.data(), kLastSize.size());
  http::HeadWriter writer(room.subspan(kLastSize.size()));
  fields->for_each([&](std::string_view name, std::string_view value) {
    if (is_wanted_trailer(name)) writer.field(name, value);
    return true;
  });
  writer.end_head();
  if (writer.state() != http::HeadWriter::State::fine) return kLastChunk;  // too many: none of them
  return {room.data(), kLastSize.size() + writer.written().size()};
}

Exchange::Sent RequestBody::send(Exchange& exchange, std::string_view head) {
  if (framing_.kind != Kind::none && !gathered_) return stream(exchange, head);
  const iovec parts[] = {vector_of(head), framing_.kind == Kind::none ? iovec{} : framed_piece()};
  const Exchange::Sent sent = exchange.send(parts);
  if (sent == Exchange::Sent::all) exchange.request_complete();
  return sent;
}

Exchange::Sent RequestBody::stream(Exchange& exchange, std::string_view head) {
  using Sent = Exchange::Sent;
  while (true) {
    if (piece_ == 0 && !ended_) {
      const Next next = read_piece_unless(&exchange.backend_descriptor());
      if (next != Next::piece) {
        // A client that waits may wait for the answer that is already there, or was on its way.
        const bool look = next == Next::backend_speaks || failure_.cause == Cause::request_body_timed_out;
        const Sent seen = look ? exchange.look() : Sent::failed;
        if (next == Next::backend_speaks && seen == Sent::all) continue;  // an interim response, or half a head
        return seen == Sent::answered ? Sent::answered : Sent::failed;
      }
    }
    iovec parts[3] = {vector_of(head), piece_ > 0 ? framed_piece() : iovec{}, {}};
    if (ended_ && framing_.kind == Kind::chunked) parts[2] = vector_of(last_chunk());
    const uint64_t before = exchange.sent();
    const Sent sent = exchange.send(parts);
    if (exchange.sent() > before && piece_ > 0) lost_ = true;
    if (sent != Sent::all) return sent;
    head = {};
    piece_ = 0;
    if (!ended_) continue;
    exchange.request_complete();
    return Sent::all;
  }
}

}  // namespace navajo::servlets::http_connector
