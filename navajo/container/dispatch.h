// Handing a request to another part of its application under another URI: what RewriteFilter and ErrorFilter do, and
// servlets that choose among servlets. The new path is normalised as the client's was, and the target that goes to a
// backend is spelled from it: what is decided on and what is forwarded stay one string.
// Called by all threads and fibers at once; what is made lives in the request's memory.
#pragma once

#include <optional>
#include <string_view>

#include "navajo/api/request_wrapper.h"
#include "navajo/api/servlet.h"
#include "navajo/http/hidden_fields.h"

namespace navajo::container {

// A decoded path as mappings and servlets may see it: starts with '/', empty segments joined. None when it has a "."
// or ".." segment or a control byte: such a path is never mended, since two readers may do that in two ways.
std::optional<std::string_view> normalised_path(std::string_view decoded, std::pmr::memory_resource& memory);

// The request under another path and query. What was mapped stays mapped where the new path begins like the old
// mapping, else all of it is path info. Lives on the stack of whoever redirects the request.
class RedirectedRequest : public api::RequestWrapper {
 public:
  // path: of normalised_path(). query: encoded, without '?'; what may not stand in a target is encoded.
  RedirectedRequest(api::Request& inner, std::string_view path, std::string_view query);
  std::string_view target() const override { return target_; }
  std::string_view path() const override { return path_; }
  std::string_view query() const override { return query_; }
  std::string_view servlet_path() const override { return path_.substr(0, servlet_path_length_); }
  std::string_view path_info() const override { return path_.substr(servlet_path_length_); }
  const http::Parameters* parameters() override { return nullptr; }  // of the query before

 private:
  std::string_view target_, path_, query_;
  size_t servlet_path_length_;
};

// The request as the fetch of a page that stands for the answer: GET (or HEAD), all of the path is path info, no body,
// and none of the fields that belong to a body or make an answer depend on what the client has.
class PageRequest final : public RedirectedRequest {
 public:
  PageRequest(api::Request& inner, std::string_view path, std::string_view query);
  std::string_view method() const override { return head_ ? "HEAD" : "GET"; }
  std::string_view servlet_path() const override { return {}; }
  std::string_view path_info() const override { return path(); }
  http::Headers& headers() override { return fields_; }
  api::BodyReader& body() override { return body_; }
  std::optional<std::string_view> attribute(std::string_view name) const override {
    return name == kBodyAttribute ? std::nullopt : RedirectedRequest::attribute(name);
  }

 private:
  class NoBody final : public api::BodyReader {
   public:
    std::optional<uint64_t> declared_length() const override { return std::nullopt; }
    bool present() const override { return false; }
    api::BodyRead read(std::span<char>) override { return {api::BodyStatus::end, 0}; }
  };
  bool head_;
  http::HiddenFields fields_;
  NoBody body_;
};

// Runs a servlet that was found by name. A servlet that is reached from itself in this way is refused with 508
// (cause "dispatch_loop") at the kMaxDispatches-th round. The response is not completed: the caller's caller does.
inline constexpr int kMaxDispatches = 8;
api::Outcome dispatch(api::Servlet& servlet, api::Request& request, api::Response& response);

}  // namespace navajo::container
