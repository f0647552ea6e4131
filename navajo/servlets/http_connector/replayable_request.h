// A request whose body can be read once more from the start, by the next servlet that is asked: what has been read is
// kept in the request's memory, up to a limit. Lives on the stack of service().
#pragma once

#include <algorithm>
#include <cstring>

#include "navajo/api/request_wrapper.h"

namespace navajo::servlets::http_connector {

class ReplayableRequest final : public api::RequestWrapper, private api::BodyReader {
 public:
  static constexpr size_t kLimit = 64 * 1024;

  // Memory for the limit is taken with the first byte of a body.
  explicit ReplayableRequest(api::Request& inner, size_t limit = kLimit)
      : RequestWrapper(inner), inner_(inner.body()), limit_(limit) {}

  // False: more than the limit has been read, the start is gone.
  bool rewind() {
    at_ = 0;
    return !overflown_;
  }
  api::BodyReader& body() override { return *this; }

 private:
  std::optional<uint64_t> declared_length() const override { return inner_.declared_length(); }
  bool present() const override { return inner_.present(); }

  const http::Headers* trailers() const override { return inner_.trailers(); }

  api::BodyRead read(std::span<char> into) override {
    return at_ < kept_ ? repeat(into) : kept(into, inner_.read(into));
  }
  api::BodyRead read_unless(std::span<char> into, reactor::Descriptor& other) override {
    return at_ < kept_ ? repeat(into) : kept(into, inner_.read_unless(into, other));
  }

  api::BodyRead repeat(std::span<char> into) {
    const size_t bytes = std::min(into.size(), kept_ - at_);
    memcpy(into.data(), memory_ + at_, bytes);
    at_ += bytes;
    return {api::BodyStatus::data, bytes};
  }

  api::BodyRead kept(std::span<char> into, api::BodyRead read) {
    if (read.status == api::BodyStatus::data) keep(into.first(read.bytes));
    return read;
  }

  void keep(std::span<const char> bytes) {
    if (overflown_ || bytes.size() > limit_ - kept_) {
      overflown_ = true;
      return;
    }
    if (!memory_) memory_ = static_cast<char*>(inner().memory().allocate(limit_, 1));
    memcpy(memory_ + kept_, bytes.data(), bytes.size());
    at_ = kept_ += bytes.size();
  }

  api::BodyReader& inner_;
  const size_t limit_;
  char* memory_ = nullptr;
  size_t kept_ = 0, at_ = 0;
  bool overflown_ = false;
};

}  // namespace navajo::servlets::http_connector
