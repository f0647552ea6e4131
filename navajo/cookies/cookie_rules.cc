#include "navajo/cookies/cookie_rules.h"

#include <algorithm>
#include <string>

#include "navajo/config/text.h"

namespace navajo::cookies {
namespace {

std::optional<CookieRule> rule_of(std::string_view word) {
  if (word == "store") return CookieRule::store;
  if (word == "retain") return CookieRule::retain;
  if (word == "block") return CookieRule::block;
  if (word == "allow") return CookieRule::allow;
  return std::nullopt;
}

}  // namespace

CookieRules::CookieRules(const config::Params& params, const char* name)
    : lines_(params, name, container::Stage::request) {
  for (const config::ParamLine& line : lines_.entries()) {
    const auto fault = [&](const std::string& text) { params.fault(line.where, std::string(name) + ": " + text); };
    const std::string_view text = line.text;
    if (text == "off") {
      if (lines_.entries().size() > 1 || !lines_.unconditional()) fault("'off' stands alone");
      continue;
    }
    const size_t colon = std::min(text.find(':'), text.size());
    const std::string_view word = config::trim(text.substr(0, colon));
    const auto rule = rule_of(word);
    if (!rule) {
      fault("'" + config::printable(word) + "' is not one of store, retain, block, allow" +
            config::did_you_mean(word, {"store", "retain", "block", "allow"}));
      continue;
    }
    const std::string_view regex = config::trim(text.substr(std::min(colon + 1, text.size())));
    Rule made{*rule, std::nullopt};
    if (!regex.empty()) {
      auto pattern = config::Pattern::parse(regex, {config::PatternType::pcre, {.dot_all = true}});
      if (!pattern.ok()) {
        fault(pattern.error().text);
        continue;
      }
      made.pattern = std::move(*pattern);
    }
    rules_.push_back(std::move(made));
  }
  if (rules_.empty()) lines_ = {};
}

CookieRule CookieRules::judge(std::string_view cookie, api::Request& request) const {
  const CookieRule rule = first_that_fits(cookie, request, container::InDoubt::skip);
  // A condition that gave up may stand before a store or a block as well as before an allow: where it makes a
  // difference nobody knows which is right.
  if (!lines_.unconditional() && first_that_fits(cookie, request, container::InDoubt::take) != rule)
    return CookieRule::block;
  return rule;
}

CookieRule CookieRules::first_that_fits(std::string_view cookie, api::Request& request,
                                        container::InDoubt in_doubt) const {
  CookieRule found = CookieRule::block;
  lines_.for_each_active(request, nullptr, in_doubt, [&](size_t entry) {
    const Rule& rule = rules_[entry];
    const config::SearchResult result = rule.pattern ? rule.pattern->search(cookie) : config::SearchResult::found;
    if (result == config::SearchResult::not_found) return container::Visit::not_taken;
    if (result == config::SearchResult::found)
      found = rule.rule;
    else
      doubts_.fetch_add(1, std::memory_order_relaxed);
    return container::Visit::stop;
  });
  return found;
}

}  // namespace navajo::cookies
