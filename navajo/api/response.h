// One HTTP response, streamed. Status and fields may be changed until commit(), which the first write()
// implies. write() waits while the client is slow: back-pressure reaches whoever produces the body.
// A filter that wants to see or change the response wraps it (ResponseWrapper) and hands the wrapper on.
// The container calls commit() and finish() on the innermost wrapper when the servlet has answered.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "navajo/http/headers.h"

namespace navajo::api {

enum class WriteStatus : uint8_t { ok, client_gone };

class Response {
 public:
  virtual ~Response() = default;
  virtual int status() const = 0;
  virtual void set_status(int status, std::string_view reason = {}) = 0;
  virtual http::Headers& headers() = 0;
  // Without it the body is chunked, or delimited by close for HTTP/1.0.
  virtual void set_content_length(uint64_t bytes) = 0;
  virtual void set_content_type(std::string_view type) = 0;

  virtual bool committed() const = 0;
  virtual WriteStatus commit() = 0;
  // The bytes are used only during the call.
  virtual WriteStatus write(std::span<const char> bytes) = 0;
  // What was written reaches the client now, not when a segment is full.
  virtual WriteStatus flush() = 0;
  virtual WriteStatus finish() = 0;
  // The body cannot be completed: the client must notice (connection cut, never a complete-looking reply).
  virtual void abort() = 0;
  virtual uint64_t bytes_written() const = 0;

  WriteStatus write(std::string_view text) { return write(std::span<const char>(text.data(), text.size())); }
};

class ResponseWrapper : public Response {
 public:
  explicit ResponseWrapper(Response& inner) : inner_(inner) {}
  int status() const override { return inner_.status(); }
  void set_status(int status, std::string_view reason = {}) override { inner_.set_status(status, reason); }
  http::Headers& headers() override { return inner_.headers(); }
  void set_content_length(uint64_t bytes) override { inner_.set_content_length(bytes); }
  void set_content_type(std::string_view type) override { inner_.set_content_type(type); }
  bool committed() const override { return inner_.committed(); }
  // Calls before_commit() once, then commits.
  WriteStatus commit() override {
    if (!told_ && !inner_.committed()) {
      told_ = true;
      before_commit();
    }
    return inner_.commit();
  }
  WriteStatus write(std::span<const char> bytes) override {
    if (commit() != WriteStatus::ok) return WriteStatus::client_gone;
    return inner_.write(bytes);
  }
  using Response::write;
  WriteStatus flush() override {
    if (commit() != WriteStatus::ok) return WriteStatus::client_gone;
    return inner_.flush();
  }
  WriteStatus finish() override { return inner_.finish(); }
  void abort() override { inner_.abort(); }
  uint64_t bytes_written() const override { return inner_.bytes_written(); }

 protected:
  virtual void before_commit() {}
  Response& inner() { return inner_; }

 private:
  Response& inner_;
  bool told_ = false;
};

}  // namespace navajo::api
