#include "navajo/connector/exchange.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "navajo/reactor/wake_status.h"

namespace navajo::connector {
namespace {

using reactor::Deadline;
using reactor::IoResult;
using reactor::IoStatus;
using reactor::Wake;
using HeadState = http::ResponseHeadParser::State;

// A backend that stops reading may have answered: a blocked write looks that often.
constexpr std::chrono::milliseconds kWriteSlice{100};
constexpr size_t kMaxInterimHeads = 16;

}  // namespace

Exchange::Exchange(Connection& connection, const ExchangeLimits& limits, std::string_view method, base::TimePoint now)
    : connection_(connection), limits_(limits), method_(method), parser_({}, limits.head), now_(now) {}

// ---------------------------------------------------------------- failures

bool Exchange::fail(Cause cause, const char* detail) {
  if (!failure_.failed()) failure_ = {cause, detail};
  return false;
}

bool Exchange::fail_io(const IoResult& result) {
  switch (result.status) {
    case IoStatus::timed_out:
      return fail(Cause::backend_timeout, final_      ? "no more of the response body"
                                          : received_ ? "the response head is not complete"
                                          : sent_ > 0 ? "no response"
                                                      : "does not take the request");
    case IoStatus::cancelled:
      return fail(Cause::client_gone, final_ ? "while the response was read" : "before there was a response");
    case IoStatus::stopping: return fail(Cause::stopping, "while the backend was waited for");
    case IoStatus::end:
      if (final_) return fail(Cause::truncated_response, "closed within the response body");
      return fail(Cause::backend_closed, received_ ? "closed within the response head" : "closed without a response");
    case IoStatus::truncated:
      if (final_) return fail(Cause::truncated_response, result.what());
      return fail(Cause::backend_closed, result.what());
    case IoStatus::tls_failed:
      if (!failure_.failed())
        failure_ = {final_ ? Cause::truncated_response : Cause::backend_reset, "TLS failed",
                    std::make_shared<const std::string>("TLS failed: " + connection_.stream.error_text())};
      return false;
    default:
      if (final_) return fail(Cause::truncated_response, result.what());
      return fail(Cause::backend_reset, result.what());
  }
}

// ---------------------------------------------------------------- sending

Exchange::Sent Exchange::send(std::span<const iovec> parts) {
  std::array<iovec, kMaxParts> copy{};
  std::copy(parts.begin(), parts.end(), copy.begin());
  const std::span<iovec> left = std::span<iovec>(copy).first(parts.size());
  if (sent_ > 0) {
    if (const Sent seen = look(); seen != Sent::all) return seen;
    read_clock();
  }
  const Deadline deadline = limit();
  while (true) {
    const IoResult result = connection_.stream.write(left, in(kWriteSlice).earlier(deadline));
    sent_ += result.bytes;
    if (result.ok()) return Sent::all;
    if (result.status != IoStatus::timed_out) return broken_while_sending(result);
    if (const Sent seen = look(); seen != Sent::all) return seen;
    read_clock();
    if (!deadline.passed(now_)) continue;
    fail_io(result);
    return Sent::failed;
  }
}

// The final response is there, or the exchange has failed.
bool Exchange::look_for_answer() {
  if (final_ || failure_.failed()) return true;
  if (connection_.stream.is_idle_and_open()) return false;
  if (const IoResult result = receive_available(); !result.ok()) fail_io(result);
  return final_ || failure_.failed();
}

Exchange::Sent Exchange::look() {
  if (!look_for_answer()) return Sent::all;
  return final_ ? Sent::answered : Sent::failed;
}

// A backend that answers early and closes resets the connection while we write: its answer may have come before.
Exchange::Sent Exchange::broken_while_sending(const IoResult& write_result) {
  const IoStatus status = write_result.status;
  if (status != IoStatus::reset && status != IoStatus::failed && status != IoStatus::tls_failed) {
    fail_io(write_result);
    return Sent::failed;
  }
  while (!final_ && !failure_.failed()) {
    const IoResult result = receive_available();
    if (result.ok() && result.bytes > 0) continue;
    const bool says_more = !result.ok() && result.status != IoStatus::reset && result.status != IoStatus::failed;
    fail_io(says_more ? result : write_result);
  }
  return final_ ? Sent::answered : Sent::failed;
}

Exchange::Expectation Exchange::await_continue(base::Duration patience) {
  read_clock();
  const Deadline deadline = in(std::min(patience, limits_.timeout));
  while (!continue_seen_ && !final_ && !failure_.failed()) {
    const IoResult result = wait_and_receive(deadline);
    if (result.status == IoStatus::timed_out) return Expectation::send_body;
    if (!result.ok()) fail_io(result);
  }
  if (final_) return Expectation::answered;
  return failure_.failed() ? Expectation::failed : Expectation::send_body;
}

// ---------------------------------------------------------------- receiving

void Exchange::take_buffer() {
  if (buffer_) return;
  buffer_.take();
  if (!final_) parser_ = http::ResponseHeadParser(buffer_->fields, limits_.head);
}

std::span<char> Exchange::room() {
  if (begin_ == end_ && !(final_ && head_needed_)) begin_ = end_ = 0;
  if (end_ == Buffer::kSize && begin_ > 0 && !final_) {
    memmove(buffer_->bytes, buffer_->bytes + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  return buffer_.bytes().subspan(end_);
}

IoResult Exchange::wait_and_receive(Deadline deadline) {
  // Nothing worth keeping: the buffer serves others while this one waits.
  const bool empty = begin_ == end_ && !(final_ && head_needed_);
  const reactor::Descriptor& descriptor = connection_.stream.descriptor();
  if (empty && !connection_.stream.holds_bytes() && (descriptor.reactor() == nullptr || !descriptor.readable())) {
    buffer_.give_back();
    const Wake wake = reactor::wait(connection_.stream.descriptor(), reactor::Interest::read, deadline);
    if (wake != Wake::ready) return {status_of(wake), 0, 0};
  }
  take_buffer();
  const IoResult result = connection_.stream.read(room(), deadline);
  if (result.ok()) note_received(result.bytes);
  return result;
}

IoResult Exchange::receive_available() {
  take_buffer();
  const IoResult result = connection_.stream.read_available(room());
  if (result.ok() && result.bytes > 0) note_received(result.bytes);
  return result;
}

void Exchange::note_received(size_t bytes) {
  end_ += bytes;
  if (!received_) {
    received_ = true;
    read_clock();
    first_byte_at_ = now_;
  }
  if (final_) return;
  parse_heads();
  if (!final_ && head_limit_.is_never()) head_limit_ = limit();
}

void Exchange::parse_heads() {
  while (begin_ < end_) {
    const HeadState state = parser_.parse({buffer_->bytes + begin_, end_ - begin_});
    if (state == HeadState::refused) {
      const http::HeadFault fault = parser_.fault();
      const bool large = fault == http::HeadFault::too_large || fault == http::HeadFault::too_many_fields;
      fail(large ? Cause::response_too_large_head : Cause::malformed_response, http::text(fault));
      return;
    }
    if (state == HeadState::incomplete) {
      if (end_ - begin_ == Buffer::kSize) fail(Cause::response_too_large_head, http::text(http::HeadFault::too_large));
      return;
    }
    begin_ += parser_.length();
    if (!parser_.head().interim()) {
      final_ = true;
      begin_body();
      return;
    }
    if (++interim_heads_ > kMaxInterimHeads) {
      fail(Cause::malformed_response, "too many interim responses");
      return;
    }
    if (parser_.head().status() == 100)
      continue_seen_ = true;
    else if (interim_listener_)
      (*interim_listener_)(parser_.head());
    head_limit_ = Deadline::never();  // counted anew from what comes after it
    parser_.reset();
  }
}

Failure Exchange::read_head() {
  while (!final_ && !failure_.failed()) {
    const IoResult result = wait_and_receive(head_limit_.earlier(limit()));
    if (!result.ok()) fail_io(result);
    if (!final_) read_clock();
  }
  return final_ ? Failure{} : failure_;
}

// ---------------------------------------------------------------- the body

void Exchange::begin_body() {
  using Kind = http::BodyFraming::Kind;
  const http::ResponseHead& head = parser_.head();
  framing_ = http::response_framing(method_, head);
  body_left_ = framing_.length;
  done_ = framing_.kind == Kind::none || (framing_.kind == Kind::length && body_left_ == 0);
  // A 204 that announces a body may be followed by one.
  const bool doubtful = head.status() == 204 && (head.chunked() || head.content_length().value_or(0) > 0);
  backend_stays_ = head.persistent() && framing_.kind != Kind::until_close && !doubtful;
}

std::string Exchange::take_rest() {
  std::string rest(buffer_->bytes + begin_, end_ - begin_);
  begin_ = end_ = 0;
  return rest;
}

bool Exchange::reusable() const {
  return done_ && request_complete_ && backend_stays_ && begin_ == end_ && !failure_.failed();
}

void Exchange::forget_head() { head_needed_ = false; }

Exchange::Piece Exchange::take_from_buffer() {
  const std::span<char> available = buffer_.bytes().subspan(begin_, end_ - begin_);
  switch (framing_.kind) {
    case http::BodyFraming::Kind::none: break;
    case http::BodyFraming::Kind::length: {
      const size_t bytes = static_cast<size_t>(std::min<uint64_t>(body_left_, available.size()));
      begin_ += bytes;
      body_left_ -= bytes;
      done_ = body_left_ == 0;
      return {Piece::Kind::data, available.first(bytes), done_};
    }
    case http::BodyFraming::Kind::chunked: {
      const auto decoded = decoder_.decode(available);
      begin_ += decoded.consumed;
      if (decoded.state == http::ChunkedDecoder::State::refused) {
        fail(Cause::malformed_response, decoder_.fault());
        return {Piece::Kind::failed, {}, false};
      }
      done_ = decoded.state == http::ChunkedDecoder::State::complete;
      if (!decoded.data.empty()) return {Piece::Kind::data, decoded.data, done_};
      return {done_ ? Piece::Kind::end : Piece::Kind::not_yet, {}, done_};
    }
    case http::BodyFraming::Kind::until_close: begin_ = end_; return {Piece::Kind::data, available, false};
  }
  return {Piece::Kind::end, {}, true};
}

Exchange::Piece Exchange::read_body(base::Duration time, Patience patience) {
  Deadline deadline = Deadline::never();
  while (!failure_.failed()) {
    if (done_) return {Piece::Kind::end, {}, true};
    if (begin_ < end_) {
      const Piece piece = take_from_buffer();
      if (piece.kind != Piece::Kind::not_yet) return piece;
      continue;
    }
    if (head_needed_ && end_ == Buffer::kSize) return {Piece::Kind::not_yet, {}, false};
    body_waited_for_ = true;
    if (deadline.is_never()) {
      read_clock();
      deadline = in(std::min(time, limits_.timeout));
    }
    const IoResult result = wait_and_receive(deadline);
    if (result.ok()) continue;
    if (result.status == IoStatus::timed_out && patience == Patience::brief) return {Piece::Kind::not_yet, {}, false};
    if (result.status == IoStatus::end && framing_.kind == http::BodyFraming::Kind::until_close)
      done_ = true;
    else
      fail_io(result);
  }
  return {Piece::Kind::failed, {}, false};
}

}  // namespace navajo::connector
