#include "navajo/filters/error/error_filter.h"

#include <algorithm>

#include "navajo/config/text.h"
#include "navajo/config/web_xml.h"
#include "navajo/container/dispatch.h"
#include "navajo/filters/error/held_response.h"
#include "navajo/http/soap_fault.h"
#include "navajo/observe/log.h"

namespace navajo::filters::error {
namespace {

constexpr config::ParamSpec kParams[] = {
    {.name = "StatusCode", .type = config::ParamType::lines, .required = true,
     .doc = "What stands for an error, one rule a line: "
            "<status>:<resource>:<uri>[:keep-header|reset-header][:keep-status-code|reset-status-code]. Status: 404, "
            "500-503 or 5xx. Resource: a servlet's name, file (below docBase) or redirect. The first rule for the "
            "status whose conditions hold is taken; conditions may look at the answer.",
     .conditions = config::Conditions::then_continue},
};

// What an answer of that status has to say (RFC 9110 sections 11.6.1, 15.5.6, 15.5.22).
bool belongs_to_status(std::string_view name) {
  for (const std::string_view one : {"WWW-Authenticate", "Allow", "Upgrade", "Retry-After"})
    if (http::same_name(name, one)) return true;
  return false;
}

// What describes the body that goes.
bool belongs_to_body(std::string_view name) {
  for (const std::string_view one :
       {"Content-Type", "Content-Length", "Content-Encoding", "Content-Language", "Content-Location", "Content-Range",
        "Content-Disposition", "Content-MD5", "Content-Digest", "Digest", "Repr-Digest", "Transfer-Encoding", "ETag",
        "Last-Modified", "Accept-Ranges", "Expires"})
    if (http::same_name(name, one)) return true;
  return false;
}

// Neither the plain answer nor an interim one has.
bool may_have_rule(int status) { return status > 200; }

// The response fields there were before the chain was asked: those of filters outside of this one.
class FieldsBefore {
 public:
  FieldsBefore(const http::Headers& fields, std::pmr::memory_resource& memory) : memory_(memory), rows_(&memory) {
    fields.for_each([this](std::string_view name, std::string_view value) {
      rows_.emplace_back(name, value);
      return true;
    });
  }
  // Removes what has come since, or only what describes a body.
  void restore(http::Headers& fields, bool keep_new, bool keep_status) const {
    std::pmr::vector<std::pmr::string> gone(&memory_);
    fields.for_each([&](std::string_view name, std::string_view) {
      if (keep_new ? belongs_to_body(name) : !(keep_status && belongs_to_status(name))) gone.emplace_back(name);
      return true;
    });
    for (const std::pmr::string& name : gone) fields.remove(name);
    if (keep_new) return;
    for (const auto& [name, value] : rows_) {
      const bool still = keep_status && belongs_to_status(name);
      if (!still) fields.add(name, value);
    }
  }

 private:
  std::pmr::memory_resource& memory_;
  std::pmr::vector<std::pair<std::pmr::string, std::pmr::string>> rows_;
};

// The answer of a rule's servlet: its body counts only if it found something.
class SourceResponse final : public HeldResponse {
 public:
  SourceResponse(api::Response& inner, bool keeps_status) : HeldResponse(inner), keeps_status_(keeps_status) {}
  int status() const override { return own_status_; }
  void set_status(int status, std::string_view reason) override {
    own_status_ = status;
    if (!keeps_status_) HeldResponse::set_status(status, reason);
  }

 protected:
  bool is_to_be_dropped() override {
    if (own_status_ < 300) return own_status_ == 204 || own_status_ == 206;
    return keeps_status_ || own_status_ >= 400 || own_status_ == 304;
  }

 private:
  bool keeps_status_;
  int own_status_ = 200;
};

}  // namespace

// The chain's answer: dropped when there is a rule for its status.
class ErrorFilter::CaughtResponse final : public HeldResponse {
 public:
  CaughtResponse(api::Response& inner, const ErrorFilter& filter, api::Request& request)
      : HeldResponse(inner), filter_(filter), request_(request) {}
  size_t rule() const { return rule_; }
  int dropped_status() const { return dropped_status_; }

 protected:
  bool is_to_be_dropped() override {
    if (!may_have_rule(status())) return false;
    // A fault of the application's own says more than ours.
    const std::string_view type = headers().get("Content-Type").value_or("");
    if (http::soap_version(request_.headers()) != http::SoapVersion::none && http::is_soap_answer(type)) return false;
    dropped_status_ = status();
    rule_ = filter_.find_rule(request_, headers(), dropped_status_);
    return rule_ != kNone;
  }

 private:
  const ErrorFilter& filter_;
  api::Request& request_;
  size_t rule_ = kNone;
  int dropped_status_ = 0;
};

void ErrorFilter::link(const api::Components& components) {
  for (size_t i = 0; i < rules_.rules.size(); i++)
    if (!rules_.rules[i].servlet.empty()) servlets_[i] = components.servlet(rules_.rules[i].servlet);
}

size_t ErrorFilter::find_rule(api::Request& request, const http::Headers& response_fields, int status) const {
  if (!may_have_rule(status)) return kNone;
  size_t found = kNone;
  rules_.lines.for_each_active(request, &response_fields, container::InDoubt::skip, [&](size_t entry) {
    if (!rules_.rules[entry].is_for(status)) return container::Visit::not_taken;
    found = entry;
    return container::Visit::stop;
  });
  return found;
}

api::Outcome ErrorFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  const FieldsBefore before(response.headers(), request.memory());
  CaughtResponse caught(response, *this, request);
  const api::Outcome outcome = rest.proceed(request, caught);
  const bool dropped = caught.dropped();
  if ((outcome.is_answered() && !dropped) || response.committed()) return outcome;
  const int status = dropped ? caught.dropped_status() : outcome.status;
  const size_t number = dropped ? caught.rule() : find_rule(request, response.headers(), status);
  if (number == kNone) return outcome;
  const ErrorRule& rule = rules_.rules[number];
  caught_.fetch_add(1, std::memory_order_relaxed);
  if (!outcome.is_answered()) request.set_environment("NAVAJO_CAUSE", outcome.cause);
  before.restore(response.headers(), rule.keep_header, rule.keep_status);
  const api::Outcome answered = answer(request, response, number, status);
  if (!answered.is_answered()) {
    failed_.fetch_add(1, std::memory_order_relaxed);
    observe::log(observe::id::error_source_failed, "request %.*s: what stands for status %d failed itself with %d (%s)",
                 static_cast<int>(request.id().size()), request.id().data(), status, answered.status, answered.cause);
    if (response.committed()) return answered;
    before.restore(response.headers(), true, true);
    return api::Outcome::refused(status, outcome.is_answered() ? "backend_status" : outcome.cause);
  }
  observe::log(observe::id::error_replaced, "request %.*s: status %d (%s) is answered by rule %zu of ErrorFilter",
               static_cast<int>(request.id().size()), request.id().data(), status,
               outcome.is_answered() ? "of the backend" : outcome.cause, number + 1);
  // The chain has completed the answer that was dropped.
  if (dropped && response.commit() == api::WriteStatus::ok) (void)response.finish();
  return answered;
}

api::Outcome ErrorFilter::answer(api::Request& request, api::Response& response, size_t number, int status) {
  const ErrorRule& rule = rules_.rules[number];
  response.set_status(rule.keep_status ? status : 200);
  if (http::soap_version(request.headers()) != http::SoapVersion::none) return answer_soap(request, response, status);
  switch (rule.resource) {
    case ErrorRule::Resource::redirect:
      response.set_status(302);
      response.headers().set("Location", rule.location);
      response.set_content_length(0);
      return api::Outcome::answered();
    case ErrorRule::Resource::file: {
      container::PageRequest page(request, rule.path, "");
      files::ServedFile file(doc_base_, rule.path);
      if (file.status() == files::FileStatus::none || file.status() == files::FileStatus::folder)
        return api::Outcome::refused(404, "no_file");
      if (file.status() != files::FileStatus::file) return files::refuse_file(page, file, doc_base_);
      response.headers().set("Cache-Control", "no-store");
      return files::send_file(page, response, file, files::content_type_of(rule.path, mime_types_),
                              rule.keep_status ? status : 200, doc_base_, files_);
    }
    default: return run_source(request, response, number);
  }
}

api::Outcome ErrorFilter::answer_soap(api::Request& request, api::Response& response, int status) {
  const http::SoapVersion version = http::soap_version(request.headers());
  std::pmr::string reason("status ", &request.memory());
  for (const int digit : {status / 100, status / 10 % 10, status % 10}) reason += static_cast<char>('0' + digit);
  reason += ", request ";
  reason += request.id();
  const std::pmr::string text = http::soap_fault(version, status, reason, request.memory());
  response.set_status(status);
  response.set_content_type(http::soap_content_type(version));
  response.headers().set("Cache-Control", "no-store");
  response.set_content_length(text.size());
  if (request.method() != "HEAD") (void)response.write(std::string_view(text));
  return api::Outcome::answered();
}

api::Outcome ErrorFilter::run_source(api::Request& request, api::Response& response, size_t number) {
  const ErrorRule& rule = rules_.rules[number];
  if (!servlets_[number]) return api::Outcome::refused(500, "no_servlet");
  container::PageRequest page(request, rule.path, rule.query);
  SourceResponse source(response, rule.keep_status);
  const api::Outcome outcome = container::dispatch(*servlets_[number], page, source);
  if (!outcome.is_answered()) return outcome;
  (void)source.commit();
  return source.dropped() ? api::Outcome::refused(502, "error_source_status") : outcome;
}

void ErrorFilter::report(api::StatusWriter& writer) const {
  writer.number("rules", static_cast<double>(rules_.rules.size()));
  writer.number("caught", static_cast<double>(caught_.load(std::memory_order_relaxed)));
  writer.number("failed", static_cast<double>(failed_.load(std::memory_order_relaxed)));
  writer.number("undecided_conditions", static_cast<double>(rules_.lines.doubts()));
}

namespace {

std::unique_ptr<api::Filter> make(const container::ComponentContext& context, const config::Params& params) {
  ErrorRules rules{container::ConditionalLines(params, "StatusCode", container::Stage::response), {}};
  for (const config::ParamLine& line : rules.lines.entries()) {
    const auto fault = [&](const std::string& text) { params.fault(line.where, "StatusCode: " + text); };
    base::Result<ErrorRule> rule = parse_error_rule(line.text);
    if (!rule.ok()) {
      fault(rule.error().text);
      rules.rules.emplace_back();
      continue;
    }
    if (!rule->servlet.empty() && context.web_xml && !config::find_component(context.web_xml->servlets, rule->servlet))
      fault(config::no_component("servlet", rule->servlet, context.web_xml->servlets));
    if (rule->first_status == 200 && rule->last_status == 200)
      params.notice(line.where, observe::id::config_without_effect,
                    "StatusCode: 200 is no error, the rule has no effect");
    rules.rules.push_back(std::move(*rule));
  }
  files::MimeTypes types;
  if (context.web_xml) types = context.web_xml->mime_types;
  return std::make_unique<ErrorFilter>(context.doc_base, std::move(types), std::move(rules));
}

const container::FilterRow kRows[] = {
    {.name = "ErrorFilter",
     .aliases = {"ch::nevis::isiweb4::filter::error::ErrorFilter"},
     .params = kParams,
     .doc = "Puts pages of your own, or redirects, in the place of errors.",
     .make = make},
};

}  // namespace
}  // namespace navajo::filters::error

namespace navajo::filters {
std::span<const container::FilterRow> error_rows() { return error::kRows; }
}  // namespace navajo::filters
