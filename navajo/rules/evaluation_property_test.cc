// What an image with its index says is what a walk over the rules says, for rules and requests by chance.
#include <cstdlib>
#include <memory_resource>
#include <string>
#include <vector>

#include "navajo/rules/program.h"
#include "navajo/rules/random_rules.h"
#include "navajo/rules/reference_evaluator.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::rules;

namespace {

// Who is told of rules: sets their tags, and now and then has enough.
class Visitor {
 public:
  Visitor(FakeFacts& facts, const std::vector<const Rule*>& rules, size_t limit)
      : facts_(facts), rules_(rules), limit_(limit) {}
  Next operator()(const Fired& fired) {
    told += " " + rules_[fired.rule]->id + (fired.gave_up ? "?" : fired.arm == Arm::then ? "" : "-");
    if (!fired.gave_up)
      for (const Action& action : fired.arm == Arm::then ? rules_[fired.rule]->then : rules_[fired.rule]->otherwise)
        if (const Tag* const tag = std::get_if<Tag>(&action)) facts_.set_tag(tag->name, tag->value.parts[0].literal);
    return ++count_ == limit_ ? Next::stop : Next::go_on;
  }
  std::string told;

 private:
  FakeFacts& facts_;
  const std::vector<const Rule*>& rules_;
  size_t limit_, count_ = 0;
};

// Rules that were told of.
size_t compare(uint64_t seed, int requests) {
  RandomRules random(seed);
  const RuleFile file = random.file();
  navajo::config::Diagnostics diagnostics;
  const std::vector<std::byte> image = compile(file, diagnostics);
  for (const auto& fault : diagnostics.faults()) FAIL((fault.line() + " seed " + std::to_string(seed)).c_str());
  auto program = Program::adopt(image);
  if (!program.ok()) FAIL(program.error().text.c_str());
  ReferenceEvaluator reference(file);
  std::vector<const Rule*> rules;
  for (const RuleSet& set : file.sets)
    for (const Rule& rule : set.rules) rules.push_back(&rule);

  size_t told = 0;
  for (int i = 0; i < requests; i++) {
    const FakeFacts request = random.request();
    FakeFacts ours = request, theirs = request;
    const size_t limit = random.one_in(5) ? 1 + random.below(4) : 0;
    for (size_t set = 0; set < file.sets.size(); set++) {
      std::pmr::monotonic_buffer_resource memory;
      Visitor visitor(ours, rules, limit), expected(theirs, rules, limit);
      const ProgramSet& of_program = (*program)->sets()[set];
      (*program)->evaluate(of_program, ours, {.memory = memory}, visitor);
      reference.evaluate(file.sets[set], of_program.first, theirs, expected);
      if (visitor.told != expected.told)
        FAIL(("seed " + std::to_string(seed) + ", request " + std::to_string(i) + ", " + file.sets[set].name +
              ": told" + visitor.told + ", expected" + expected.told)
                 .c_str());
      told += expected.told.size();
    }
  }
  return told;
}

}  // namespace

TEST_GROUP(Evaluation){};

TEST(Evaluation, is_that_of_the_reference_for_rules_and_requests_by_chance) {
  // Another seed from outside: for looking longer.
  const char* const given = getenv("NAVAJO_RULES_SEEDS");
  const uint64_t from = given ? strtoull(given, nullptr, 10) : 1, seeds = given ? 20000 : 60;
  size_t told = 0;
  for (uint64_t seed = from; seed < from + seeds; seed++) told += compare(seed, 25);
  CHECK_TRUE(told > 10 * seeds);
}
