// The cookie that carries a session's id: what is taken from requests and what is written into responses
// (RFC 6265 and its revision for SameSite and name prefixes). Immutable; any thread.
#pragma once

#include <array>
#include <memory_resource>
#include <string>
#include <string_view>

#include "navajo/api/request.h"
#include "navajo/http/headers.h"

namespace navajo::filters::session_management {

class SessionCookie {
 public:
  enum class Secure : uint8_t { always, with_tls };

  struct Settings {
    std::string name, path = "/", domain, same_site = "Lax";  // same_site empty: the attribute is not sent
    Secure secure = Secure::always;
    bool http_only = true;
  };
  explicit SessionCookie(Settings settings) : settings_(std::move(settings)) {}

  const std::string& name() const { return settings_.name; }

  // Values of the cookies of that name, the most specific first; more than these are not looked at.
  static constexpr size_t kMaxCandidates = 4;
  struct Candidates {
    std::array<std::string_view, kMaxCandidates> values;  // in the request's memory
    size_t count = 0;
  };
  // The request has none of them afterwards: no backend sees a session's id.
  Candidates take_from(api::Request& request) const;

  // An empty id deletes the cookie. Other Set-Cookie lines of that name, a backend's, go.
  void write_to(http::Headers& fields, std::string_view id, bool over_tls, std::pmr::memory_resource& memory) const;
  // No backend may set it.
  void keep_from(http::Headers& fields, std::pmr::memory_resource& memory) const;

 private:
  Settings settings_;
};

}  // namespace navajo::filters::session_management
