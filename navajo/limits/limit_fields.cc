// What clients and logs are told of decisions.
#include <algorithm>
#include <charconv>
#include <cstdio>

#include "navajo/limits/limits.h"
#include "navajo/observe/log.h"

namespace navajo::limits {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uint64_t kMaxInteger = 999'999'999'999'999;  // of structured fields (RFC 9651 section 3.3.1)

uint64_t whole_seconds(milliseconds time) {
  return static_cast<uint64_t>(std::max<int64_t>((time.count() + 999) / 1000, 1));
}

// A field's value without memory from the heap: a policy's name and a few numbers.
class FieldText {
 public:
  // A string of structured fields; what may not stand in one is left out.
  FieldText& quoted(std::string_view text) {
    put('"');
    for (const char c : text.substr(0, kMaxName)) {
      if (c < 0x20 || c > 0x7e) continue;
      if (c == '"' || c == '\\') put('\\');
      put(c);
    }
    put('"');
    return *this;
  }
  FieldText& number(std::string_view before, uint64_t value) {
    for (const char c : before) put(c);
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, std::min(value, kMaxInteger)).ptr;
    for (const char* at = digits; at < end; at++) put(*at);
    return *this;
  }
  std::string_view text() const { return {text_, length_}; }

 private:
  static constexpr size_t kMaxName = 128;
  void put(char c) {
    if (length_ < sizeof text_) text_[length_++] = c;
  }
  char text_[2 * kMaxName + 128];
  size_t length_ = 0;
};

void set_number(http::Headers& fields, std::string_view name, uint64_t value) {
  fields.set(name, FieldText().number("", value).text());
}

template <class Decision>
void write(http::Headers& fields, const Decision& decision, const FieldText& policy, std::string_view name,
           milliseconds reset) {
  fields.add("RateLimit-Policy", policy.text());
  fields.add("RateLimit",
             FieldText().quoted(name).number(";r=", decision.remaining).number(";t=", whole_seconds(reset)).text());
}

int width(std::string_view text) { return static_cast<int>(std::min<size_t>(text.size(), 256)); }

template <class Decision>
void log(std::string_view policy, std::string_view client, std::string_view request_id, const Decision& decision,
         milliseconds again) {
  if (!observe::log_enabled(observe::id::limit_reached.level)) return;
  observe::log(observe::id::limit_reached, "limit %.*s of %llu is reached by %.*s, request %.*s; again in %llu s%s",
               width(policy), policy.data(), static_cast<unsigned long long>(decision.limit), width(client),
               client.data(), width(request_id), request_id.data(),
               static_cast<unsigned long long>(whole_seconds(again)),
               decision.crowded ? " (counted together with others, the table is full)" : "");
}

}  // namespace

void write_retry_after(http::Headers& fields, milliseconds time) {
  const uint64_t wanted = whole_seconds(time);
  if (const auto there = fields.get("Retry-After")) {
    uint64_t before = 0;
    const auto [end, error] = std::from_chars(there->data(), there->data() + there->size(), before);
    if (error == std::errc() && end == there->data() + there->size() && before >= wanted) return;
  }
  set_number(fields, "Retry-After", wanted);
}

void write_fields(http::Headers& fields, const RateDecision& decision, milliseconds window, std::string_view policy,
                  bool x_forms) {
  if (!decision.allowed) write_retry_after(fields, decision.retry_after);
  FieldText described;
  described.quoted(policy).number(";q=", decision.limit);
  // In whole seconds or not at all.
  if (window.count() > 0 && window.count() % 1000 == 0)
    described.number(";w=", static_cast<uint64_t>(window.count() / 1000));
  write(fields, decision, described, policy, decision.reset_after);
  if (!x_forms) return;
  set_number(fields, "X-RateLimit-Limit", decision.limit);
  set_number(fields, "X-RateLimit-Remaining", decision.remaining);
  set_number(fields, "X-RateLimit-Reset", whole_seconds(decision.reset_after));
}

void write_fields(http::Headers& fields, const CreditDecision& decision, std::string_view policy, bool x_forms) {
  if (!decision.allowed) write_retry_after(fields, decision.reset_after);
  // Windows of the calendar have no one length.
  write(fields, decision, FieldText().quoted(policy).number(";q=", decision.limit), policy, decision.reset_after);
  if (!x_forms) return;
  set_number(fields, "X-Credit-Limit", decision.limit);
  set_number(fields, "X-Credit-Remaining", decision.remaining);
  set_number(fields, "X-Credit-Reset", whole_seconds(decision.reset_after));
}

void log_limit_reached(std::string_view policy, std::string_view client, std::string_view request_id,
                       const RateDecision& decision) {
  log(policy, client, request_id, decision, decision.retry_after);
}

void log_limit_reached(std::string_view policy, std::string_view client, std::string_view request_id,
                       const CreditDecision& decision) {
  log(policy, client, request_id, decision, decision.reset_after);
}

}  // namespace navajo::limits
