// The fields that end at the next hop: the known ones, and whichever the Connection field names.
// Source: RFC 9110 section 7.6.1.
#pragma once

#include <array>
#include <string_view>

#include "navajo/http/headers.h"

namespace navajo::http {

// What the Connection fields of a message say. A snapshot: views into the fields.
class ConnectionOptions {
 public:
  static constexpr size_t kMaxNames = 32;

  explicit ConnectionOptions(const Headers& headers);

  // More names than any honest sender lists: the message should be refused.
  bool too_many() const { return too_many_; }
  // A field named by Connection (close, keep-alive and upgrade are options, not fields).
  bool names(std::string_view field) const;
  bool empty() const { return count_ == 0; }

 private:
  std::array<std::string_view, kMaxNames> names_;
  size_t count_ = 0;
  bool too_many_ = false;
};

// Removes every field the Connection field names (but not those that frame or route the message), and the names from
// it. Meant for the moment a request comes in, before filters add fields of their own: a client must not be able to
// strip those by naming them (CVE-2022-31813). False: too many names, refuse the request with 400; nothing was changed.
[[nodiscard]] bool drop_fields_named_by_connection(Headers& headers);

}  // namespace navajo::http
