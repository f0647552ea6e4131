// How long a request body may be, whatever its sender declares: a length that is declared is judged before a byte is
// read or forwarded, and what comes without one is counted. Failure-modes.md rows 16, 30.
//
//   if (auto refusal = judge_declared(request.body(), limit, request.id())) return *refusal;   // 413 body_too_large
//   LimitedBody body(request.body(), limit, request.id());           // reads give too_large past the limit
//
// On the stack of whoever sets the limit, around its call of the rest; one fiber or thread. Bytes; kAnyLength: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "navajo/api/servlet.h"

namespace navajo::limits {

inline constexpr uint64_t kAnyLength = UINT64_MAX;

inline constexpr const char* kBodyTooLarge = "body_too_large";

// 413 where a body is declared longer than `limit`; logged (NVJ1944) and counted.
std::optional<api::Outcome> judge_declared(const api::BodyReader& body, uint64_t limit, std::string_view request_id);

class LimitedBody : public api::BodyReader {
 public:
  LimitedBody(api::BodyReader& inner, uint64_t limit, std::string_view request_id)
      : inner_(inner), limit_(limit), request_id_(request_id) {}

  std::optional<uint64_t> declared_length() const override { return inner_.declared_length(); }
  bool present() const override { return inner_.present(); }
  // too_large from the first byte past the limit on; that read's bytes are lost. Where more is declared than the limit,
  // nothing is read at all.
  api::BodyRead read(std::span<char> into) override;
  api::BodyRead read_unless(std::span<char> into, reactor::Descriptor& other) override;
  const http::Headers* trailers() const override { return inner_.trailers(); }
  bool rewind() override;

  uint64_t bytes_read() const { return read_; }
  bool exceeded() const { return exceeded_; }

 protected:
  // After each piece, with the number of bytes up to here; false: refused, as if the limit were passed.
  virtual bool admit(uint64_t bytes) {
    (void)bytes;
    return true;
  }

 private:
  bool may_read();
  api::BodyRead count(api::BodyRead got);

  api::BodyReader& inner_;
  uint64_t limit_, read_ = 0;
  std::string_view request_id_;
  bool exceeded_ = false, refused_ = false;
};

}  // namespace navajo::limits
