// Stands before a filter or servlet that asks for something (container/request_flags.h) and prepares each request for
// it; elements that ask for nothing stand alone and pay nothing. A request that cannot be prepared is refused: body
// over BufferSize 413 body_over_buffer_size, more than http::Parameters::kMost parameters 400 too_many_parameters, a
// form body in a Content-Encoding, whose parameters nobody can see, 415 form_is_encoded.
// Called by all threads and fibers; what is prepared lives on the caller's stack around the call.
#pragma once

#include <memory>
#include <optional>

#include "navajo/api/request_wrapper.h"
#include "navajo/api/servlet.h"
#include "navajo/container/buffered_body.h"
#include "navajo/container/request_flags.h"

namespace navajo::container {

class PreparedRequest final : public api::RequestWrapper {
 public:
  explicit PreparedRequest(api::Request& inner) : RequestWrapper(inner) {}
  // Prepares what no element before has prepared. Once. None: done; else why the request is refused.
  std::optional<api::Outcome> prepare(Needs needs, const BodyLimits& limits);

  api::BodyReader& body() override { return body_ ? *body_ : inner().body(); }
  const http::Parameters* parameters() override { return parameters_ ? &*parameters_ : inner().parameters(); }
  std::optional<std::string_view> attribute(std::string_view name) const override {
    if (body_ && name == kBodyAttribute) return body_->text();
    return RequestWrapper::attribute(name);
  }

 private:
  std::optional<api::Outcome> buffer_body(const BodyLimits& limits);
  std::optional<api::Outcome> read_parameters(const BodyLimits& limits);

  std::optional<BufferedBody> body_;
  std::optional<http::Parameters> parameters_;
};

class PreparingFilter final : public api::Filter {
 public:
  PreparingFilter(std::unique_ptr<api::Filter> filter, RequestFlags flags, BodyLimits limits)
      : filter_(std::move(filter)), flags_(std::move(flags)), limits_(limits) {}
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void link(const api::Components& components) override { filter_->link(components); }
  void start_child() override { filter_->start_child(); }
  void report(api::StatusWriter& writer) const override { filter_->report(writer); }

 private:
  std::unique_ptr<api::Filter> filter_;
  RequestFlags flags_;
  BodyLimits limits_;
};

// Does not own the servlet: others know it by its own type.
class PreparingServlet final : public api::Servlet {
 public:
  PreparingServlet(api::Servlet& servlet, RequestFlags flags, BodyLimits limits)
      : servlet_(servlet), flags_(std::move(flags)), limits_(limits) {}
  api::Outcome service(api::Request& request, api::Response& response) override;

 private:
  api::Servlet& servlet_;
  RequestFlags flags_;
  BodyLimits limits_;
};

}  // namespace navajo::container
