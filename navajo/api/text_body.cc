#include "navajo/api/text_body.h"

namespace navajo::api {

Outcome read_body(BodyReader& body, uint64_t most, std::pmr::string& into) {
  constexpr size_t kStep = 8192;
  if (body.declared_length().value_or(0) > most) return Outcome::refused(413, "body_over_buffer_size");
  while (true) {
    const size_t before = into.size();
    into.resize(before + kStep);
    const BodyRead got = body.read({into.data() + before, kStep});
    into.resize(before + (got.status == BodyStatus::data ? got.bytes : 0));
    switch (got.status) {
      case BodyStatus::data: break;
      case BodyStatus::end: return Outcome::answered();
      case BodyStatus::too_large: return Outcome::refused(413, "body_too_large");
      case BodyStatus::timed_out: return Outcome::refused(408, "body_timed_out");
      default: return Outcome::refused(400, "body_malformed");
    }
    if (into.size() > most) return Outcome::refused(413, "body_over_buffer_size");
  }
}

}  // namespace navajo::api
