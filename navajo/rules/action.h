// What a rule does. Plain values, made by the reader of rules.xml, kept by Program for as long as its generation lives,
// carried out by whoever evaluates (filters/rule). Texts that may hold ${variables} are Templates.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "navajo/config/regex.h"
#include "navajo/rules/field.h"

namespace navajo::rules {

// A text with ${word} and ${word:name} in it; $$ is a dollar sign. Parsed once (rules/template.h).
struct Template {
  struct Part {
    std::string literal;              // before the variable
    std::optional<Field> variable;    // none: only the literal; what a variable has no value for is empty
    std::string name;                 // of a named field
    bool rule = false;                // ${rule.id}
    bool operator==(const Part&) const = default;
  };
  std::vector<Part> parts;
  bool operator==(const Template&) const = default;
};

struct FieldText {
  std::string name;
  Template value;
};

// A key of rates, credits and concurrency is a list of facts; what has no value counts as one value of its own.
struct KeyPart {
  Field field;
  std::string name;  // of a named field
};

// The request goes on; no later rule of any set of this phase is looked at.
struct Pass {};

// Answered here.
struct Block {
  int status = 403;
  std::string content_type = "text/plain";  // variables in the body are escaped for it
  Template body;                            // no parts: the error page of the Context
  std::vector<FieldText> fields;
};

struct Redirect {
  int status = 302;
  Template location;
};

struct Delay {
  std::chrono::milliseconds time{};
};

struct Tag {
  std::string name;
  Template value;
};

enum class Side : uint8_t { request, response };
enum class Change : uint8_t { add, set, remove };
struct ChangeHeader {
  Side side = Side::request;
  Change change = Change::set;
  std::string name;  // with remove: a trailing * stands for all names that begin so
  Template value;
};

enum class Algorithm : uint8_t { two_window, token_bucket };

struct Rate {
  uint64_t limit = 0;
  std::chrono::milliseconds window{};
  Algorithm algorithm = Algorithm::two_window;
  uint64_t burst = 0;       // of a token bucket; 0: limit
  uint64_t soft_limit = 0;  // 0: none. From there on requests wait, up to max_delay at the limit
  std::chrono::milliseconds max_delay{2000};
  std::vector<KeyPart> key;         // the rule's id is always in it
  std::optional<uint64_t> address_limit;  // the same per client address, checked first; none: no such guard
  int ipv6_prefix = 64;             // bits of an IPv6 address that are a client
  int status = 429;
  Template body;
  bool fields = true;               // RateLimit fields in the answers
};

enum class Period : uint8_t { daily, weekly, monthly };
enum class PriceUnit : uint8_t { request, response_kilobyte };

struct Credit {
  uint64_t amount = 0;
  Period period = Period::daily;
  int day = 1;           // of the week, 1 Monday; of the month, 1 to 28
  int minute = 0;        // of the day, when a new window begins
  std::string zone = "UTC";  // IANA name
  uint64_t price = 1;
  PriceUnit unit = PriceUnit::request;
  uint64_t soft_limit = 0;
  std::chrono::milliseconds max_delay{2000};
  std::vector<KeyPart> key;
  int status = 429;
  Template body;         // ${attribute:limit.reset} and ${attribute:limit.remaining} are known in it
  bool fields = true;
};

struct Concurrency {
  uint64_t limit = 0;
  std::vector<KeyPart> key;
  int status = 503;
};

// What of request and response goes into a record of an event log.
struct Log {
  std::string log;                   // name of the EventLog; empty: the only one
  std::vector<std::string> headers;  // of the request; "*": all
  std::vector<std::string> response_headers;
  uint32_t body = 0, response_body = 0;  // bytes at most
  bool timing = true, tls = false, backend = true;
  double sample = 1;                 // share of the requests
  uint64_t per_second = 0;           // of this rule; 0: any
  std::vector<FieldText> fields;     // more, under a name of their own
};

struct Capture {
  std::string name;
  Field field{};
  std::string field_name;
  std::string pattern;  // PCRE2; its first group, or all of it. Empty: the value as it is
  std::shared_ptr<const config::Regex> compiled;  // of the pattern: made by Program::adopt(), null before
};

// Where the request goes instead of the mapped servlet.
struct Route {
  std::string servlet;
};

struct BodyLimit {
  Side side = Side::request;
  uint64_t bytes = 0;
};

// How long the backend may take to begin its answer.
struct Timeout {
  std::chrono::milliseconds time{};
};

// The rest of this set is left out, or all of it up to a rule.
struct Skip {
  std::string to;  // id of a later rule of the set; empty: its end
};

using Action = std::variant<Pass, Block, Redirect, Delay, Tag, ChangeHeader, Rate, Credit, Concurrency, Log, Capture,
                            Route, BodyLimit, Timeout, Skip>;

// After these nothing more is done for the request in this phase.
inline bool is_final(const Action& action) {
  return std::holds_alternative<Pass>(action) || std::holds_alternative<Block>(action) ||
         std::holds_alternative<Redirect>(action);
}

}  // namespace navajo::rules
