// One health check of one backend: connects as requests would (source address, network interface, PROXY protocol, TLS
// with the row's names), and asks what is to be asked. Plain sequential calls: on a fiber they yield, on an ordinary
// thread they poll. Nothing is kept; any thread.
//
// A check speaks for this server, not for a client: the PROXY protocol header says LOCAL or UNKNOWN.
// RFC 9110, RFC 9112; haproxy.org, doc/proxy-protocol.txt 2.1 and 2.2.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/reactor/wait.h"
#include "navajo/route/backend_row.h"
#include "navajo/tls/client_context.h"

namespace navajo::route {

enum class CheckKind : uint8_t {
  off,
  tcp,   // takes a connection
  tls,   // and shakes hands, whether or not the row says tls
  http,  // and answers GET; over TLS where the row says tls
};

struct StatusRange {
  int first = 200, last = 299;

  bool operator==(const StatusRange&) const = default;
};
// "204", "200-299"; none: it is neither.
std::optional<StatusRange> parse_status_range(std::string_view text);

// What a Routing's HealthCheck says.
struct CheckOptions {
  CheckKind kind = CheckKind::off;
  std::string path = "/";
  std::string host;  // empty: the backend's address
  std::string body;  // text that has to be in the first kLookedAt bytes of the body; empty: any
  std::vector<StatusRange> statuses{StatusRange{}};
  std::chrono::milliseconds interval{10'000}, timeout{5000};
  unsigned rise = 2, fall = 3;

  static constexpr size_t kLookedAt = 16 * 1024;
};

// The column check of a row in two parts: statuses stand behind its last '=', if that has digits and '-' only.
struct CheckColumn {
  CheckKind kind = CheckKind::off;
  std::string_view path, statuses;  // within the text; no statuses: the usual ones
};
CheckColumn split_check(std::string_view column);

// The Routing's, or the row's own, which has host, interval, timeout, rise and fall from there and no body.
CheckOptions check_of(const BackendRow& row, const CheckOptions& of_routing);

struct [[nodiscard]] CheckOutcome {
  enum class What : uint8_t {
    good,
    bad,
    given_up,  // this process stops
  };
  What what = What::good;
  std::string why;  // for a log line; empty when good
};

// plan: not of kind off. tls: may be null, then what needs TLS is bad.
CheckOutcome check_backend(const BackendRow& row, const CheckOptions& plan, tls::ClientContext* tls,
                           reactor::Deadline deadline);

}  // namespace navajo::route
