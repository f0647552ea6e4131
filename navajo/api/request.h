// One HTTP request as a filter or servlet sees it. Lives from the mapping to the end of the exchange;
// every view stays valid as long. Used by one fiber or thread at a time.
// Under httpd it stands on a request_rec (modules/mod_navajo), in tests on a FakeRequest.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>
#include <string_view>

#include "navajo/api/backend_calls.h"
#include "navajo/api/forward_target.h"
#include "navajo/api/session.h"
#include "navajo/http/headers.h"
#include "navajo/http/parameters.h"

namespace navajo::reactor {
class Descriptor;
}

namespace navajo::api {

enum class BodyStatus : uint8_t {
  data,       // bytes > 0
  end,        // nothing more
  too_large,  // over LimitRequestBody: answer 413
  malformed,  // bad chunk or the client broke off: answer 400, connection closes
  timed_out,  // RequestReadTimeout: answer 408
  interrupted,  // of read_unless() alone: no bytes yet, but the other one has something
};

struct [[nodiscard]] BodyRead {
  BodyStatus status = BodyStatus::end;
  size_t bytes = 0;
};

// The request body, de-chunked, never buffered as a whole. Reading waits for the client (and sends
// "100 Continue" where the client expects it, not before the first read).
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // Content-Length, or none when the body is chunked or there is none.
  virtual std::optional<uint64_t> declared_length() const = 0;
  // False for a request without a body.
  virtual bool present() const = 0;
  virtual BodyRead read(std::span<char> into) = 0;
  // As read(), but does not wait for the client any longer once `other` is readable: a backend that answers before it
  // has the whole request. A reader that cannot wait for both waits for the client alone.
  virtual BodyRead read_unless(std::span<char> into, reactor::Descriptor& other) {
    (void)other;
    return read(into);
  }
  // What came behind a chunked body; after its end only. Null: nothing.
  virtual const http::Headers* trailers() const { return nullptr; }
  // Back to the first byte; false: the bytes that were read are gone, as always where nobody asked to keep them.
  [[nodiscard]] virtual bool rewind() { return false; }
};

class Request {
 public:
  virtual ~Request() = default;
  virtual std::string_view method() const = 0;
  // Path and query, percent-encoded as the client sent it, origin-form (no scheme, no host).
  virtual std::string_view target() const = 0;
  // Decoded and normalised ("/a/../b" is "/b"): mappings and all decisions are made on this one.
  virtual std::string_view path() const = 0;
  virtual std::string_view query() const = 0;     // without '?', encoded
  virtual std::string_view protocol() const = 0;  // "HTTP/1.1"
  virtual bool secure() const = 0;                // TLS between client and us
  virtual std::string_view host() const = 0;      // of the Host field or absolute target: lower case, no port
  virtual std::string_view authority() const = 0;  // the same as sent, with port; empty if there was none
  virtual std::string_view client_address() const = 0;  // after mod_remoteip
  virtual std::string_view peer_address() const = 0;    // of the TCP connection
  virtual uint16_t server_port() const = 0;
  virtual std::string_view id() const = 0;  // the request id on every log line

  // The part of path() the mapping took ("/app" for "/app/*"), and the rest (empty, or starts with "/").
  virtual std::string_view servlet_path() const = 0;
  virtual std::string_view path_info() const = 0;

  virtual http::Headers& headers() = 0;
  virtual BodyReader& body() = 0;
  // httpd's environment of the request (SetEnvIf, mod_ssl's SSL_* ...), and our own log variables.
  virtual std::optional<std::string_view> environment(std::string_view name) = 0;
  // The name is a literal: it is kept as a pointer.
  virtual void set_environment(const char* name, std::string_view value) = 0;
  // Text that elements of the chain leave for those behind them: "user.auth.UserId". Copied into memory().
  virtual std::optional<std::string_view> attribute(std::string_view name) const = 0;
  virtual void set_attribute(std::string_view name, std::string_view value) = 0;
  // The whole body as an attribute, where an element asked for it (RequestFlags NEEDS_BUFFERED_BODY).
  static constexpr std::string_view kBodyAttribute = "bcx.servlet.request.Body";
  // Of query and form body. Null: no element up to here asked for them (RequestFlags NEEDS_PARAMS), or they have
  // changed since; whoever asks next gets the new ones. A wrapper that changes query or body answers null, and hides
  // the attribute of a body that is no longer the one.
  virtual const http::Parameters* parameters() { return nullptr; }
  // Null when no element before this one manages sessions, or there is none and `use` does not ask for a new one.
  virtual Session* session(SessionUse use) = 0;
  // By the element that manages sessions, before it calls the rest of the chain; null when that has returned.
  virtual void set_session_source(SessionSource* source) = 0;
  // Null: the client asks this server, it does not use it as its proxy.
  virtual const ForwardTarget* forward_target() const { return nullptr; }
  // Null: nobody wants to know of calls of backends.
  virtual BackendCalls* backend_calls() { return nullptr; }
  // Memory that is given back as a whole after the exchange.
  virtual std::pmr::memory_resource& memory() = 0;
};

}  // namespace navajo::api
