// Stands between a chain and the backend behind it and does with cookies what CookieRules say: kept ones are taken out
// of the response before it is committed and put into later requests of the same session, in front of what the client
// sent; what the client may not send does not arrive; what is blocked goes neither way. A Cookie field of the request
// is hidden by one of its own, so that another backend that is asked the same request never sees it. One object per
// servlet or filter, made while the configuration is read; run() is called by all threads and fibers.
//
// Refused and given up, each counted and logged at most once a minute: a cookie for which there is no room (NVJ1740),
// and one to be stored where no session can be had (NVJ1741). Neither reaches the client.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "navajo/api/servlet.h"
#include "navajo/base/function_ref.h"
#include "navajo/container/catalogue.h"
#include "navajo/cookies/cookie_jar.h"
#include "navajo/cookies/cookie_rules.h"

namespace navajo::cookies {

inline constexpr char kCookieManager[] = "CookieManager";

// The row of the init-param, for the tables of those that have it.
constexpr config::ParamSpec cookie_manager_param(bool required) {
  return {.name = kCookieManager,
          .type = config::ParamType::lines,
          .required = required,
          .doc =
              "Cookies of the backend, one rule a line: <rule>:<regex of the name>. store: kept in the session, the "
              "browser never sees it. retain: the same if there is a session, else allow. block: dropped both ways. "
              "allow: passed. The first line that fits counts, a cookie that none fits is blocked. off: all pass.",
          .conditions = config::Conditions::then_break};
}

class CookieKeeper {
 public:
  // owner: for the log.
  CookieKeeper(std::string owner, CookieRules rules, CookieJar jar, const base::Clock& clock = base::system_clock());
  // What the init-param says. Null: it is off, or faulty, which params were told. kind: "servlet" or "filter".
  static std::unique_ptr<CookieKeeper> configured(const container::ComponentContext& context, const char* kind,
                                                  const config::Params& params);

  // Calls rest once, and commits the response it was given when rest has answered.
  api::Outcome run(api::Request& request, api::Response& response, const Origin& origin,
                   base::FunctionRef<api::Outcome(api::Request&, api::Response&)> rest);
  void report(api::StatusWriter& writer) const;

 private:
  class KeptRequest;
  class KeptResponse;
  struct Counters {
    std::atomic<uint64_t> stored{0}, removed{0}, sent{0}, blocked_from_client{0}, blocked_from_backend{0}, malformed{0},
        refused{0}, without_session{0};
  };
  // At most one line a minute.
  struct LogGate {
    std::atomic<base::Duration::rep> next{0};
  };
  bool opens(LogGate& gate) const;
  void log_refused(api::Request& request, std::string_view cookie, const char* why);
  void log_without_session(api::Request& request, std::string_view cookie);

  std::string owner_;
  CookieRules rules_;
  CookieJar jar_;
  const base::Clock* clock_;
  Counters counters_;
  LogGate refused_gate_, session_gate_;
};

}  // namespace navajo::cookies
