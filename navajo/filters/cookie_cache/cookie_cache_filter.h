// CookieCacheFilter: keeps cookies of the backends behind it in the session, as navajo/cookies/cookie_keeper.h has it.
// The jar is the filter's own: all servlets behind one filter share it, two filters share nothing but what a Domain
// says. The backend is taken to have the name and paths the client asked for. Immutable but for counters; called by all
// threads and fibers. Facts: nevisproxy-filters-ops.md 2.8.
#pragma once

#include <memory>
#include <span>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/cookies/cookie_keeper.h"

namespace navajo::filters::cookie_cache {

class CookieCacheFilter final : public api::Filter {
 public:
  // keeper: null for "off".
  explicit CookieCacheFilter(std::unique_ptr<cookies::CookieKeeper> keeper) : keeper_(std::move(keeper)) {}
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

 private:
  std::unique_ptr<cookies::CookieKeeper> keeper_;
};

}  // namespace navajo::filters::cookie_cache

namespace navajo::filters {
std::span<const container::FilterRow> cookie_cache_rows();
}
