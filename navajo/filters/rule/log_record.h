// The record of one request for one Log action: its members are those of docs/reference/event-log.md.
#pragma once

#include <string_view>

#include "navajo/rules/event_log.h"
#include "navajo/rules/program.h"
#include "navajo/rules/request_facts.h"

namespace navajo::filters::rule {

struct RecordSource {
  rules::RequestFacts& facts;
  api::Response& response;
  const rules::ProgramRule& rule;
  const rules::Log& log;
  std::string_view body, response_body;  // first bytes
  const char* cause;                     // of a refusal, or empty
  std::string_view tags;
};

// Whether this one is of the share that is logged. Any thread.
bool is_sampled(double share);

void write_record(const RecordSource& source, rules::EventLog& log);

}  // namespace navajo::filters::rule
