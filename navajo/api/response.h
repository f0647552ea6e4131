// One HTTP response, streamed. Status and fields may be changed until commit(), which the first write()
// implies. write() waits while the client is slow: back-pressure reaches whoever produces the body.
// A filter that wants to see or change the response wraps it (ResponseWrapper) and hands the wrapper on.
// The container calls commit() and finish() on the innermost wrapper when the servlet has answered.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "navajo/api/upgrade.h"
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

  // A 1xx response ahead of this one, at once. Nobody hears of it where HTTP/1.0 is spoken or after commit().
  virtual void send_interim(int status, const http::Headers& fields) {
    (void)status;
    (void)fields;
  }
  // Fields behind the body, until finish(). Null: this client does not want any. The caller sees to it that they may
  // stand there (http/trailers.h).
  virtual http::Headers* trailers() { return nullptr; }

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

  // Whether the client's connection can carry another protocol after this response: not over HTTP/1.0 or HTTP/2, and
  // only where it lives on a reactor.
  virtual bool can_upgrade() const { return false; }
  // Instead of commit(), write() and finish(), where can_upgrade(): sends status (101) and fields at once, and the
  // connection is `next`'s when the request is over. What is written afterwards is refused.
  virtual WriteStatus upgrade(std::unique_ptr<Upgraded> next) {
    (void)next;
    return WriteStatus::client_gone;
  }

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
  void send_interim(int status, const http::Headers& fields) override { inner_.send_interim(status, fields); }
  http::Headers* trailers() override { return inner_.trailers(); }
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
  bool can_upgrade() const override { return inner_.can_upgrade(); }
  WriteStatus upgrade(std::unique_ptr<Upgraded> next) override {
    if (!told_ && !inner_.committed()) {
      told_ = true;
      before_commit();
    }
    return inner_.upgrade(std::move(next));
  }

 protected:
  virtual void before_commit() {}
  Response& inner() { return inner_; }

 private:
  Response& inner_;
  bool told_ = false;
};

}  // namespace navajo::api
