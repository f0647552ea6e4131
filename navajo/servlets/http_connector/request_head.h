// The head of the request to a backend: the client's fields without those that end at this hop, framing and host
// made anew, and our own fields last, so that nothing the client names in its Connection field can remove them.
// Names that a CGI-like backend could take for one of ours ("X_Forwarded_For") are dropped.
// Source: RFC 9110 sections 7.2, 7.6; RFC 7239; docs of CVE-2022-31813, CVE-2016-5385.
#pragma once

#include <optional>

#include "navajo/api/request.h"
#include "navajo/connector/failure.h"
#include "navajo/http/head_writer.h"
#include "navajo/servlets/http_connector/settings.h"

namespace navajo::servlets::http_connector {

// How the body of the forwarded request is framed.
struct RequestFraming {
  enum class Kind : uint8_t { none, length, chunked };
  Kind kind = Kind::none;
  uint64_t length = 0;
};
RequestFraming request_framing(api::Request& request);

// What to ask the backend for. It says the path the mapping has decided on. None: the client sent none that can be
// forwarded. Lives in the request's memory.
std::optional<std::string_view> target_for(const Settings& settings, api::Request& request);

struct RequestHead {
  std::string_view target, host;
  RequestFraming framing;
  bool announce_expectation = false, accept_trailers = false;
  // It is sent to a proxy, with an absolute target, and the proxy is told this; empty: nothing.
  bool to_proxy = false;
  std::string_view proxy_authorization{};
  // What the connection shall become; empty: it stays HTTP.
  std::string_view upgrade{};
  // In place of the client's; empty: the client's pass.
  api::TraceFields trace{};
};

// Fails with request_head_malformed, request_head_too_large or forwarding_loop.
[[nodiscard]] connector::Failure write_request_head(const Settings& settings, api::Request& request,
                                                    const RequestHead& head, http::HeadWriter& writer);

}  // namespace navajo::servlets::http_connector
