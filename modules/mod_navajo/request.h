// api::Request and its body on a request_rec. Lives on the handler's stack.
#pragma once

#include "modules/mod_navajo/apr_headers.h"
#include "modules/mod_navajo/backend_call_recorder.h"
#include "navajo/api/attributes.h"
#include "navajo/api/request.h"
#include "navajo/container/container.h"
#include "navajo/reactor/wait.h"

namespace navajo::glue {

// Memory that goes with the request's pool.
class PoolMemory final : public std::pmr::memory_resource {
 public:
  explicit PoolMemory(apr_pool_t* pool) : pool_(pool) {}

 private:
  void* do_allocate(size_t bytes, size_t alignment) override;
  void do_deallocate(void*, size_t, size_t) override {}
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
  apr_pool_t* pool_;
};

class HttpdBody final : public api::BodyReader {
 public:
  explicit HttpdBody(request_rec* r);
  std::optional<uint64_t> declared_length() const override;
  bool present() const override { return present_; }
  api::BodyRead read(std::span<char> into) override { return read(into, APR_BLOCK_READ); }
  // On a reactor both are waited for; on other threads poll(2) waits, in short turns, since the filters above the
  // socket (mod_reqtimeout, mod_http2) have a say in how long.
  api::BodyRead read_unless(std::span<char> into, reactor::Descriptor& other) override;
  const http::Headers* trailers() const override { return &trailers_; }

  // There is more of it than is worth reading only to keep the connection, or it is unknown how much, or the client
  // may never send it (it waits for "100 Continue"): a response that starts now has to end the connection.
  bool outlasts_response() const;
  bool unread() const { return present_ && !ended_; }

 private:
  api::BodyRead read(std::span<char> into, apr_read_type_e block);
  [[gnu::cold]] api::BodyRead fail(apr_status_t rv);
  api::BodyRead count(size_t bytes);
  void ask_for_body();
  bool wait_on_thread(reactor::Descriptor& other, reactor::Duration& turn);
  request_rec* r_;
  apr_bucket_brigade* brigade_ = nullptr;
  uint64_t read_ = 0;
  bool present_, ended_ = false;
  AprHeaders trailers_;
};

class HttpdRequest final : public api::Request {
 public:
  // target: of a forward proxy's request, else null.
  // trace: where it is in one, or null.
  HttpdRequest(request_rec* r, const container::Match& match, const api::ForwardTarget* target, RequestTrace* trace);

  std::string_view method() const override { return r_->method; }
  std::string_view target() const override { return target_; }
  std::string_view path() const override { return r_->uri; }
  std::string_view query() const override { return r_->args ? r_->args : ""; }
  std::string_view protocol() const override { return r_->protocol; }
  bool secure() const override { return ap_ssl_conn_is_ssl(r_->connection); }
  std::string_view host() const override { return r_->hostname ? r_->hostname : ""; }
  std::string_view authority() const override;
  std::string_view client_address() const override { return r_->useragent_ip; }
  std::string_view peer_address() const override { return r_->connection->client_ip; }
  uint16_t server_port() const override { return r_->connection->local_addr->port; }
  std::string_view id() const override { return r_->log_id ? r_->log_id : ""; }
  std::string_view servlet_path() const override;
  std::string_view path_info() const override;
  http::Headers& headers() override { return headers_; }
  api::BodyReader& body() override { return body_; }
  const HttpdBody& httpd_body() const { return body_; }
  // As the client said; its TE field may be gone by now.
  bool accepts_trailers() const { return accepts_trailers_; }
  std::optional<std::string_view> environment(std::string_view name) override;
  void set_environment(const char* name, std::string_view value) override;
  std::optional<std::string_view> attribute(std::string_view name) const override { return attributes_.get(name); }
  void set_attribute(std::string_view name, std::string_view value) override { attributes_.set(name, value); }
  api::Session* session(api::SessionUse use) override {
    api::Session* found = sessions_ ? sessions_->session(use) : nullptr;
    if (found && session_in_log_.empty()) note_session(*found);
    return found;
  }
  // How logs name the session that some element has asked for; empty: nobody has, or there was none.
  std::string_view session_in_log() const { return session_in_log_; }
  void set_session_source(api::SessionSource* source) override { sessions_ = source; }
  const api::ForwardTarget* forward_target() const override { return forward_target_; }
  api::BackendCalls* backend_calls() override { return &backend_calls_; }
  std::pmr::memory_resource& memory() override { return memory_; }

 private:
  void note_session(const api::Session& session);

  request_rec* r_;
  const container::Match& match_;
  const api::ForwardTarget* forward_target_;
  std::string_view target_;
  AprHeaders headers_;
  HttpdBody body_;
  bool accepts_trailers_;
  PoolMemory memory_;
  api::Attributes attributes_{memory_};
  api::SessionSource* sessions_ = nullptr;
  std::string_view session_in_log_;
  BackendCallRecorder backend_calls_;
};

// What goes to the backend as the target of r: the bytes the client sent, if they decode to exactly the path that all
// decisions were made on; else that path, encoded anew. So nobody is let through for one path and served
// another. With the query, origin-form.
std::string_view forwarded_target(request_rec* r);

}  // namespace navajo::glue
