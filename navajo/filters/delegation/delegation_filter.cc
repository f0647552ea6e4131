#include "navajo/filters/delegation/delegation_filter.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "navajo/api/request_wrapper.h"
#include "navajo/api/text_body.h"
#include "navajo/filters/delegation/parameter_text.h"
#include "navajo/http/cookies.h"
#include "navajo/http/delegated_fields.h"
#include "navajo/http/form.h"
#include "navajo/http/set_cookie.h"
#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"

namespace navajo::filters::delegation {
namespace {

constexpr config::ParamSpec lines(const char* name, const char* doc) {
  return {.name = name, .type = config::ParamType::lines, .doc = doc, .conditions = config::Conditions::then_continue};
}

constexpr config::ParamSpec kParams[] = {
    lines("DelegateHeader",
          "Header fields for the backend, one a line: SOURCE:name:field[:encoding] with the sources AUTH, CONST, ENV, "
          "HEADER, PARAM and SESSION, and the encodings none, base64, url and utf8->latin1. What the client sent under "
          "that name is dropped, always."),
    lines("DelegateParameter",
          "Parameters for the query: SOURCE:name:parameter[:encoding], url without one. The client's own of that name "
          "are dropped, from a form body as well."),
    lines("DelegateCookie", "Cookies for the backend: SOURCE:name:cookie[:encoding]."),
    lines("DelegateBasicAuth",
          "Basic Authorization for the backend, of two lines: SOURCE:name:User[:encoding] and "
          "SOURCE:name:Password[:encoding]. The client's Authorization field is dropped, always."),
    lines("DelegatePost",
          "Fields behind those of an application/x-www-form-urlencoded body: SOURCE:name:field[:encoding], url without "
          "one. Other bodies stay as they are."),
    {.name = "DelegateSOAPSubstitutedSecurityHeader",
     .doc = "A value for the WS-Security header of a SOAP message.",
     .not_yet = "SOAP messages are not changed; delegate the value as a header field"},
};

// Escaped or not, what may stand in a query and ends neither it nor the pair.
bool is_query_text(std::string_view text) {
  constexpr std::string_view kOthers = "-._~!$'()*,:@/?=%+";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

// RFC 6265 section 4.1.1: no blank, quote, comma, semicolon or backslash.
bool is_strict_cookie_value(std::string_view text) {
  return http::is_cookie_value(text) && text.find_first_of(" \t\",\\") == std::string_view::npos;
}

}  // namespace

// The request with another query or body. Views into the request's memory.
class DelegationFilter::DelegatedRequest final : public api::RequestWrapper {
 public:
  explicit DelegatedRequest(api::Request& inner) : RequestWrapper(inner) {}
  std::string_view target() const override { return target_ ? *target_ : RequestWrapper::target(); }
  std::string_view query() const override { return target_ ? query_ : RequestWrapper::query(); }
  api::BodyReader& body() override { return body_ ? *body_ : RequestWrapper::body(); }
  const http::Parameters* parameters() override { return target_ || body_ ? nullptr : RequestWrapper::parameters(); }
  std::optional<std::string_view> attribute(std::string_view name) const override {
    return body_ && name == kBodyAttribute ? text_ : RequestWrapper::attribute(name);
  }

  void set_query(std::string_view query) {
    const std::string_view old = inner().target();
    auto& made =
        *std::pmr::polymorphic_allocator<>(&memory()).new_object<std::pmr::string>(old.substr(0, old.find('?')));
    const size_t path_length = made.size();
    if (!query.empty()) made.append("?").append(query);
    target_ = made;
    query_ = target_->substr(std::min(path_length + 1, target_->size()));
  }
  void set_form(std::string_view form) {
    text_ = *std::pmr::polymorphic_allocator<>(&memory()).new_object<std::pmr::string>(form);
    body_.emplace(text_);
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, text_.size()).ptr;
    if (headers().get("Content-Length")) headers().set("Content-Length", {digits, static_cast<size_t>(end - digits)});
  }

 private:
  std::optional<std::string_view> target_;
  std::string_view query_, text_;
  std::optional<api::TextBody> body_;
};

// What is done to one request.
class DelegationFilter::Delegation {
 public:
  Delegation(DelegationFilter& filter, api::Request& request)
      : filter_(filter), rules_(filter.rules_), request_(request), memory_(request.memory()) {}

  // None: done.
  std::optional<api::Outcome> apply(DelegatedRequest& delegated) {
    const Values headers = values(rules_.headers, Place::header),
                 parameters = values(rules_.parameters, Place::parameter),
                 cookies = values(rules_.cookies, Place::cookie), basic = values(rules_.basic_auth, Place::basic_auth),
                 post = values(rules_.post, Place::post);
    set_headers(headers);
    set_cookies(cookies);
    set_authorization(basic);
    if (rules_.parameters.empty() && rules_.post.empty()) return std::nullopt;
    set_query(parameters, delegated);
    return set_form(post, delegated);
  }

 private:
  struct Value {
    const Rule* rule;
    std::string_view text;
  };
  using Values = std::pmr::vector<Value>;

  // Of the active rules that have one; in the request's memory, whatever happens to what it was made of.
  Values values(const Rules& rules, Place place) {
    Values out(&memory_);
    if (rules.empty()) return out;
    rules.lines.for_each_active(request_, nullptr, container::InDoubt::skip, [&](size_t entry) {
      const Rule& rule = rules.rules[entry];
      if (const auto text = made(rule, place)) out.push_back({&rule, *text});
      return container::Visit::taken;
    });
    return out;
  }
  std::optional<std::string_view> made(const Rule& rule, Place place) {
    const auto value = rule.source.get(request_, nullptr);
    if (!value || value->empty()) return std::nullopt;
    auto& text = *std::pmr::polymorphic_allocator<>(&memory_).new_object<std::pmr::string>();
    if (append_encoded(*value, rule.encoding, text)) {
      if (place == Place::parameter || place == Place::post) escape(rule.encoding, text);
      if (fits(text, rule, place)) return text;
    }
    filter_.left_out_.fetch_add(1, std::memory_order_relaxed);
    observe::log(observe::id::delegation_left_out, "%s of request %.*s is left out: its value cannot stand there",
                 rule.name.c_str(), static_cast<int>(request_.id().size()), request_.id().data());
    return std::nullopt;
  }
  // What base64 and latin1 have made may not stand in a form as it is.
  void escape(Encoding made_by, std::pmr::string& text) {
    if (made_by != Encoding::base64 && made_by != Encoding::latin1) return;
    std::pmr::string escaped(&memory_);
    http::form_encode(text, escaped);
    text.swap(escaped);
  }
  static bool fits(std::string_view text, const Rule& rule, Place place) {
    switch (place) {
      case Place::header: return http::is_field_value(text) && http::trim(text).size() == text.size();
      case Place::cookie: return is_strict_cookie_value(text);
      case Place::basic_auth:
        return http::is_field_value(text) && (rule.name != "User" || text.find(':') == std::string_view::npos);
      case Place::parameter:
      case Place::post: return is_query_text(text);
    }
    return false;
  }

  void set_headers(const Values& values) {
    http::Headers& fields = request_.headers();
    for (const Rule& rule : rules_.headers.rules) http::remove_folded(fields, rule.name, memory_);
    for (const Value& value : values) fields.add(value.rule->name, value.text);
  }

  void set_cookies(const Values& values) {
    if (rules_.cookies.empty()) return;
    http::Headers& fields = request_.headers();
    std::pmr::string cookies(&memory_);
    const auto append = [&](std::string_view name, std::string_view value) {
      if (!cookies.empty()) cookies += "; ";
      cookies.append(name).append("=").append(value);
    };
    for (const Value& value : values) append(value.rule->name, value.text);
    fields.for_each([&](std::string_view field, std::string_view text) {
      if (!http::same_name(field, "Cookie")) return true;
      http::CookieWalker walk(text);
      while (const auto cookie = walk.next())
        if (!is_named(rules_.cookies, cookie->name)) append(cookie->name, cookie->value);
      return true;
    });
    if (cookies.empty())
      fields.remove("Cookie");
    else
      fields.set("Cookie", cookies);
  }
  static bool is_named(const Rules& rules, std::string_view sent) {
    return std::any_of(rules.rules.begin(), rules.rules.end(),
                       [&](const Rule& rule) { return same_parameter(sent, rule.name); });
  }

  void set_authorization(const Values& values) {
    if (rules_.basic_auth.empty()) return;
    http::remove_folded(request_.headers(), "Authorization", memory_);
    const auto first = [&](std::string_view name) -> std::optional<std::string_view> {
      for (const Value& value : values)
        if (value.rule->name == name) return value.text;
      return std::nullopt;
    };
    const auto user = first("User"), password = first("Password");
    if (!user || !password) return;
    std::pmr::string pair(*user, &memory_), field("Basic ", &memory_);
    pair.append(":").append(*password);
    append_base64(pair, field);
    request_.headers().set("Authorization", field);
  }

  bool is_parameter(std::string_view sent) const {
    return is_named(rules_.parameters, sent) || is_named(rules_.post, sent);
  }
  static void append_pairs(const Values& values, std::pmr::string& text) {
    for (const Value& value : values) {
      if (!text.empty()) text += '&';
      http::form_encode(value.rule->name, text);
      text.append("=").append(value.text);
    }
  }
  void set_query(const Values& values, DelegatedRequest& delegated) {
    std::pmr::string query(&memory_);
    const bool dropped = append_without(
        request_.query(), [this](std::string_view name) { return is_parameter(name); }, query, memory_);
    if (!dropped && values.empty()) return;
    append_pairs(values, query);
    delegated.set_query(query);
  }

  std::optional<api::Outcome> set_form(const Values& values, DelegatedRequest& delegated) {
    const auto type = request_.headers().get("Content-Type");
    if (!request_.body().present() || !type || !http::is_form_type(*type)) return std::nullopt;
    // The container has buffered it for us; without it nobody knows what it says.
    const auto form = request_.attribute(api::Request::kBodyAttribute);
    if (!form) return api::Outcome::refused(500, "form_not_buffered");
    std::pmr::string text(&memory_);
    const bool dropped = append_without(
        *form, [this](std::string_view name) { return is_parameter(name); }, text, memory_);
    if (!dropped && values.empty()) return std::nullopt;
    append_pairs(values, text);
    delegated.set_form(text);
    return std::nullopt;
  }

  DelegationFilter& filter_;
  const DelegationRules& rules_;
  api::Request& request_;
  std::pmr::memory_resource& memory_;
};

api::Outcome DelegationFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  DelegatedRequest delegated(request);
  if (const auto refusal = Delegation(*this, request).apply(delegated)) return *refusal;
  return rest.proceed(delegated, response);
}

void DelegationFilter::report(api::StatusWriter& writer) const {
  size_t rules = 0;
  uint64_t doubts = 0;
  for (const Rules* one : {&rules_.headers, &rules_.parameters, &rules_.cookies, &rules_.basic_auth, &rules_.post}) {
    rules += one->rules.size();
    doubts += one->lines.doubts();
  }
  writer.number("rules", static_cast<double>(rules));
  writer.number("values_left_out", static_cast<double>(left_out_.load(std::memory_order_relaxed)));
  writer.number("undecided_conditions", static_cast<double>(doubts));
}

namespace {

std::unique_ptr<api::Filter> make(const container::ComponentContext&, const config::Params& params) {
  DelegationRules rules{
      read_rules(params, "DelegateHeader", Place::header), read_rules(params, "DelegateParameter", Place::parameter),
      read_rules(params, "DelegateCookie", Place::cookie), read_rules(params, "DelegateBasicAuth", Place::basic_auth),
      read_rules(params, "DelegatePost", Place::post)};
  const auto named = [&](const char* name) {
    return std::any_of(rules.basic_auth.rules.begin(), rules.basic_auth.rules.end(),
                       [name](const Rule& rule) { return rule.name == name; });
  };
  if (!rules.basic_auth.empty() && (!named("User") || !named("Password")))
    params.fault("DelegateBasicAuth", "needs a line for User and one for Password");
  if (!rules.parameters.empty() || !rules.post.empty()) container::ParameterWatch::need();
  return std::make_unique<DelegationFilter>(std::move(rules));
}

const container::FilterRow kRows[] = {
    {.name = "DelegationFilter",
     .aliases = {"ch::nevis::isiweb4::filter::delegation::DelegationFilter"},
     .params = kParams,
     .doc =
         "Tells backends who the user is: as header fields, parameters, cookies, Basic Authorization or form fields.",
     .make = make},
};

}  // namespace
}  // namespace navajo::filters::delegation

namespace navajo::filters {
std::span<const container::FilterRow> delegation_rows() { return delegation::kRows; }
}  // namespace navajo::filters
