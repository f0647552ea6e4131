// ErrorFilter: gives errors the application's own face. What a refusal of the chain or an answer of a backend says is
// looked at by its status; the first rule for it whose conditions hold says which servlet, file or redirect takes its
// place. An answer that has begun is never touched; when the rule's own source fails, the container's page is sent.
// Map it first (its mapping before all others), so that it sees what the other filters refuse.
// Facts: nevisproxy-filters-ops.md 2.7. Immutable after link() but for its counters; called by all threads and fibers.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/container/conditional_lines.h"
#include "navajo/files/file_sender.h"
#include "navajo/filters/error/error_rule.h"

namespace navajo::filters::error {

struct ErrorRules {
  container::ConditionalLines lines;  // entry n belongs to rules[n]
  std::vector<ErrorRule> rules;
};

class ErrorFilter final : public api::Filter {
 public:
  ErrorFilter(std::string doc_base, files::MimeTypes mime_types, ErrorRules rules)
      : doc_base_(std::move(doc_base)),
        mime_types_(std::move(mime_types)),
        rules_(std::move(rules)),
        servlets_(rules_.rules.size()) {}
  void link(const api::Components& components) override;
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

 private:
  class CaughtResponse;
  static constexpr size_t kNone = SIZE_MAX;

  // The number of the rule, or kNone.
  size_t find_rule(api::Request& request, const http::Headers& response_fields, int status) const;
  api::Outcome answer(api::Request& request, api::Response& response, size_t rule, int status);
  api::Outcome answer_soap(api::Request& request, api::Response& response, int status);
  api::Outcome run_source(api::Request& request, api::Response& response, size_t rule);

  std::string doc_base_;
  files::MimeTypes mime_types_;
  ErrorRules rules_;
  std::vector<api::Servlet*> servlets_;  // of the rules, by name
  files::FileCounters files_;
  std::atomic<uint64_t> caught_{0}, failed_{0};
};

}  // namespace navajo::filters::error

namespace navajo::filters {
std::span<const container::FilterRow> error_rows();
}
