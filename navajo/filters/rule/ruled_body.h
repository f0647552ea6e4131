// A request's body on its way through rules: its first bytes may be looked at before anything is forwarded and come
// again for whoever reads it; a copy of them is kept for logs; all are counted, up to a limit a rule has set.
// One fiber or thread; lives on the filter's stack.
#pragma once

#include <memory_resource>
#include <string>
#include <string_view>

#include "navajo/api/request_wrapper.h"

namespace navajo::filters::rule {

class RuledBody final : public api::BodyReader {
 public:
  RuledBody(api::BodyReader& inner, std::pmr::memory_resource& memory) : inner_(inner), seen_(&memory) {}

  // Reads until so many bytes are there, or the end. What is wrong comes again when the body is read.
  std::string_view look(size_t most);
  // Of what is read from here on, so many first bytes are kept.
  void keep(size_t most) { keep_ = most; }
  // The first bytes of the body, as far as they were looked at or kept.
  std::string_view kept() const { return seen_; }
  void limit(uint64_t bytes) { limit_ = std::min(limit_, bytes); }
  bool over_limit() const { return over_limit_; }
  uint64_t bytes() const { return passed_; }

  std::optional<uint64_t> declared_length() const override { return inner_.declared_length(); }
  bool present() const override { return inner_.present(); }
  api::BodyRead read(std::span<char> into) override;
  api::BodyRead read_unless(std::span<char> into, reactor::Descriptor& other) override;
  const http::Headers* trailers() const override { return inner_.trailers(); }
  bool rewind() override;

 private:
  api::BodyRead replay(std::span<char> into);
  api::BodyRead pass(api::BodyRead got, std::span<char> from);

  api::BodyReader& inner_;
  std::pmr::string seen_;
  size_t looked_ = 0;   // of seen_, read ahead of whoever reads
  size_t position_ = 0;  // of whoever reads, in the whole body while it is below looked_
  size_t keep_ = 0;
  uint64_t limit_ = UINT64_MAX, passed_ = 0;
  bool over_limit_ = false;
  std::optional<api::BodyStatus> last_;  // what looking ended with
};

class RuledRequest final : public api::RequestWrapper {
 public:
  explicit RuledRequest(api::Request& inner) : RequestWrapper(inner), body_(inner.body(), inner.memory()) {}
  api::BodyReader& body() override { return body_; }
  RuledBody& ruled_body() { return body_; }

 private:
  RuledBody body_;
};

}  // namespace navajo::filters::rule
