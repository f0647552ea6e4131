#include "navajo/filters/rewrite/rewrite_filter.h"

#include <algorithm>
#include <array>

#include "navajo/config/text.h"
#include "navajo/config/web_xml.h"
#include "navajo/container/dispatch.h"
#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"

namespace navajo::filters::rewrite {
namespace {

constexpr size_t kMostGroups = 100;

constexpr config::ParamSpec kParams[] = {
    {.name = "RequestURI", .type = config::ParamType::lines, .required = true,
     .doc = "Rules, one a line: <regex>:<substitution>:<action>; a colon inside a field is written \\:. The "
            "substitution may hold $0 to $99 and SOURCE\\:name; with the sources ENV, AUTH, HEADER, PARAM, SESSION and "
            "CONST; '-' leaves the URI. Actions: PT (go on with the new URI), S=servlet (the same, with that servlet), "
            "R or R=301 (redirect), F or F=403 (send the file below docBase). The first rule that fits is taken.",
     .conditions = config::Conditions::then_break},
};

// At colons that have no backslash before them; other escapes are the expression's own.
std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> fields(1);
  for (size_t i = 0; i < line.size(); i++) {
    if (line[i] == '\\' && i + 1 < line.size()) {
      if (line[i + 1] != ':') fields.back() += line[i];
      fields.back() += line[++i];
    } else if (line[i] == ':') {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  for (std::string& field : fields) field = std::string(config::trim(field));
  return fields;
}

std::string read_action(const std::string& text, RewriteRule& rule) {
  const size_t equals = text.find('=');
  const std::string word = text.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
  const auto number = http::parse_decimal(value);
  const int status = number && *number < 600 ? static_cast<int>(*number) : 0;
  if (word == "PT" && equals == std::string::npos) {
    rule.action = RewriteRule::Action::pass_through;
  } else if (word == "S" && !value.empty()) {
    rule.action = RewriteRule::Action::servlet;
    rule.servlet = value;
  } else if (word == "R") {
    rule.action = RewriteRule::Action::redirect;
    rule.status = equals == std::string::npos ? 302 : status;
    for (const int known : {301, 302, 303, 307, 308})
      if (rule.status == known) return "";
    return "'" + config::printable(value) + "' is no status of a redirect (301, 302, 303, 307, 308)";
  } else if (word == "F") {
    rule.action = RewriteRule::Action::file;
    rule.status = equals == std::string::npos ? 200 : status;
    if (rule.status < 200 || rule.status == 204 || rule.status == 206 || rule.status == 304)
      return "'" + config::printable(value) + "' is a status that does not go with a file";
  } else {
    return "'" + config::printable(text) + "' is not one of PT, S=servlet, R, R=301, F, F=403";
  }
  return "";
}

}  // namespace

// One request on its way through the rules.
class RewriteFilter::Rewriting {
 public:
  Rewriting(RewriteFilter& filter, api::Request& request, api::Response& response)
      : filter_(filter), request_(request), response_(response) {}

  api::Outcome run(api::FilterChain& rest) {
    filter_.rules_.lines.for_each_active(request_, nullptr, container::InDoubt::skip,
                                         [this](size_t rule) { return apply(rule); });
    if (outcome_) return *outcome_;
    api::Request& seen = redirected_ ? static_cast<api::Request&>(*redirected_) : request_;
    return servlet_ ? rest.proceed_to(*servlet_, seen, response_) : rest.proceed(seen, response_);
  }

 private:
  container::Visit apply(size_t number) {
    const RewriteRule& rule = filter_.rules_.rules[number];
    std::array<std::string_view, kMostGroups> groups;
    const std::string_view path = redirected_ ? redirected_->path() : request_.path();
    switch (rule.pattern.search(path, groups)) {
      case config::SearchResult::not_found: return container::Visit::not_taken;
      case config::SearchResult::found: break;
      // Rules send away what is not wanted: nobody slips through because an expression is too slow for his path.
      case config::SearchResult::gave_up: return end(refuse(500, "rewrite_regex_gave_up", number));
    }
    filter_.rewritten_.fetch_add(1, std::memory_order_relaxed);
    switch (rule.action) {
      case RewriteRule::Action::redirect: return end(redirect(rule, groups, number));
      case RewriteRule::Action::file: return end(send(rule, groups, number));
      default: break;
    }
    if (!move(rule, groups)) return end(refuse(400, "rewrite_path_refused", number));
    if (rule.action == RewriteRule::Action::pass_through) return container::Visit::taken;
    servlet_ = filter_.servlets_[number];
    if (!servlet_) return end(refuse(500, "no_servlet", number));
    return container::Visit::stop;
  }

  container::Visit end(const api::Outcome& outcome) {
    outcome_ = outcome;
    return container::Visit::stop;
  }

  api::Outcome refuse(int status, const char* cause, size_t number) {
    filter_.refused_.fetch_add(1, std::memory_order_relaxed);
    observe::log(observe::id::rewrite_refused, "request %.*s: rule %zu of RewriteFilter cannot be applied: %s",
                 static_cast<int>(request_.id().size()), request_.id().data(), number + 1, cause);
    return api::Outcome::refused(status, cause);
  }

  // The request goes on under another URI.
  bool move(const RewriteRule& rule, std::span<const std::string_view> groups) {
    if (rule.substitution.keeps_uri()) return true;
    const auto path = container::normalised_path(rule.substitution.make_path(request_, groups), request_.memory());
    if (!path) return false;
    const auto query = rule.substitution.make_query(request_, groups);
    const std::string_view old_query = redirected_ ? redirected_->query() : request_.query();
    redirected_.emplace(request_, *path, query ? std::string_view(*query) : old_query);
    return true;
  }

  api::Outcome redirect(const RewriteRule& rule, std::span<const std::string_view> groups, size_t number) {
    const auto location = rule.substitution.make_location(request_, groups);
    if (!location) return refuse(400, "rewrite_location_refused", number);
    response_.set_status(rule.status);
    response_.headers().set("Location", *location);
    response_.set_content_length(0);
    return api::Outcome::answered();
  }

  api::Outcome send(const RewriteRule& rule, std::span<const std::string_view> groups, size_t number) {
    const auto path = container::normalised_path(rule.substitution.make_path(request_, groups), request_.memory());
    if (!path) return refuse(400, "rewrite_path_refused", number);
    files::ServedFile file(filter_.doc_base_, *path);
    if (file.status() == files::FileStatus::none || file.status() == files::FileStatus::folder)
      return api::Outcome::refused(404, "no_file");
    if (file.status() != files::FileStatus::file) return files::refuse_file(request_, file, filter_.doc_base_);
    const std::string_view type = files::content_type_of(*path, filter_.mime_types_);
    const bool fetch = request_.method() == "GET" || request_.method() == "HEAD";
    if (fetch) return files::send_file(request_, response_, file, type, rule.status, filter_.doc_base_, filter_.files_);
    container::PageRequest page(request_, *path, "");
    return files::send_file(page, response_, file, type, rule.status, filter_.doc_base_, filter_.files_);
  }

  RewriteFilter& filter_;
  api::Request& request_;
  api::Response& response_;
  std::optional<container::RedirectedRequest> redirected_;
  api::Servlet* servlet_ = nullptr;
  std::optional<api::Outcome> outcome_;
};

void RewriteFilter::link(const api::Components& components) {
  for (size_t i = 0; i < rules_.rules.size(); i++)
    if (!rules_.rules[i].servlet.empty()) servlets_[i] = components.servlet(rules_.rules[i].servlet);
}

api::Outcome RewriteFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  return Rewriting(*this, request, response).run(rest);
}

void RewriteFilter::report(api::StatusWriter& writer) const {
  writer.number("rules", static_cast<double>(rules_.rules.size()));
  writer.number("rewritten", static_cast<double>(rewritten_.load(std::memory_order_relaxed)));
  writer.number("refused", static_cast<double>(refused_.load(std::memory_order_relaxed)));
  writer.number("undecided_conditions", static_cast<double>(rules_.lines.doubts()));
}

namespace {

// Why the line is no rule; empty when it is one, in `out`.
std::string read_rule(const std::string& line, const container::ComponentContext& context,
                      std::vector<RewriteRule>& out) {
  const std::vector<std::string> fields = split(line);
  if (fields.size() != 3)
    return "'" + config::printable(line) + "' is not <regex>:<substitution>:<action>; a colon inside is written \\:";
  auto pattern = config::Pattern::parse(fields[0]);
  if (!pattern.ok()) return pattern.error().text;
  if (pattern->groups() > kMostGroups) return "the expression has more than 99 groups";
  auto substitution = Substitution::parse(fields[1], pattern->groups());
  if (!substitution.ok()) return substitution.error().text;
  RewriteRule rule{std::move(*pattern), std::move(*substitution), RewriteRule::Action::pass_through, "", 0};
  if (std::string why = read_action(fields[2], rule); !why.empty()) return why;
  if (rule.action == RewriteRule::Action::redirect)
    if (const auto why = rule.substitution.why_no_location())
      return "'" + config::printable(fields[1]) + "' " + *why;
  if (rule.action == RewriteRule::Action::file && rule.substitution.keeps_uri())
    return "F needs the path of a file, not '-'";
  if (!rule.servlet.empty() && context.web_xml && !config::find_component(context.web_xml->servlets, rule.servlet))
    return config::no_component("servlet", rule.servlet, context.web_xml->servlets);
  out.push_back(std::move(rule));
  return "";
}

std::unique_ptr<api::Filter> make(const container::ComponentContext& context, const config::Params& params) {
  RewriteRules rules{container::ConditionalLines(params, "RequestURI", container::Stage::request), {}};
  for (const config::ParamLine& line : rules.lines.entries())
    if (const std::string why = read_rule(line.text, context, rules.rules); !why.empty())
      params.fault(line.where, "RequestURI: " + why);
  files::MimeTypes types;
  if (context.web_xml) types = context.web_xml->mime_types;
  return std::make_unique<RewriteFilter>(context.doc_base, std::move(types), std::move(rules));
}

const container::FilterRow kRows[] = {
    {.name = "RewriteFilter",
     .aliases = {"ch::nevis::isiweb4::filter::rewrite::RewriteFilter"},
     .params = kParams,
     .doc = "Gives requests another URI, another servlet, a redirect or a file.",
     .make = make},
};

}  // namespace
}  // namespace navajo::filters::rewrite

namespace navajo::filters {
std::span<const container::FilterRow> rewrite_rows() { return rewrite::kRows; }
}  // namespace navajo::filters
