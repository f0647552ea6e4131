// The request body on its way to a backend. A small one of known length is read as a whole before a backend is
// asked for: it leaves together with the head, no backend waits for a slow client, and it can be sent again to
// another one. Any other body is streamed piece by piece, and is gone once a piece of it has been sent.
#pragma once

#include "navajo/connector/exchange.h"
#include "navajo/servlets/http_connector/request_head.h"

namespace navajo::servlets::http_connector {

class RequestBody {
 public:
  // trailers: names of trailer fields that go with a chunked body; "*": any that may.
  RequestBody(api::BodyReader& reader, RequestFraming framing, std::span<const std::string> trailers)
      : reader_(reader), framing_(framing), trailers_(trailers) {}

  const RequestFraming& framing() const { return framing_; }
  // Whether gather() is worth it: a small body that the client sends unasked.
  bool fits_in_memory() const;
  [[nodiscard]] connector::Failure gather();
  bool gathered() const { return gathered_; }

  // Nothing of it is lost yet: it can go to another connection.
  bool replayable() const { return !lost_; }
  // No other attempt will follow: what was gathered may go.
  void let_go();

  // Head and body. Sent::failed: failure() says why the client failed, or the exchange's says why the backend did.
  connector::Exchange::Sent send(connector::Exchange& exchange, std::string_view head);
  // The body alone, its head has been sent.
  connector::Exchange::Sent send_rest(connector::Exchange& exchange) { return stream(exchange, {}); }
  // Reads the first piece of a streamed body, so that it leaves together with the head.
  [[nodiscard]] connector::Failure prepare();
  const connector::Failure& failure() const { return failure_; }

 private:
  connector::Exchange::Sent stream(connector::Exchange& exchange, std::string_view head);
  bool read_piece();
  enum class Next : uint8_t { piece, backend_speaks, failed };
  Next read_piece_unless(reactor::Descriptor* backend);
  iovec framed_piece();
  std::string_view last_chunk();
  bool is_wanted_trailer(std::string_view name) const;

  api::BodyReader& reader_;
  RequestFraming framing_;
  std::span<const std::string> trailers_;
  connector::BufferLease buffer_;
  size_t piece_ = 0;   // bytes of body in the buffer, not yet sent
  uint64_t read_ = 0;  // bytes of body read from the client
  bool gathered_ = false, ended_ = false, lost_ = false;
  connector::Failure failure_;
};

}  // namespace navajo::servlets::http_connector
