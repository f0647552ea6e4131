#include "navajo/tunnel/tunnel_end.h"

namespace navajo::tunnel {

const char* word(End end) {
  switch (end) {
    case End::none:
      return "open";
    case End::finished:
      return "finished";
    case End::idle:
      return "idle";
    case End::half_closed_limit:
      return "half-closed limit";
    case End::write_timeout:
      return "write timeout";
    case End::reset_by_client:
      return "reset by client";
    case End::reset_by_origin:
      return "reset by origin";
    case End::truncated:
      return "truncated";
    case End::tls_failed:
      return "TLS failed";
    case End::failed:
      return "failed";
    case End::no_progress:
      return "no progress";
    case End::stopping:
      return "stopping";
    case End::too_old:
      return "too old";
    case End::killed:
      return "killed";
  }
  return "unknown";
}

bool is_cut(End end) {
  switch (end) {
    case End::none:
    case End::finished:
    case End::idle:
    case End::half_closed_limit:
    case End::stopping:
    case End::too_old:
    case End::killed:
      return false;
    case End::write_timeout:
    case End::reset_by_client:
    case End::reset_by_origin:
    case End::truncated:
    case End::tls_failed:
    case End::failed:
    case End::no_progress:
      break;
  }
  return true;
}

}  // namespace navajo::tunnel
