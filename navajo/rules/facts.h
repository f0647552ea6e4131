// What rules are judged on: one request, and its response as far as there is one. Implemented over api::Request
// (rules/request_facts.h) and over a sample of a file (rules/sample.h). Used by one fiber or thread; no call waits or
// takes memory from the heap. Views stay valid until the request is changed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "navajo/base/function_ref.h"
#include "navajo/rules/field.h"

namespace navajo::rules {

// An IPv4 address is in its IPv6-mapped form, as in config::Network.
using AddressBytes = std::array<uint8_t, 16>;

class Facts {
 public:
  virtual ~Facts() = default;
  // Of a single text or address field. None: there is no such fact (no user, no country, no response yet).
  // role has several: text() is the first of them.
  virtual std::optional<std::string_view> text(Field field) = 0;
  virtual std::optional<int64_t> number(Field field) = 0;
  // client and peer; none when it is no address (a Unix socket).
  virtual std::optional<AddressBytes> address(Field field) = 0;
  // Every value of that name until `visit` answers true; answers whether it did. Also for role, whose name is empty.
  using Visitor = base::FunctionRef<bool(std::string_view value)>;
  virtual bool any(Field field, std::string_view name, Visitor visit) = 0;
  // Every field of the request's head, until `visit` answers false: for looking at all of them once.
  using HeaderVisitor = base::FunctionRef<bool(std::string_view name, std::string_view value)>;
  virtual void for_each_header(HeaderVisitor visit) = 0;
  // Seconds since 1970, one point in time for the whole evaluation.
  virtual int64_t wall_time() = 0;
};

}  // namespace navajo::rules
