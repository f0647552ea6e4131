// RewriteFilter: gives requests another URI. RequestURI has one rule a line, `<regex>:<substitution>:<action>`, with
// conditions before it; the first rule is taken whose conditions hold and whose expression is found in the path
// (decoded and normalised, as all decisions are made on it, without the query). What it does then:
//   PT          the chain goes on with the new URI
//   S=servlet   the same, with that servlet at its end
//   R, R=301    a redirect (302)
//   F, F=403    the file of that name below docBase is the answer (200)
// Filters behind this one and the servlet stay those of the original path: a rule can lead nobody past a filter. The
// new path is normalised like the client's; one with dot segments or control bytes is refused.
// Facts: nevisproxy-filters-ops.md 2.5. Immutable after link() but for its counters; called by all threads and fibers.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/config/pattern.h"
#include "navajo/container/catalogue.h"
#include "navajo/container/conditional_lines.h"
#include "navajo/files/file_sender.h"
#include "navajo/filters/rewrite/substitution.h"

namespace navajo::filters::rewrite {

struct RewriteRule {
  enum class Action : uint8_t { pass_through, servlet, redirect, file };
  config::Pattern pattern;
  Substitution substitution;
  Action action;
  std::string servlet;  // its name
  int status = 0;       // of redirect and file
};

struct RewriteRules {
  container::ConditionalLines lines;  // entry n belongs to rules[n]
  std::vector<RewriteRule> rules;
};

class RewriteFilter final : public api::Filter {
 public:
  RewriteFilter(std::string doc_base, files::MimeTypes mime_types, RewriteRules rules)
      : doc_base_(std::move(doc_base)),
        mime_types_(std::move(mime_types)),
        rules_(std::move(rules)),
        servlets_(rules_.rules.size()) {}
  void link(const api::Components& components) override;
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

 private:
  class Rewriting;
  std::string doc_base_;
  files::MimeTypes mime_types_;
  RewriteRules rules_;
  std::vector<api::Servlet*> servlets_;  // of the rules, by name
  files::FileCounters files_;
  std::atomic<uint64_t> rewritten_{0}, refused_{0};
};

}  // namespace navajo::filters::rewrite

namespace navajo::filters {
std::span<const container::FilterRow> rewrite_rows();
}
