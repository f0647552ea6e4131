// One request on its way through the rules: evaluates the sets of a phase, carries out what fired, and keeps what has
// to be done later (fields of the answer, records of logs, prices that depend on the answer's size). Lives on the
// filter's stack; holds one generation of the rules from beginning to end. One fiber or thread; actions may wait.
#pragma once

#include <atomic>
#include <memory>
#include <memory_resource>
#include <optional>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/filters/rule/ruled_body.h"
#include "navajo/filters/rule/settings.h"
#include "navajo/rules/request_facts.h"

namespace navajo::filters::rule {

// Of a filter, all children's own.
struct Numbers {
  std::atomic<uint64_t> requests{0}, refused{0}, would_have{0}, delayed{0}, logged{0};
};

struct FieldChange {
  rules::Change change;
  std::string_view name, value;
};
void apply_change(http::Headers& fields, const FieldChange& change, std::pmr::memory_resource& memory);

limits::CreditSpec spec_of(const rules::Credit& credit);

// An answer that a rule gives instead of the one there is.
struct Answer {
  int status = 0;
  std::string_view content_type;
  std::string_view body;  // empty: the error page of the Context
  const char* cause = "";
};

// A record that is written when all is over.
struct PendingLog {
  uint32_t rule;
  const rules::Log* log;
  rules::EventLog* target;
};

class RuledExchange {
 public:
  RuledExchange(const Settings& settings, Numbers& numbers, std::shared_ptr<const rules::RuleGeneration> generation,
                RuledRequest& request);

  // The request's sets. An answer: nothing is forwarded.
  std::optional<Answer> judge_request(api::Response& response);
  // The response's sets, before its head goes out. status: of a refusal that the container makes a page for; else 0.
  std::optional<Answer> judge_response(api::Response& response, int status);
  // Fields that fired rules have for the answer. Before its head goes out.
  void write_fields(http::Headers& fields);
  // All is over.
  void end(api::Response& response, const api::Outcome& outcome, std::string_view response_body);

  // What the rest of the chain is to see.
  api::Request& request() { return request_; }
  bool response_wants_body() const;
  bool has_response_work() const;
  std::optional<uint64_t> response_limit() const { return response_limit_; }
  // Name of the servlet a rule has chosen; empty: the mapped one.
  std::string_view route() const { return route_; }
  rules::RequestFacts& facts() { return facts_; }
  const rules::RuleGeneration& generation() const { return *generation_; }
  size_t inspected() const { return settings_.inspected; }

 private:
  friend class Acting;
  struct Charge {
    limits::Key key;
    const rules::Credit* credit;
    std::string_view label;
  };
  void add_log(uint32_t number, const rules::ProgramRule& rule, const rules::Log& log);

  std::optional<Answer> judge(const std::vector<std::string>& names, rules::Phase phase, api::Response& response);
  std::optional<Answer> prepare(const rules::Needs& needs);
  std::optional<Answer> inspect_body();
  bool is_chosen(const rules::ProgramSet& set, const std::vector<std::string>& names, rules::Phase phase) const;

  const Settings& settings_;
  Numbers& numbers_;
  std::shared_ptr<const rules::RuleGeneration> generation_;
  RuledRequest& ruled_;
  container::PreparedRequest request_;  // parameters, where a set needs them
  rules::RequestFacts facts_;
  std::pmr::vector<FieldChange> fields_;
  std::pmr::vector<PendingLog> logs_;
  std::pmr::vector<Charge> charges_;
  std::pmr::vector<limits::Slot> slots_;
  // What answers say of them.
  struct RateNote {
    limits::RateDecision decision;
    std::chrono::milliseconds window;
    std::string_view rule;
  };
  struct CreditNote {
    limits::CreditDecision decision;
    std::string_view rule;
  };
  std::pmr::vector<RateNote> rate_notes_;
  std::pmr::vector<CreditNote> credit_notes_;
  std::optional<uint64_t> response_limit_;
  std::string_view route_, decided_by_;
};

}  // namespace navajo::filters::rule
