// An evaluation in the warm state takes no memory from the heap: malloc itself is counted.
#include "navajo/base/count_allocations.h"

#ifdef NAVAJO_COUNTS_ALLOCATIONS

#include <cstddef>
#include <cstdlib>
#include <memory_resource>
#include <string>

#include "navajo/rules/fake_facts.h"
#include "navajo/rules/program.h"
#include "navajo/rules/rule_builder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::rules;
using namespace navajo::rules::build;

TEST_GROUP(EvaluationAllocations){};

TEST(EvaluationAllocations, there_are_none_after_the_first_requests) {
  std::vector<Rule> rules;
  for (int i = 0; i < 2500; i++) {
    const std::string n = std::to_string(i);
    rules.push_back(rule("a" + n, all({path("/app" + n + "/**"), method("GET")})));
    rules.push_back(
        rule("b" + n, any({test(Field::cookie, MatchKind::exact, n, "c"), test(Field::time, MatchKind::time, "Sat-Sun"),
                           test(Field::header, MatchKind::glob, "*" + n + "*", "User-Agent")})));
    if (i >= 50) continue;
    rules.push_back(rule("c" + n, test(Field::header, MatchKind::regex, "(?i)bot" + n + "|crawler", "User-Agent")));
    rules.push_back(rule("d" + n, test(Field::query, MatchKind::regex, "(?:x|y)+=" + n)));
  }
  rules.push_back(rule("long", test(Field::body, MatchKind::regex, "union.*select")));
  rules.push_back(rule("host", in_list(Field::host, 0)));
  rules.push_back(rule("client", in_list(Field::client, 1)));
  RuleFile file = build::file(Evaluation::all, std::move(rules));
  file.lists.push_back({.name = "hosts", .entries = std::vector<std::string>(100, "*.example")});
  file.lists.push_back({.name = "nets", .kind = ValueList::Kind::network, .entries = {"192.0.2.0/24"}});
  navajo::config::Diagnostics diagnostics;
  const std::vector<std::byte> image = compile(file, diagnostics);
  CHECK_TRUE(diagnostics.ok());
  const auto program = Program::adopt(image);
  CHECK_TRUE(program.ok());

  FakeFacts facts;
  facts.texts = {{Field::path, "/app77/x"},
                 {Field::method, "GET"},
                 {Field::query, "xyxy=9&a=b"},
                 {Field::host, "a.b.example"},
                 {Field::body, std::string(8000, 'u') + "union select"}};
  facts.addresses[Field::client] = FakeFacts::ipv4(192, 0, 2, 1);
  facts.headers = {{"User-Agent", "a crawler, not bot12"}, {"Accept", "*/*"}};
  facts.named = {{Field::cookie, "c", "55"}};
  size_t fired = 0;
  // The request's memory: what an evaluation needs beyond the stack.
  alignas(std::max_align_t) static std::byte room[64 * 1024];
  const auto evaluate = [&] {
    std::pmr::monotonic_buffer_resource memory(room, sizeof room, std::pmr::null_memory_resource());
    (*program)->evaluate((*program)->sets()[0], facts, {.memory = memory}, [&](const Fired& one) {
      fired += !one.gave_up;
      return Next::go_on;
    });
  };
  evaluate();
  evaluate();
  fired = 0;
  const size_t before = navajo::base::t_allocations;
  evaluate();
  LONGS_EQUAL(0, navajo::base::t_allocations - before);
  CHECK_TRUE(fired > 50);
}

#endif
