#include "navajo/connector/failure.h"

namespace navajo::connector {
namespace {

struct Row {
  const char* word;
  int status;
};

constexpr Row row(Cause cause) {
  switch (cause) {
    case Cause::none: return {"", 0};
    case Cause::connect_refused: return {"connect_refused", 502};
    case Cause::connect_failed: return {"connect_failed", 502};
    case Cause::connect_timeout: return {"connect_timeout", 504};
    case Cause::resolve_failed: return {"resolve_failed", 502};
    case Cause::tls_failed: return {"tls_failed", 502};
    case Cause::certificate_refused: return {"certificate_refused", 502};
    case Cause::destination_refused: return {"destination_refused", 403};
    case Cause::no_backend: return {"no_backend", 503};
    case Cause::pool_exhausted: return {"pool_exhausted", 503};
    case Cause::backend_timeout: return {"backend_timeout", 504};
    case Cause::backend_closed: return {"backend_closed", 502};
    case Cause::backend_reset: return {"backend_reset", 502};
    case Cause::replay_asked: return {"replay_asked", 502};
    case Cause::unregistered_status: return {"unregistered_status", 502};
    case Cause::malformed_response: return {"malformed_response", 502};
    case Cause::response_too_large_head: return {"response_too_large_head", 502};
    case Cause::truncated_response: return {"truncated_response", 502};
    case Cause::client_gone: return {"client_gone", 499};
    case Cause::request_body_too_large: return {"body_too_large", 413};
    case Cause::request_body_malformed: return {"request_body_malformed", 400};
    case Cause::request_body_timed_out: return {"request_body_timed_out", 408};
    case Cause::request_head_malformed: return {"request_head_malformed", 400};
    case Cause::request_head_too_large: return {"request_head_too_large", 431};
    case Cause::method_not_allowed: return {"method_not_allowed", 405};
    case Cause::forwarding_loop: return {"forwarding_loop", 508};
    case Cause::out_of_resources: return {"out_of_resources", 503};
    case Cause::stopping: return {"stopping", 503};
  }
  return {"unknown", 502};
}

}  // namespace

const char* word(Cause cause) { return row(cause).word; }
int status_for(Cause cause) { return row(cause).status; }

}  // namespace navajo::connector
