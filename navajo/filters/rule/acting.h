// Carries out the actions of one rule that fired. Lives for one call of run().
#pragma once

#include <span>

#include "navajo/filters/rule/ruled_exchange.h"
#include "navajo/rules/template.h"

namespace navajo::filters::rule {

class Acting {
 public:
  // response: not committed.
  Acting(RuledExchange& exchange, const rules::Fired& fired, api::Response& response);

  enum class End : uint8_t { none, passed, answered };
  End run();
  const Answer& answer() const { return answer_; }
  // For who asks why later: which rule, and what came of it.
  std::string_view id() const { return rule_.id; }
  std::string_view word(End end) const {
    if (fired_.gave_up && end != End::answered) return "gave_up";
    if (shadow_) return "shadow";
    return end == End::answered ? "refused" : end == End::passed ? "passed" : "acted";
  }

 private:
  bool refuses(const std::vector<rules::Action>& actions) const;
  void would_have(const char* what);
  // One action each; true: the request goes on.
  bool act(const rules::Pass&);
  bool act(const rules::Block&);
  bool act(const rules::Redirect&);
  bool act(const rules::Delay&);
  bool act(const rules::Tag&);
  bool act(const rules::ChangeHeader&);
  bool act(const rules::Rate&);
  bool act(const rules::Credit&);
  bool act(const rules::Concurrency&);
  bool act(const rules::Log&);
  bool act(const rules::Capture&);
  bool act(const rules::Route&);
  bool act(const rules::BodyLimit&);
  bool act(const rules::Timeout&);
  bool act(const rules::Skip&) { return true; }

  bool answer(int status, const char* cause, std::string_view content_type, const rules::Template& body);
  bool wait();
  std::string_view expanded(const rules::Template& text, rules::Escape escape);
  // Tells the client of a decision, in the answer's fields.
  bool tells(bool wanted_by_rule) const { return wanted_by_rule && exchange_.settings_.fields && !is_shadow(); }
  void note_limit(std::chrono::seconds reset, uint64_t remaining);
  template <class Decision>
  void tell_refusal(const Decision& decision, std::chrono::milliseconds retry_after, bool told);
  // For whom a limit is, as an operator recognises it.
  std::string_view label_of(std::span<const rules::KeyPart> parts);
  limits::Key key_of(const std::vector<rules::KeyPart>& parts, std::string_view purpose);
  std::pmr::memory_resource& memory() { return exchange_.request().memory(); }
  bool is_shadow() const { return shadow_; }

  RuledExchange& exchange_;
  const rules::ProgramRule& rule_;
  rules::RuleCountersShm& counters_;
  const std::vector<rules::Action>& actions_;
  rules::Fired fired_;
  api::Response& response_;
  bool shadow_;
  std::chrono::milliseconds delay_{0};
  Answer answer_;
  End end_ = End::none;
};

}  // namespace navajo::filters::rule
