// Which cookies of a backend are kept here, reach the browser, or neither: the lines of an init-param CookieManager,
//   store:<regex>    kept in the session (one is made), never seen by the client; what the client sends is dropped
//   retain:<regex>   as store while there is a session, as allow while there is none
//   block:<regex>    dropped both ways
//   allow:<regex>    passed both ways
// The regex is searched in the cookie's name (a config::Pattern, PCRE(da) without a type); no regex: all names. The
// first line that fits, of those whose conditions hold, decides; a cookie that no line fits is blocked, and so is one
// that cannot be decided. A single line "off" switches all of it off. Made while the configuration is read; judge() is
// called by all threads and fibers at once. Facts: nevisproxy-container-servlets.md 5.1.3.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "navajo/config/params.h"
#include "navajo/config/pattern.h"
#include "navajo/container/conditional_lines.h"

namespace navajo::cookies {

enum class CookieRule : uint8_t { store, retain, block, allow };

class CookieRules {
 public:
  // `name` is a parameter of lines with conditions. Faults go to params, each at its line.
  CookieRules(const config::Params& params, const char* name);

  bool off() const { return lines_.empty(); }
  CookieRule judge(std::string_view cookie, api::Request& request) const;
  size_t size() const { return rules_.size(); }
  // How often a cookie could not be decided because a pattern gave up.
  uint64_t doubts() const { return lines_.doubts() + doubts_.load(std::memory_order_relaxed); }
  CookieRules(CookieRules&& other) noexcept : lines_(std::move(other.lines_)), rules_(std::move(other.rules_)) {}

 private:
  struct Rule {
    CookieRule rule;
    std::optional<config::Pattern> pattern;  // none: fits every name
  };
  CookieRule first_that_fits(std::string_view cookie, api::Request& request, container::InDoubt in_doubt) const;

  container::ConditionalLines lines_;
  std::vector<Rule> rules_;  // of lines_.entries()
  mutable std::atomic<uint64_t> doubts_{0};
};

}  // namespace navajo::cookies
