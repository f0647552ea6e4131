// A response that goes to nobody: of whoever asks a servlet something on its own behalf. Status and fields are kept;
// the body is counted and dropped, so that the connection it came on can be used again, and refused when there is too
// much of it or it takes too long. Lives on the stack around the call of service().
#pragma once

#include "navajo/api/response.h"
#include "navajo/base/clock.h"

namespace navajo::api {

class HeadOnlyResponse final : public Response {
 public:
  // What comes beyond `most_bytes`, or later than `body_time` after the head, is refused.
  HeadOnlyResponse(uint64_t most_bytes, base::Duration body_time, const base::Clock& clock = base::system_clock())
      : most_bytes_(most_bytes), body_time_(body_time), clock_(clock) {}

  int status() const override { return status_; }
  void set_status(int status, std::string_view = {}) override { status_ = status; }
  http::Headers& headers() override { return fields_; }
  void set_content_length(uint64_t) override {}
  void set_content_type(std::string_view) override {}
  bool committed() const override { return committed_; }
  WriteStatus commit() override {
    if (!committed_) last_ = clock_.now() + body_time_;
    committed_ = true;
    return WriteStatus::ok;
  }
  WriteStatus write(std::span<const char> bytes) override {
    (void)commit();
    bytes_ += bytes.size();
    if (bytes_ > most_bytes_ || clock_.now() > last_) refused_ = true;
    return refused_ ? WriteStatus::client_gone : WriteStatus::ok;
  }
  using Response::write;
  WriteStatus flush() override {
    (void)commit();
    return refused_ ? WriteStatus::client_gone : WriteStatus::ok;
  }
  WriteStatus finish() override { return commit(); }
  void abort() override { aborted_ = true; }
  // The body is torn, and not because it was refused here.
  bool torn() const { return aborted_ && !refused_; }
  uint64_t bytes_written() const override { return bytes_; }

 private:
  uint64_t most_bytes_;
  base::Duration body_time_;
  const base::Clock& clock_;
  int status_ = 200;
  http::HeaderList fields_;
  uint64_t bytes_ = 0;
  base::TimePoint last_;
  bool committed_ = false, aborted_ = false, refused_ = false;
};

}  // namespace navajo::api
