#include "navajo/limits/limited_body.h"

#include <cinttypes>

#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::limits {
namespace {

using api::BodyStatus;
using api::Outcome;
using api::WriteStatus;

void tell(std::string_view request_id, const char* what, uint64_t bytes, uint64_t limit) {
  observe::count(observe::Counter::bodies_refused);
  observe::log(observe::id::body_refused, "request %.*s: %s %" PRIu64 " bytes, %" PRIu64 " are allowed",
               static_cast<int>(request_id.size()), request_id.data(), what, bytes, limit);
}

}  // namespace

std::optional<Outcome> judge_declared(const api::BodyReader& body, uint64_t limit, std::string_view request_id) {
  if (limit == kAnyLength || !body.present()) return std::nullopt;
  const std::optional<uint64_t> declared = body.declared_length();
  if (!declared || *declared <= limit) return std::nullopt;
  tell(request_id, "its body is declared with", *declared, limit);
  return Outcome::refused(413, kBodyTooLarge);
}

// ---------------------------------------------------------------- request

bool LimitedBody::may_read() {
  if (exceeded_ || refused_) return false;
  const std::optional<uint64_t> declared = read_ == 0 ? inner_.declared_length() : std::nullopt;
  if (!declared || *declared <= limit_) return true;
  exceeded_ = true;
  tell(request_id_, "its body is declared with", *declared, limit_);
  return false;
}

api::BodyRead LimitedBody::count(api::BodyRead got) {
  if (got.status != BodyStatus::data) return got;
  read_ += got.bytes;
  if (read_ > limit_) {
    exceeded_ = true;
    tell(request_id_, "its body has at least", read_, limit_);
  } else {
    refused_ = !admit(read_);
  }
  if (exceeded_ || refused_) return {BodyStatus::too_large, 0};
  return got;
}

api::BodyRead LimitedBody::read(std::span<char> into) {
  if (!may_read()) return {BodyStatus::too_large, 0};
  return count(inner_.read(into));
}

api::BodyRead LimitedBody::read_unless(std::span<char> into, reactor::Descriptor& other) {
  if (!may_read()) return {BodyStatus::too_large, 0};
  return count(inner_.read_unless(into, other));
}

bool LimitedBody::rewind() {
  if (!inner_.rewind()) return false;
  if (!exceeded_) read_ = 0;  // what was too long once stays so
  return true;
}

// ---------------------------------------------------------------- response

}  // namespace navajo::limits
