// api::Response on a request_rec: what is written goes through httpd's output filters. Lives on the handler's stack.
#pragma once

#include "modules/mod_navajo/apr_headers.h"
#include "modules/mod_navajo/request.h"
#include "navajo/api/response.h"

namespace navajo::glue {

class HttpdResponse final : public api::Response {
 public:
  HttpdResponse(request_rec* r, const HttpdRequest& request)
      : r_(r),
        request_body_(request.httpd_body()),
        headers_(r->headers_out, r, true),
        trailers_(r->trailers_out, r, false),
        accepts_trailers_(request.accepts_trailers()),
        error_status_(r->prev && ap_is_HTTP_ERROR(r->status) ? r->status : 0) {}

  int status() const override { return r_->status; }
  void set_status(int status, std::string_view reason = {}) override;
  http::Headers& headers() override { return headers_; }
  void set_content_length(uint64_t bytes) override;
  void set_content_type(std::string_view type) override { headers_.set("Content-Type", type); }
  void send_interim(int status, const http::Headers& fields) override;
  http::Headers* trailers() override { return accepts_trailers_ ? &trailers_ : nullptr; }
  bool committed() const override { return committed_; }
  api::WriteStatus commit() override;
  api::WriteStatus write(std::span<const char> bytes) override;
  using api::Response::write;
  api::WriteStatus flush() override;
  api::WriteStatus finish() override;
  void abort() override;
  uint64_t bytes_written() const override { return bytes_; }
  bool can_upgrade() const override;
  api::WriteStatus upgrade(std::unique_ptr<api::Upgraded> next) override;

 private:
  void append(apr_bucket* bucket);
  api::WriteStatus pass(apr_bucket* bucket);
  request_rec* r_;
  const HttpdBody& request_body_;
  AprHeaders headers_, trailers_;
  bool accepts_trailers_;
  int error_status_;  // of the request this one is the ErrorDocument of
  apr_bucket_brigade* brigade_ = nullptr;
  uint64_t bytes_ = 0;
  std::optional<uint64_t> length_;  // as declared
  bool committed_ = false, finished_ = false, aborted_ = false, upgraded_ = false;
  bool ended_ = false;  // the declared length has been passed on, and the end behind it
};

}  // namespace navajo::glue
