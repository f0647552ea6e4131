// What an administrator asks for, out of one line of the admin protocol: "navajo/1 session kill user=anna". One table
// says which fields which command takes. Values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "navajo/admin/line.h"
#include "navajo/observe/request_record.h"

namespace navajo::admin {

inline constexpr std::string_view kVersion = "navajo/1";

enum class Command : uint8_t { session_list, session_show, session_kill, store_list, rules_show, rules_reload,
                               routing_show, request_live, request_list, request_why, backend_list,
                               backend_drain, backend_undrain, tunnel_list, tunnel_kill, limit_show, limit_clear };
enum class Format : uint8_t { json, fields };

// Which sessions; all that is given has to hold.
struct Selection {
  std::optional<std::string> user;
  std::optional<std::string> id;  // session::log_id()
  std::optional<std::string> store;
  std::chrono::seconds older_than{0}, idle_for{0};
  bool all = false;
  uint64_t limit = 0;  // 0: none

  // Says more than where to look.
  bool selects() const { return user || id || older_than.count() > 0 || idle_for.count() > 0; }
};

// Which backends of servlets; all that is given has to hold.
struct BackendChoice {
  std::optional<std::string> host, context, servlet, address;
  bool force = false;  // drain also the last one
};

struct Request {
  Command command = Command::session_list;
  Format format = Format::json;
  Selection selection;
  std::optional<std::string> rules;    // name of a Rules element; none: all of them
  std::optional<std::string> routing;  // of a Routing element
  std::optional<observe::RecordKind> kind;  // of remembered requests; none: all of them
  std::string request_id;                   // or its beginning
  BackendChoice backends;
  uint64_t tunnel = 0;  // its number
  std::optional<std::string> rule, key;     // of limits: of this rule, of whom in the words of its key
  uint64_t key_id = 0;                      // limits::key_id(); 0: any
};

struct RequestFault {
  // Part of the protocol: "bad_request", "unsupported_version", "unknown_command", "nothing_selected".
  const char* code;
  std::string text;
};

// Without the newline.
base::Result<Request, RequestFault> parse_request(std::string_view line);

// For a log line: "session kill user=anna older-than=60".
std::string describe(const Request& request);

// session::log_id()'s form: 12 hexadecimal digits, small letters.
bool is_log_id(std::string_view text);
// Field and number of seconds or sessions that parse_request takes.
inline constexpr int64_t kMaxSeconds = 10LL * 365 * 86400;
inline constexpr uint64_t kMaxLimit = 1'000'000'000;

}  // namespace navajo::admin
