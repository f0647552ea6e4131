// Why a request got no whole response: one stable word for logs, metrics, error pages and NAVAJO_CAUSE, and the
// status the client sees. A word never changes its meaning; docs/reference/log-ids.md explains each.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace navajo::connector {

enum class Cause : uint8_t {
  none,
  // No connection.
  connect_refused,
  connect_failed,
  connect_timeout,
  resolve_failed,
  tls_failed,           // no TLS with it: protocol, cipher, a handshake broken off
  certificate_refused,  // its certificate is not one we trust for it
  destination_refused,  // its address is not one we may connect to
  no_backend,
  pool_exhausted,
  // A connection, and then no answer or a wrong one.
  backend_timeout,
  backend_closed,
  backend_reset,
  malformed_response,
  response_too_large_head,
  truncated_response,
  replay_asked,         // a whole head, which asks for another backend to be tried (EdgeConnectorServlet)
  unregistered_status,  // a whole answer, but one Context additionalStatusCodes does not let through
  // The client's side.
  client_gone,
  request_body_too_large,
  request_body_malformed,
  request_body_timed_out,
  request_head_malformed,
  request_head_too_large,
  method_not_allowed,
  forwarding_loop,
  // Our own.
  out_of_resources,
  stopping,
};

const char* word(Cause cause);
// What the client is told; 499 (client_gone) is seen by the log only.
int status_for(Cause cause);

// No connection came about: nothing of the request was sent.
constexpr bool is_connect_failure(Cause cause) {
  return cause >= Cause::connect_refused && cause <= Cause::destination_refused;
}
// What says something about a backend that took the request.
constexpr bool is_request_failure(Cause cause) {
  return cause >= Cause::backend_timeout && cause <= Cause::truncated_response;
}

struct [[nodiscard]] Failure {
  Cause cause = Cause::none;
  const char* detail = "";                  // for the log line; static text
  std::shared_ptr<const std::string> text{};  // in its place, where it had to be made

  const char* why() const { return text ? text->c_str() : detail; }
  bool failed() const { return cause != Cause::none; }
};

}  // namespace navajo::connector
