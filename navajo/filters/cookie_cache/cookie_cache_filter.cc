#include "navajo/filters/cookie_cache/cookie_cache_filter.h"

namespace navajo::filters::cookie_cache {
namespace {

constexpr config::ParamSpec kParams[] = {
    cookies::cookie_manager_param(true),
    {.name = "CookieManager.PassthroughParsed",
     .type = config::ParamType::boolean,
     .doc = "Known from nevisProxy.",
     .not_yet = "what it changes is not known here; cookies that pass are always written anew, from the parsed ones"},
};

std::unique_ptr<api::Filter> make(const container::ComponentContext& context, const config::Params& params) {
  return std::make_unique<CookieCacheFilter>(cookies::CookieKeeper::configured(context, "filter", params));
}

const container::FilterRow kRows[] = {
    {.name = "CookieCacheFilter",
     .aliases = {"ch::nevis::isiweb4::filter::cookie::CookieCacheFilter"},
     .params = kParams,
     .doc = "Keeps cookies of backends in the session, away from the browser.",
     .make = make,
     .request_flags = "+NEEDS_COOKIES"},
};

}  // namespace

api::Outcome CookieCacheFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  if (!keeper_) return rest.proceed(request, response);
  const std::string_view target = request.target();
  const cookies::Origin origin{request.host(), target.substr(0, target.find('?'))};
  return keeper_->run(request, response, origin,
                      [&rest](api::Request& seen, api::Response& answer) { return rest.proceed(seen, answer); });
}

void CookieCacheFilter::report(api::StatusWriter& writer) const {
  if (keeper_) keeper_->report(writer);
}

}  // namespace navajo::filters::cookie_cache

namespace navajo::filters {
std::span<const container::FilterRow> cookie_cache_rows() { return cookie_cache::kRows; }
}  // namespace navajo::filters
