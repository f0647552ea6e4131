#include "navajo/container/preparation.h"

#include "navajo/http/form.h"
#include "navajo/http/syntax.h"

namespace navajo::container {
namespace {

using api::Outcome;

bool is_form(const http::Headers& headers) {
  const auto type = headers.get("Content-Type");
  return type && http::is_form_type(*type);
}

bool is_encoded(const http::Headers& headers) {
  const auto encoding = headers.get("Content-Encoding");
  return encoding && !http::same_name(http::trim(*encoding), "identity");
}

// A body that is kept is as good as new for whoever reads it next.
void begin_anew(api::Request& request) { (void)request.body().rewind(); }

class RewindingChain final : public api::FilterChain {
 public:
  explicit RewindingChain(api::FilterChain& rest) : rest_(rest) {}
  Outcome proceed(api::Request& request, api::Response& response) override {
    begin_anew(request);
    return rest_.proceed(request, response);
  }
  Outcome proceed_to(api::Servlet& servlet, api::Request& request, api::Response& response) override {
    begin_anew(request);
    return rest_.proceed_to(servlet, request, response);
  }
  void complete(api::Response& innermost) override { rest_.complete(innermost); }

 private:
  api::FilterChain& rest_;
};

}  // namespace

std::optional<Outcome> PreparedRequest::prepare(Needs needs, const BodyLimits& limits) {
  if (needs & kPrunesAcceptEncoding) headers().remove("Accept-Encoding");
  if (needs & kNeedsBufferedBody)
    if (const auto refusal = buffer_body(limits)) return refusal;
  if ((needs & kNeedsParameters) && !parameters()) return read_parameters(limits);
  return std::nullopt;
}

std::optional<Outcome> PreparedRequest::buffer_body(const BodyLimits& limits) {
  if (body_ || !inner().body().present() || attribute(kBodyAttribute)) return std::nullopt;
  body_.emplace();
  if (const auto refusal = body_->fill(inner().body(), limits, id())) return refusal;
  headers().remove("Expect");  // the client has been told to continue, nobody has to ask a backend first
  return std::nullopt;
}

std::optional<Outcome> PreparedRequest::read_parameters(const BodyLimits& limits) {
  const Outcome too_many = Outcome::refused(400, "too_many_parameters");
  http::Parameters parameters(memory());
  if (!parameters.add(query())) return too_many;
  if (inner().body().present() && is_form(headers())) {
    if (is_encoded(headers())) return Outcome::refused(415, "form_is_encoded");
    if (const auto refusal = buffer_body(limits)) return refusal;
    const std::string_view form = attribute(kBodyAttribute).value_or("");
    if (body_ && form.size() != body_->declared_length()) return Outcome::refused(500, "body_file_failed");
    if (!parameters.add(form)) return too_many;
  }
  parameters_ = std::move(parameters);
  return std::nullopt;
}

Outcome PreparingFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  const Needs needs = flags_.needs(request);
  if (needs == kNeedsNothing) return filter_->filter(request, response, rest);
  PreparedRequest prepared(request);
  if (const auto refusal = prepared.prepare(needs, limits_)) return *refusal;
  begin_anew(prepared);
  RewindingChain rewinding(rest);
  return filter_->filter(prepared, response, rewinding);
}

Outcome PreparingServlet::service(api::Request& request, api::Response& response) {
  const Needs needs = flags_.needs(request);
  if (needs == kNeedsNothing) return servlet_.service(request, response);
  PreparedRequest prepared(request);
  if (const auto refusal = prepared.prepare(needs, limits_)) return *refusal;
  begin_anew(prepared);
  return servlet_.service(prepared, response);
}

}  // namespace navajo::container
