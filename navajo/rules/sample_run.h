// Trying samples with the very program that serves requests. Nothing is limited: of a rate, a credit or a concurrency
// it is only told which rule would be asked. At the command line; one thread.
#pragma once

#include <string>
#include <vector>

#include "navajo/rules/program.h"
#include "navajo/rules/sample.h"

namespace navajo::rules {

struct SampleFiring {
  const ProgramRule* rule = nullptr;
  Arm arm = Arm::then;
  bool gave_up = false;
  const std::vector<Action>& actions() const { return arm == Arm::then ? rule->then : rule->otherwise; }
};

struct SampleOutcome {
  std::vector<SampleFiring> fired;      // in their order; those in shadow as well, which do nothing
  const Action* last = nullptr;         // the one that ended it: pass, block, redirect; null: none did
  std::vector<SampleValue> tags;
  std::vector<std::string> asked;       // ids of rules with a limit that would be asked
};

// All sets of the request; then, with a response and unless the request was answered, all sets of the response.
SampleOutcome try_sample(const Program& program, const Sample& sample);

// What differs from the expectation, a line each: "samples.xml:7: rule 'a' did not act; what acted: b".
std::vector<std::string> differences(const Sample& sample, const SampleOutcome& outcome);

// "GET /a: rules a, b (else); answer 403; limits asked: b; tags: x=y"
std::string summary(const Sample& sample, const SampleOutcome& outcome);

// The element's name.
const char* action_name(const Action& action);

}  // namespace navajo::rules
