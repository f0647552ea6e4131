// What is blacked out in records of an event log: header fields by their names, and in every other text what looks like
// a secret: values of parameters and members with telling names (password=, "access_token":), bearer and basic
// credentials, JSON web tokens, keys of known forms, private keys, passwords in URLs. On unless a header is shown by
// name. Made in the parent; read by all threads and fibers at once.
// Facts: seed-systems.md 2.5; the patterns stand in docs/reference/event-log.md.
#pragma once

#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/config/regex.h"

namespace navajo::rules {

struct RedactionOptions {
  std::vector<std::string> redact_headers;   // besides those that are always
  std::vector<std::string> redact_patterns;  // PCRE2: what they find in values, targets and bodies is blacked out
  std::vector<std::string> show_headers;     // shown as they are, patterns included
};

class Redaction {
 public:
  // Authorization, Proxy-Authorization, Cookie, Set-Cookie ...
  static std::span<const char* const> default_headers();
  // A field with one of these in its name, in any place, is hidden as well: token, secret, api-key ...
  static std::span<const char* const> default_header_words();
  // The error names the pattern.
  static base::Result<Redaction> make(const RedactionOptions& options);

  bool hides_header(std::string_view name) const;
  bool shows_header(std::string_view name) const;
  // Appends the value with what the patterns find replaced by kHidden: the groups of a pattern that took part in the
  // match, or without such all of it. A pattern that gives up: all of the value is replaced.
  void append(std::string_view value, std::pmr::string& into) const;

  static constexpr std::string_view kHidden = "[redacted]";

 private:
  std::vector<std::string> headers_, shown_;
  std::vector<config::Regex> name_;        // one: whether there is a telling name at all
  std::vector<config::Regex> after_name_;  // values of such names
  std::vector<config::Regex> patterns_;    // all others
};

}  // namespace navajo::rules
