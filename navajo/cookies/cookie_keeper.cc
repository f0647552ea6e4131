#include "navajo/cookies/cookie_keeper.h"

#include <vector>

#include "navajo/api/request_wrapper.h"
#include "navajo/config/text.h"
#include "navajo/http/cookies.h"
#include "navajo/http/replaced_field.h"
#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"

namespace navajo::cookies {
namespace {

using api::SessionUse;

constexpr std::chrono::minutes kBetweenLines{1};

void count(std::atomic<uint64_t>& counter) { counter.fetch_add(1, std::memory_order_relaxed); }

std::string_view copy_of(std::string_view text, std::pmr::memory_resource& memory) {
  return *std::pmr::polymorphic_allocator<>(&memory).new_object<std::pmr::string>(text);
}

}  // namespace

CookieKeeper::CookieKeeper(std::string owner, CookieRules rules, CookieJar jar, const base::Clock& clock)
    : owner_(std::move(owner)), rules_(std::move(rules)), jar_(std::move(jar)), clock_(&clock) {}

std::unique_ptr<CookieKeeper> CookieKeeper::configured(const container::ComponentContext& context, const char* kind,
                                                       const config::Params& params) {
  CookieRules rules(params, kCookieManager);
  if (rules.off()) return nullptr;
  // Applications of one server may share a session: neither the name alone nor name and context are enough.
  const std::string scope = std::string(kind) + "|" + context.host + "|" + context.path + "|" + context.name;
  return std::make_unique<CookieKeeper>(params.owner(), std::move(rules), CookieJar(scope));
}

// ---------------------------------------------------------------- towards the backend

class CookieKeeper::KeptRequest final : public api::RequestWrapper {
 public:
  KeptRequest(api::Request& inner, CookieKeeper& keeper, const Origin& origin)
      : RequestWrapper(inner), keeper_(keeper), fields_(inner.headers(), "Cookie", inner.memory()) {
    std::pmr::string cookies(&memory());
    add_stored(cookies, origin);
    add_clients(cookies);
    if (!cookies.empty()) fields_.set("Cookie", cookies);
  }
  http::Headers& headers() override { return fields_; }

 private:
  static void append(std::pmr::string& cookies, std::string_view name, std::string_view value) {
    if (!cookies.empty()) cookies += "; ";
    cookies.append(name).append("=").append(value);
  }

  // Before the client's, so that a server that takes the first of a name takes ours.
  void add_stored(std::pmr::string& cookies, const Origin& origin) {
    session_ = inner().session(SessionUse::existing);
    if (!session_) return;
    for (const StoredCookie& cookie : keeper_.jar_.matching(*session_, origin, memory())) {
      // Rules may have changed since it was stored.
      const CookieRule rule = keeper_.rules_.judge(cookie.name, inner());
      if (rule != CookieRule::store && rule != CookieRule::retain) continue;
      append(cookies, cookie.name, cookie.value);
      count(keeper_.counters_.sent);
    }
  }
  void add_clients(std::pmr::string& cookies) {
    inner().headers().for_each([&](std::string_view field, std::string_view text) {
      if (!http::same_name(field, "Cookie")) return true;
      http::CookieWalker walk(text);
      while (const auto cookie = walk.next()) {
        if (may_pass(cookie->name, cookie->value))
          append(cookies, cookie->name, cookie->value);
        else
          count(keeper_.counters_.blocked_from_client);
      }
      return true;
    });
  }
  bool may_pass(std::string_view name) {
    const CookieRule rule = keeper_.rules_.judge(name, inner());
    return rule == CookieRule::allow || (rule == CookieRule::retain && !session_);
  }
  // Servers of the time of RFC 2965 take a comma for the end of a cookie: what they would find behind it is judged too.
  bool may_pass(std::string_view name, std::string_view value) {
    if (!http::is_cookie_name(name) || !may_pass(name)) return false;
    for (size_t comma = value.find(','); comma != std::string_view::npos; comma = value.find(',', comma + 1)) {
      const std::string_view rest = value.substr(comma + 1);
      const std::string_view part = rest.substr(0, rest.find(','));
      const size_t equals = part.find('=');
      if (equals != std::string_view::npos && !may_pass(http::trim(part.substr(0, equals)))) return false;
    }
    return true;
  }

  CookieKeeper& keeper_;
  http::ReplacedField fields_;
  api::Session* session_ = nullptr;
};

// ---------------------------------------------------------------- towards the client

class CookieKeeper::KeptResponse final : public api::ResponseWrapper {
 public:
  KeptResponse(api::Response& inner, CookieKeeper& keeper, api::Request& request, const Origin& origin)
      : ResponseWrapper(inner), keeper_(keeper), request_(request), origin_(origin), before_(&request.memory()) {
    lines(before_);
  }

  void abort() override {
    aborted_ = true;
    ResponseWrapper::abort();
  }
  bool aborted() const { return aborted_; }
  // Once.
  void judge() {
    if (judged_) return;
    judged_ = true;
    std::pmr::vector<std::string_view> all(&request_.memory());
    lines(all);
    headers().remove("Set-Cookie2");  // nobody reads it any more, and no rule would have judged it
    if (all.empty()) return;
    headers().remove("Set-Cookie");
    // An element in front, whoever manages sessions say, may have set one already: that is not the backend's. One that
    // it sets while we ask for a session comes between these, and stays.
    for (size_t i = 0; i < all.size(); i++)
      if (is_from_before(all[i]) || passes(all[i])) headers().add("Set-Cookie", all[i]);
  }

 protected:
  void before_commit() override { judge(); }

 private:
  void lines(std::pmr::vector<std::string_view>& into) {
    headers().for_each([&](std::string_view name, std::string_view value) {
      if (http::same_name(name, "Set-Cookie")) into.push_back(copy_of(value, request_.memory()));
      return true;
    });
  }
  bool is_from_before(std::string_view line) {
    for (const std::string_view one : before_)
      if (one == line) return true;
    return false;
  }

  // Whether the client gets it. If not it is stored, or lost.
  bool passes(std::string_view line) {
    const auto cookie = http::parse_set_cookie(line);
    if (!cookie) {
      count(keeper_.counters_.malformed);
      return false;
    }
    switch (keeper_.rules_.judge(cookie->name, request_)) {
      case CookieRule::allow: return true;
      case CookieRule::block: count(keeper_.counters_.blocked_from_backend); return false;
      case CookieRule::retain:
        if (api::Session* session = request_.session(SessionUse::existing)) {
          store(*session, *cookie);
          return false;
        }
        return true;
      case CookieRule::store: break;
    }
    const bool needs_one = !keeper_.jar_.removes(*cookie);
    if (api::Session* session = request_.session(needs_one ? SessionUse::create : SessionUse::existing))
      store(*session, *cookie);
    else if (needs_one)
      keeper_.log_without_session(request_, cookie->name);
    return false;
  }
  void store(api::Session& session, const http::SetCookie& cookie) {
    const Kept kept = keeper_.jar_.put(session, cookie, origin_, request_.memory());
    if (kept == Kept::stored) return count(keeper_.counters_.stored);
    if (kept == Kept::removed) return count(keeper_.counters_.removed);
    keeper_.log_refused(request_, cookie.name, text_of(kept));
  }

  CookieKeeper& keeper_;
  api::Request& request_;
  const Origin& origin_;
  std::pmr::vector<std::string_view> before_;
  bool judged_ = false, aborted_ = false;
};

api::Outcome CookieKeeper::run(api::Request& request, api::Response& response, const Origin& origin,
                               base::FunctionRef<api::Outcome(api::Request&, api::Response&)> rest) {
  KeptRequest kept_request(request, *this, origin);
  KeptResponse kept_response(response, *this, request, origin);
  const api::Outcome outcome = rest(kept_request, kept_response);
  // Of a refusal somebody in front makes the answer, on the fields that are there.
  if (!outcome.is_answered()) {
    if (!response.committed()) kept_response.judge();
  } else if (!response.committed() && !kept_response.aborted()) {
    (void)kept_response.commit();
  }
  return outcome;
}

// ---------------------------------------------------------------- what is told

bool CookieKeeper::opens(LogGate& gate) const {
  const base::Duration::rep now = clock_->now().time_since_epoch().count();
  base::Duration::rep next = gate.next.load(std::memory_order_relaxed);
  return now >= next && gate.next.compare_exchange_strong(next, now + base::Duration(kBetweenLines).count());
}

void CookieKeeper::log_refused(api::Request& request, std::string_view cookie, const char* why) {
  count(counters_.refused);
  if (!opens(refused_gate_)) return;
  observe::log(observe::id::cookie_not_stored,
               "%s does not keep the cookie %s of request %.*s: %s; the backend will not see it again (%llu so far)",
               owner_.c_str(), config::printable(cookie).c_str(), static_cast<int>(request.id().size()),
               request.id().data(), why,
               static_cast<unsigned long long>(counters_.refused.load(std::memory_order_relaxed)));
}

void CookieKeeper::log_without_session(api::Request& request, std::string_view cookie) {
  count(counters_.without_session);
  if (!opens(session_gate_)) return;
  observe::log(observe::id::cookie_without_session,
               "%s drops the cookie %s of request %.*s: it is to be stored, and there is no session and none to be had",
               owner_.c_str(), config::printable(cookie).c_str(), static_cast<int>(request.id().size()),
               request.id().data());
}

void CookieKeeper::report(api::StatusWriter& writer) const {
  const auto number = [&](const char* name, const std::atomic<uint64_t>& counter) {
    writer.number(name, static_cast<double>(counter.load(std::memory_order_relaxed)));
  };
  writer.number("cookie_rules", static_cast<double>(rules_.size()));
  number("cookies_stored", counters_.stored);
  number("cookies_removed", counters_.removed);
  number("cookies_sent", counters_.sent);
  number("cookies_blocked_from_client", counters_.blocked_from_client);
  number("cookies_blocked_from_backend", counters_.blocked_from_backend);
  number("cookies_malformed", counters_.malformed);
  number("cookies_refused", counters_.refused);
  number("cookies_without_session", counters_.without_session);
  writer.number("cookies_undecided", static_cast<double>(rules_.doubts()));
}

}  // namespace navajo::cookies
