// A response that is judged before a byte of it goes: handed on, or dropped so that another one can take its place. The
// servlet behind it does not notice; of a body that is dropped it may write 1 MB, so that its backend's connection
// stays usable, and is then told that nobody reads. Lives on the stack of the filter, around one call.
#pragma once

#include <optional>

#include "navajo/api/response.h"

namespace navajo::filters::error {

class HeldResponse : public api::ResponseWrapper {
 public:
  static constexpr uint64_t kMostDropped = 1 << 20;

  using ResponseWrapper::ResponseWrapper;

  void set_content_length(uint64_t bytes) override { length_ = bytes; }
  bool committed() const override { return dropped_ || ResponseWrapper::committed(); }
  api::WriteStatus commit() override {
    if (!judged_) judge();
    return dropped_ ? api::WriteStatus::ok : ResponseWrapper::commit();
  }
  using ResponseWrapper::write;
  api::WriteStatus write(std::span<const char> bytes) override {
    if (const api::WriteStatus status = commit(); status != api::WriteStatus::ok) return status;
    if (!dropped_) return inner().write(bytes);
    dropped_bytes_ += bytes.size();
    return dropped_bytes_ > kMostDropped ? api::WriteStatus::client_gone : api::WriteStatus::ok;
  }
  api::WriteStatus flush() override {
    if (const api::WriteStatus status = commit(); status != api::WriteStatus::ok) return status;
    return dropped_ ? api::WriteStatus::ok : inner().flush();
  }
  api::WriteStatus finish() override {
    if (const api::WriteStatus status = commit(); status != api::WriteStatus::ok) return status;
    return dropped_ ? api::WriteStatus::ok : inner().finish();
  }
  void abort() override {
    if (!dropped_) ResponseWrapper::abort();
  }

  bool dropped() const { return dropped_; }

 protected:
  // Once, when the head is complete and nothing of it has gone.
  virtual bool is_to_be_dropped() = 0;

 private:
  void judge() {
    judged_ = true;
    if (inner().committed()) return;
    dropped_ = is_to_be_dropped();
    if (dropped_) return;
    if (length_) inner().set_content_length(*length_);
  }

  std::optional<uint64_t> length_;
  bool judged_ = false, dropped_ = false;
  uint64_t dropped_bytes_ = 0;
};

}  // namespace navajo::filters::error
