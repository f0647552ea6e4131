#include "navajo/container/entrance.h"

#include "navajo/api/request_wrapper.h"
#include "navajo/observe/status_segment.h"

namespace navajo::container {
namespace {

using api::Outcome;
using limits::LargeBody;
using limits::MemoryLevel;
using limits::MemoryObserver;

constexpr std::string_view kRetryAfter = "5";  // seconds

LargeBody wait_for_place(MemoryObserver& memory) {
  return memory.enter_large_body(reactor::Deadline::after(memory.options().large_body_wait));
}

Outcome refuse(api::Response& response, const char* cause) {
  observe::count(observe::Counter::memory_refused);
  response.headers().set("Retry-After", kRetryAfter);
  return Outcome::refused(503, cause);
}

// Takes its place when it turns out to be large.
class CountedBody final : public limits::LimitedBody {
 public:
  CountedBody(api::BodyReader& inner, uint64_t limit, std::string_view request_id, MemoryObserver* memory)
      : LimitedBody(inner, limit, request_id), memory_(memory) {}
  bool without_place() const { return without_place_; }

 protected:
  bool admit(uint64_t bytes) override {
    if (!memory_ || place_ || bytes < memory_->options().large_body) return true;
    place_ = wait_for_place(*memory_);
    without_place_ = !place_;
    return !without_place_;
  }

 private:
  MemoryObserver* memory_;
  LargeBody place_;
  bool without_place_ = false;
};

class CountedRequest final : public api::RequestWrapper {
 public:
  CountedRequest(api::Request& inner, uint64_t limit, MemoryObserver* memory)
      : RequestWrapper(inner), body_(inner.body(), limit, inner.id(), memory) {}
  api::BodyReader& body() override { return body_; }
  bool without_place() const { return body_.without_place(); }

 private:
  CountedBody body_;
};

}  // namespace

std::optional<Outcome> Entrance::admit(api::Response& response) const {
  if (!memory_ || memory_->level() != MemoryLevel::critical) return std::nullopt;
  return refuse(response, "memory_critical");
}

Outcome Entrance::no_place(api::Response& response) const {
  return refuse(response, memory_->level() == MemoryLevel::normal ? "large_bodies_full" : "memory_high");
}

Outcome Entrance::let_in(api::Request& request, api::Response& response, uint64_t limit, Serve serve) const {
  const api::BodyReader& body = request.body();
  if (!body.present()) return serve(request);
  if (const std::optional<Outcome> refusal = limits::judge_declared(body, limit, request.id())) return *refusal;
  if (const std::optional<uint64_t> declared = body.declared_length()) {
    if (!memory_ || *declared < memory_->options().large_body) return serve(request);
    const LargeBody place = wait_for_place(*memory_);
    return place ? serve(request) : no_place(response);
  }
  CountedRequest counted(request, limit, memory_);
  const Outcome outcome = serve(counted);
  return counted.without_place() && !outcome.is_answered() ? no_place(response) : outcome;
}

}  // namespace navajo::container
