// Whether a request to the admin API or the console is let in, and as whom. In this order: the listener, the client's
// address, the name in Host (against DNS rebinding), where a change comes from (against other sites' pages), how often
// that address was wrong lately, the token. Any fiber.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "navajo/api/request.h"
#include "navajo/http/address_ranges.h"
#include "navajo/limits/limits.h"
#include "navajo/servlets/admin/tokens.h"

namespace navajo::servlets::admin {

struct Caller {
  Role role = Role::viewer;
  std::string name, address;
  std::string text() const { return std::string(word(role)) + " " + name + " from " + address; }
};

struct Refused {
  int status;
  const char* code;  // a stable word
  std::string text;
  uint64_t retry_after = 0;  // seconds; 0: not said
};

struct AdmissionSettings {
  http::AddressRanges allowed;
  std::vector<std::string> hosts;       // of the Host field, lower case
  uint16_t port = 0;                    // of the listener; 0: any
  uint64_t failures_per_minute = 10;    // of one address
  std::shared_ptr<limits::Limits> limits;  // null: failures are not counted (unit tests)
};

class Admission {
 public:
  Admission(AdmissionSettings settings, std::unique_ptr<TokenFile> tokens)
      : settings_(std::move(settings)), tokens_(std::move(tokens)) {}

  // For everything, the console's files as well.
  std::optional<Refused> judge_way(api::Request& request) const;
  // For the API. changes: the request is to change something.
  enum class Changes : uint8_t { no, yes };
  base::Result<Caller, Refused> judge_caller(api::Request& request, Changes changes);

 private:
  limits::Key key_of(std::string_view address) const;
  std::optional<Refused> too_many_failures(std::string_view address) const;

  AdmissionSettings settings_;
  std::unique_ptr<TokenFile> tokens_;
};

}  // namespace navajo::servlets::admin
