// What a RuleFilter was configured with. Made in the parent, immutable.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "navajo/container/preparation.h"
#include "navajo/limits/limits.h"
#include "navajo/rules/event_log.h"
#include "navajo/rules/rule_store.h"

namespace navajo::filters::rule {

using EventLogs = std::map<std::string, std::shared_ptr<rules::EventLog>, std::less<>>;

struct Settings {
  std::shared_ptr<rules::RuleStore> store;
  std::vector<std::string> request_sets, response_sets;  // empty: all of that phase
  bool shadow = false;         // of all sets
  uint64_t inspected = 65536;  // bytes of a body conditions see
  container::BodyLimits form;  // of a form whose parameters conditions look at
  std::shared_ptr<limits::Limits> limits;
  bool fields = true, x_fields = false;  // RateLimit fields in answers; X-RateLimit ones besides
  const EventLogs* event_logs = nullptr;
};

}  // namespace navajo::filters::rule
