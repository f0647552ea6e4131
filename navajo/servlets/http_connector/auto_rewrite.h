// AutoRewrite: answers of a backend that does not know that it stands behind a proxy. Links to its own address, to its
// Host name and to further inner names become links to this server: in the fields Location, Content-Location, Refresh,
// Link and Set-Cookie, and, streaming, in the bodies of HTML, CSS, scripts, JSON and XML. Links without a host are left
// alone. A link is found in plain form, as JSON writes it (http:\/\/) and percent-encoded (http%3A%2F%2F).
//
// One object lives on the stack of service() around one exchange. With rewritten bodies the backend is asked for no
// compression and no ranges; what is compressed all the same is handed on untouched.
// Source: RFC 9110 sections 8.8.1 (a changed body has a weak ETag), 14.2; RFC 6265 section 4.1.2.
#pragma once

#include <atomic>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/request_wrapper.h"
#include "navajo/api/response.h"
#include "navajo/http/hidden_fields.h"
#include "navajo/http/stream_replacer.h"

namespace navajo::servlets::http_connector {

struct Settings;

enum class AutoRewrite : uint8_t {
  off,
  header,  // fields only
  html,    // and HTML and CSS
  all,     // and scripts, JSON and XML
};

// Whether bodies of that type are rewritten. content_type: of the response, with its parameters.
bool is_rewritten_type(std::string_view content_type, AutoRewrite mode);

// What is replaced for this request: the texts live in its memory.
std::pmr::vector<http::Replacement> link_table(const Settings& settings, api::Request& request);

struct RewriteCounters {
  std::atomic<uint64_t> bodies{0}, links{0}, left_encoded{0};
};

// The request as the backend gets it.
class RewritingRequest final : public api::RequestWrapper {
 public:
  RewritingRequest(api::Request& inner, AutoRewrite mode);
  http::Headers& headers() override { return hidden_; }

 private:
  http::HiddenFields hidden_;
};

class RewritingResponse final : public api::ResponseWrapper {
 public:
  RewritingResponse(const Settings& settings, api::Request& request, api::Response& inner, RewriteCounters& counters);
  void set_content_length(uint64_t bytes) override { length_ = bytes; }
  void set_content_type(std::string_view type) override;
  using ResponseWrapper::write;
  api::WriteStatus write(std::span<const char> bytes) override;
  void abort() override;
  // After the servlet's answer: what was held back.
  void end();

 protected:
  void before_commit() override;

 private:
  bool body_is_rewritten();
  void rewrite_fields();
  void rewrite_cookies();
  std::string_view rewritten_cookie(std::string_view value);
  void mark_as_changed();
  void note_encoded_body();

  const Settings& settings_;
  api::Request& request_;
  RewriteCounters& counters_;
  std::pmr::vector<http::Replacement> table_;
  std::pmr::string content_type_;
  std::optional<uint64_t> length_;
  std::optional<http::StreamReplacer> replacer_;  // while the body is rewritten
  bool aborted_ = false;
};

}  // namespace navajo::servlets::http_connector
