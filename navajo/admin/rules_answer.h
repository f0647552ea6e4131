// rules show and reload. show lists every rule of the generation at work with its counters, and what is left of its
// credits (at most kMostCredits of them), made at once: a generation is not kept from going by a client that reads
// slowly. reload reads the files of one Rules element after the other, on the admin thread, which may take a second.
// One thread.
#pragma once

#include "navajo/admin/answer.h"
#include "navajo/admin/request.h"

namespace navajo::admin {

class RulesAnswer final : public Answer {
 public:
  static constexpr uint64_t kMostCredits = 10000;

  RulesAnswer(Request request, RuleStores stores, const limits::Limits* limits)
      : request_(std::move(request)), stores_(std::move(stores)), limits_(limits) {}

  bool more(std::string& out) override;

 private:
  void show(const rules::RuleStore& store, std::string& out);
  void show_credits(const rules::RuleGeneration& generation, const std::string& name, std::string& out);
  void reload(rules::RuleStore& store, std::string& out);

  const Request request_;
  const RuleStores stores_;
  const limits::Limits* const limits_;
  size_t next_ = 0;
  uint64_t rules_ = 0, credits_ = 0, credits_left_out_ = 0, reloaded_ = 0, faults_ = 0;
};

}  // namespace navajo::admin
