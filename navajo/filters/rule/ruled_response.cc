#include "navajo/filters/rule/ruled_response.h"

#include <algorithm>

#include "navajo/config/error_text.h"
#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::filters::rule {

using api::WriteStatus;

namespace {

// What describes a body that is not sent.
constexpr std::string_view kBodyFields[] = {"Content-Length", "Content-Type",  "Content-Encoding", "Content-Range",
                                            "ETag",           "Last-Modified", "Accept-Ranges",    "Trailer",
                                            "Content-Disposition", "Content-Language", "Digest", "Repr-Digest",
                                            "Content-Digest", "Cache-Control", "Expires"};

}  // namespace

RuledResponse::RuledResponse(api::Response& inner, RuledExchange& exchange)
    : ResponseWrapper(inner),
      exchange_(exchange),
      first_(&exchange.request().memory()),
      inspected_(exchange.response_wants_body() ? exchange.inspected() : 0),
      kept_(exchange.generation().program().logged_response_body()) {}

WriteStatus RuledResponse::commit() {
  asked_ = true;
  return inspected_ > 0 && !judged_ ? WriteStatus::ok : release();
}

WriteStatus RuledResponse::release() {
  if (judged_) return inner().commit();
  judged_ = true;
  if (inner_committed()) return inner().commit();
  if (inspected_ > 0) exchange_.facts().set_response_body(first_);
  if (const std::optional<Answer> answer = exchange_.judge_response(inner(), 0)) return replace(*answer);
  if (const auto limit = exchange_.response_limit(); limit && has_body()) {
    const auto declared = inner().headers().get("Content-Length");
    if (declared && http::parse_decimal(*declared).value_or(UINT64_MAX) > *limit) {
      observe::count(observe::Counter::bodies_refused);
      return replace({502, {}, {}, "response_too_large"});
    }
  }
  exchange_.write_fields(inner().headers());
  const WriteStatus status = inner().commit();
  const size_t held = std::exchange(held_, 0);
  if (status != WriteStatus::ok || held == 0) return status;
  return inner().write(std::string_view(first_).substr(0, held));
}

// To HEAD, and with 204 and 304, none follows, whatever is declared.
bool RuledResponse::has_body() {
  return exchange_.request().method() != "HEAD" && inner().status() != 204 && inner().status() != 304;
}

// The answer there was is dropped, with all that describes it.
WriteStatus RuledResponse::replace(const Answer& answer) {
  replaced_ = true;
  held_ = 0;
  for (const std::string_view name : kBodyFields) inner().headers().remove(name);
  const config::StatusText text = config::status_text(answer.status);
  inner().set_status(answer.status, text.reason);
  inner().headers().set("Cache-Control", "no-store");
  std::string_view body = answer.body;
  inner().set_content_type(answer.content_type.empty() ? "text/plain" : answer.content_type);
  if (body.empty()) body = text.explanation;
  inner().set_content_length(body.size());
  exchange_.write_fields(inner().headers());
  exchange_.request().set_environment("NAVAJO_CAUSE", answer.cause);
  if (inner().commit() != WriteStatus::ok) return WriteStatus::client_gone;
  return exchange_.request().method() == "HEAD" ? WriteStatus::ok : inner().write(body);
}

bool RuledResponse::over_limit(size_t more) {
  passed_ += more;
  const auto limit = exchange_.response_limit();
  if (!limit || passed_ <= *limit) return false;
  if (!cut_) {
    observe::count(observe::Counter::bodies_refused);
    observe::log(observe::id::body_refused, "request %.*s: the response is longer than the %llu bytes a rule allows, "
                 "it is cut off", static_cast<int>(exchange_.request().id().size()), exchange_.request().id().data(),
                 static_cast<unsigned long long>(*limit));
    inner().abort();
  }
  cut_ = true;
  return true;
}

WriteStatus RuledResponse::write(std::span<const char> bytes) {
  if (commit() != WriteStatus::ok) return WriteStatus::client_gone;
  if (cut_) return WriteStatus::client_gone;
  if (replaced_) return WriteStatus::ok;  // dropped: the backend's connection can be used again
  const size_t wanted = std::max(inspected_, kept_);
  if (first_.size() < wanted) first_.append(bytes.data(), std::min(bytes.size(), wanted - first_.size()));
  if (judged_) return over_limit(bytes.size()) ? WriteStatus::client_gone : inner().write(bytes);
  // Held back: all of these bytes fit, or the sets are judged on those that do.
  const size_t taken = std::min(bytes.size(), first_.size() - held_);
  held_ += taken;
  passed_ += taken;
  if (first_.size() < inspected_) return WriteStatus::ok;
  if (release() != WriteStatus::ok) return WriteStatus::client_gone;
  if (replaced_ || taken == bytes.size()) return WriteStatus::ok;
  return over_limit(bytes.size() - taken) ? WriteStatus::client_gone : inner().write(bytes.subspan(taken));
}

WriteStatus RuledResponse::flush() {
  asked_ = true;
  if (release() != WriteStatus::ok) return WriteStatus::client_gone;
  return inner().flush();
}

WriteStatus RuledResponse::finish() {
  asked_ = true;
  if (release() != WriteStatus::ok) return WriteStatus::client_gone;
  return inner().finish();
}

void RuledResponse::abort() {
  // Not even the first byte can be trusted to be the backend's answer: the head was never sent.
  if (!judged_) (void)release();
  inner().abort();
}

api::Outcome give(const Answer& answer, api::Request& request, api::Response& response) {
  const std::string_view body = answer.body;
  const bool redirects = answer.status >= 300 && answer.status < 400;
  if (body.empty() && !redirects) return api::Outcome::refused(answer.status, answer.cause);
  for (const std::string_view name : kBodyFields) response.headers().remove(name);
  response.set_status(answer.status, config::status_text(answer.status).reason);
  response.headers().set("Cache-Control", "no-store");
  if (!body.empty()) {
    response.set_content_type(answer.content_type);
    response.headers().set("X-Content-Type-Options", "nosniff");
  }
  response.set_content_length(body.size());
  request.set_environment("NAVAJO_CAUSE", answer.cause);
  if (response.commit() == api::WriteStatus::ok && request.method() != "HEAD" && !body.empty())
    (void)response.write(body);
  return api::Outcome::answered();
}

}  // namespace navajo::filters::rule
