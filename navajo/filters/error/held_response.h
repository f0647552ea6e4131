// A response that is judged before a byte of it goes: handed on, or dropped so that another one can take its place. The
// servlet behind it does not notice; of a body that is dropped it may write 1 MB, so that its backend's connection
// stays usable, and is then told that nobody reads. Lives on the stack of the filter, around one call.
#pragma once

#include <optional>
#include <string>

#include "navajo/api/response.h"
#include "navajo/http/headers.h"

namespace navajo::filters::error {

class HeldResponse : public api::ResponseWrapper {
 public:
  static constexpr uint64_t kMostDropped = 1 << 20;

  HeldResponse(api::Response& inner, std::pmr::memory_resource& memory)
      : ResponseWrapper(inner), content_type_(&memory), fields_(*this) {}

  // With the type that is held: filters behind this one look at it as at any other field.
  http::Headers& headers() override { return fields_; }
  void set_content_length(uint64_t bytes) override { length_ = bytes; }
  void set_content_type(std::string_view type) override { content_type_ = type; }
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
  std::string_view content_type() const { return content_type_; }

 protected:
  // Once, when the head is complete and nothing of it has gone.
  virtual bool is_to_be_dropped() = 0;

 private:
  class Fields final : public http::Headers {
   public:
    explicit Fields(HeldResponse& held) : held_(held) {}
    std::optional<std::string_view> get(std::string_view name) const override {
      if (holds(name)) return std::string_view(held_.content_type_);
      return all().get(name);
    }
    void set(std::string_view name, std::string_view value) override {
      if (is_type(name) && !held_.judged_) return held_.set_content_type(value);
      all().set(name, value);
    }
    void add(std::string_view name, std::string_view value) override {
      if (is_type(name) && !held_.judged_) return held_.set_content_type(value);
      all().add(name, value);
    }
    void remove(std::string_view name) override {
      if (is_type(name)) held_.content_type_.clear();
      all().remove(name);
    }
    void for_each(Visitor visit) const override {
      if (holds("Content-Type") && !visit("Content-Type", held_.content_type_)) return;
      all().for_each(visit);
    }

   private:
    static bool is_type(std::string_view name) { return http::same_name(name, "Content-Type"); }
    bool holds(std::string_view name) const {
      return is_type(name) && !held_.judged_ && !held_.content_type_.empty();
    }
    http::Headers& all() const { return held_.ResponseWrapper::headers(); }
    HeldResponse& held_;
  };

  void judge() {
    judged_ = true;
    if (inner().committed()) return;
    dropped_ = is_to_be_dropped();
    if (dropped_) return;
    if (!content_type_.empty()) inner().set_content_type(content_type_);
    if (length_) inner().set_content_length(*length_);
  }

  std::pmr::string content_type_;
  Fields fields_;
  std::optional<uint64_t> length_;
  bool judged_ = false, dropped_ = false;
  uint64_t dropped_bytes_ = 0;
};

}  // namespace navajo::filters::error
