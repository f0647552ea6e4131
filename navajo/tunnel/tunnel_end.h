// Why a tunnel ended.
#pragma once

#include <cstdint>

namespace navajo::tunnel {

enum class End : uint8_t {
  none,               // it has not
  finished,           // both ends said that they were done, and each was told of the other
  idle,               // no byte in either direction for so long
  half_closed_limit,  // the same for the shorter time that one end has when the other is done
  write_timeout,      // an end made no room for so long
  reset_by_client,
  reset_by_origin,
  truncated,    // a TLS end finished without close_notify
  tls_failed,   // a TLS record was not what it should be
  failed,       // the system: time-out of TCP, unreachable network
  no_progress,  // ready again and again, and nothing moved (NVJ1802)
  stopping,     // stop()
  too_old,      // it has lived as long as it may
  killed,       // by an operator (tunnel_list.h)
};
inline constexpr int kEnds = static_cast<int>(End::killed) + 1;

// For a log line: "finished", "idle", "half-closed limit" ...
const char* word(End end);

// Bytes may be missing: a side that cannot see that by itself (a plain socket) should be told by a reset, not by an
// orderly end.
bool is_cut(End end);

}  // namespace navajo::tunnel
