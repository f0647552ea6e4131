// One request and its response on one backend connection: HTTP/1.1 as the client speaks it. Sends what it is given,
// notices a response that comes before the request is complete, reads the head strictly and takes the framing off
// the body. Buffers are held only while there are bytes in them. Used by one fiber or thread, which waits here.
//
// The clock is read once per step, not for every limit: a small exchange on a warm connection needs it twice.
// Time limits: `timeout` for each write, for the first byte of the response, for the rest of its head, and between
// any two reads of the body; `overall` for everything.
// Source: RFC 9112 sections 6, 7, 9; RFC 9110 sections 10.1.1, 15.2.
#pragma once

#include <span>

#include "navajo/base/function_ref.h"
#include "navajo/connector/buffer_pool.h"
#include "navajo/connector/connection_pool.h"
#include "navajo/connector/failure.h"
#include "navajo/http/body_framing.h"
#include "navajo/http/chunked_decoder.h"

namespace navajo::connector {

struct ExchangeLimits {
  http::HeadLimits head;
  base::Duration timeout = std::chrono::seconds(60);
  reactor::Deadline overall = reactor::Deadline::never();
};

class Exchange {
 public:
  // method: of the request; HEAD has no response body. now: read from the clock a moment ago.
  Exchange(Connection& connection, const ExchangeLimits& limits, std::string_view method, base::TimePoint now);

  enum class Sent : uint8_t {
    all,
    answered,  // the final response is there before the request was complete: stop sending, head() is valid
    failed,
  };
  static constexpr size_t kMaxParts = 4;
  // At most kMaxParts. The first call does not look for a response; every further one does first.
  Sent send(std::span<const iovec> parts);
  // Looks whether the response came before the request was complete; does not wait. all: not yet, send on.
  Sent look();
  // Readable when the backend says something: whoever waits for the client's next piece waits for this as well.
  reactor::Descriptor& backend_descriptor() { return connection_.stream.descriptor(); }
  // The whole request is out. Without it the connection is not reusable().
  void request_complete() {
    request_complete_ = true;
    read_clock();
  }

  enum class Expectation : uint8_t { send_body, answered, failed };
  // Waits for "100 Continue" or the final response, at most `patience`.
  Expectation await_continue(base::Duration patience);

  // Who is told of every interim response but "100 Continue", as it comes; it may wait for the client. It outlives the
  // exchange. At most 16 come. None: they are dropped.
  using InterimListener = base::FunctionRef<void(const http::ResponseHead&)>;
  void on_interim(const InterimListener& listener) { interim_listener_ = &listener; }

  // Waits for the head of the final response.
  [[nodiscard]] Failure read_head();
  const http::ResponseHead& head() const { return parser_.head(); }

  struct Piece {
    enum class Kind : uint8_t { data, end, not_yet, failed };
    Kind kind = Kind::end;
    std::span<char> bytes;  // valid until the next call
    bool last = false;      // nothing comes after these bytes
  };
  // Bytes of the body. not_yet: none came within `patience`, or (once) head() stands in their way.
  Piece read_body(base::Duration patience) { return read_body(patience, Patience::brief); }
  // The same with the full time limit: never not_yet after forget_head().
  Piece read_body() { return read_body(limits_.timeout, Patience::full); }
  // Trailer fields of the response are kept; complete after the end of the body (see http/trailers.h).
  void keep_trailers() { decoder_.keep_trailers(&trailers_); }
  std::string_view trailers() const { return trailers_; }
  // head() is not needed any more: its place is used for the body.
  void forget_head();

  // After a 101, which ends what is HTTP on the connection: what came behind its head. Once.
  std::string take_rest();

  const Failure& failure() const { return failure_; }
  uint64_t sent() const { return sent_; }
  bool response_started() const { return received_; }
  // The last time something was finished: the request sent, the first byte received, a wait for more begun.
  base::TimePoint last_step_at() const { return now_; }
  base::TimePoint first_byte_at() const { return first_byte_at_; }
  // All of the body stood behind the head already.
  bool body_came_at_once() const { return !body_waited_for_; }
  // After the end of the body: both sides have said exactly one message and stay.
  bool reusable() const;
  // The backend said more than its message: of interest to whoever looks for a desync.
  bool unasked_bytes() const { return done_ && begin_ < end_; }

 private:
  using Deadline = reactor::Deadline;
  void read_clock() { now_ = base::system_clock().now(); }
  Deadline in(base::Duration time) const { return Deadline::at(now_ + time).earlier(limits_.overall); }
  Deadline limit() const { return in(limits_.timeout); }
  [[gnu::cold]] bool fail(Cause cause, const char* detail);
  [[gnu::cold]] bool fail_io(const reactor::IoResult& result);
  reactor::IoResult wait_and_receive(Deadline deadline);
  reactor::IoResult receive_available();
  void take_buffer();
  std::span<char> room();
  void note_received(size_t bytes);
  void parse_heads();
  void begin_body();
  bool look_for_answer();
  [[gnu::cold]] Sent broken_while_sending(const reactor::IoResult& result);
  enum class Patience : uint8_t { brief, full };
  Piece read_body(base::Duration time, Patience patience);
  Piece take_from_buffer();

  Connection& connection_;
  ExchangeLimits limits_;
  std::string_view method_;
  BufferLease buffer_;
  size_t begin_ = 0, end_ = 0;  // what is received and not yet used; head() may stand before it
  http::ResponseHeadParser parser_;
  http::BodyFraming framing_;
  http::ChunkedDecoder decoder_;
  uint64_t body_left_ = 0, sent_ = 0;
  size_t interim_heads_ = 0;
  const InterimListener* interim_listener_ = nullptr;
  std::string trailers_;
  Deadline head_limit_ = Deadline::never();
  base::TimePoint now_, first_byte_at_;
  bool request_complete_ = false, received_ = false, continue_seen_ = false, final_ = false, done_ = false;
  bool head_needed_ = true, backend_stays_ = false, body_waited_for_ = false;
  Failure failure_;
};

}  // namespace navajo::connector
