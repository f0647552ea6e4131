#include "navajo/rules/program.h"

#include <memory_resource>
#include <string>

#include "navajo/rules/fake_facts.h"
#include "navajo/rules/rule_builder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::rules;
using namespace navajo::rules::build;

TEST_GROUP(Program) {
  std::vector<std::byte> image;
  std::unique_ptr<Program> program;
  FakeFacts facts;

  void make(const RuleFile& file) {
    navajo::config::Diagnostics diagnostics;
    image = compile(file, diagnostics);
    for (const auto& fault : diagnostics.faults()) FAIL(fault.line().c_str());
    auto adopted = Program::adopt(image);
    if (!adopted.ok()) FAIL(adopted.error().text.c_str());
    program = std::move(*adopted);
  }
  // Ids of the rules that fired, "-" behind those whose other arm did, "?" behind those that gave up.
  std::string fired(Next answer = Next::go_on) {
    std::pmr::monotonic_buffer_resource memory;
    std::string out;
    program->evaluate(program->sets()[0], facts, {.memory = memory}, [&](const Fired& one) {
      out += std::string(program->rules()[one.rule].id) + (one.gave_up ? "? " : one.arm == Arm::then ? " " : "- ");
      return answer;
    });
    return out;
  }
  std::string faults(const RuleFile& file) {
    navajo::config::Diagnostics diagnostics;
    CHECK_TRUE(compile(file, diagnostics).empty());
    std::string out;
    for (const auto& fault : diagnostics.faults()) out += fault.line() + "\n";
    return out;
  }
};

TEST(Program, ends_with_the_first_match_unless_that_rule_goes_on) {
  RuleFile file = build::file(Evaluation::first, {rule("a", method("GET")), rule("b", method("GET")), rule("c", {})});
  file.sets[0].rules[0].go_on = true;
  make(file);
  facts.texts[Field::method] = "GET";
  STRCMP_EQUAL("a b ", fired().c_str());
  facts.texts[Field::method] = "PUT";
  STRCMP_EQUAL("c ", fired().c_str());
}

TEST(Program, collects_all_that_hold) {
  make(file(Evaluation::all, {rule("a", method("GET")), rule("b", method("PUT")), rule("c", {})}));
  facts.texts[Field::method] = "PUT";
  STRCMP_EQUAL("b c ", fired().c_str());
  STRCMP_EQUAL("b ", fired(Next::stop).c_str());
}

TEST(Program, takes_one_arm_or_the_other_of_a_two_armed_rule) {
  RuleFile file = build::file(Evaluation::first, {rule("a", method("GET")), rule("b", {})});
  file.sets[0].rules[0].two_armed = true;
  make(file);
  facts.texts[Field::method] = "GET";
  STRCMP_EQUAL("a ", fired().c_str());
  facts.texts[Field::method] = "PUT";
  STRCMP_EQUAL("a- ", fired().c_str());
}

TEST(Program, a_shadow_neither_ends_a_set_of_the_first_match_nor_skips) {
  RuleFile file = build::file(Evaluation::first, {rule("a", {}, {Skip{}}), rule("b", {})});
  file.sets[0].rules[0].shadow = true;
  make(file);
  STRCMP_EQUAL("a b ", fired().c_str());
  CHECK_TRUE(program->rules()[0].shadow);
}

TEST(Program, skips_to_a_later_rule_or_to_the_end) {
  make(file(Evaluation::all,
            {rule("a", {}, {Skip{"c"}}), rule("b", {}), rule("c", method("GET"), {Skip{}}), rule("d", {})}));
  facts.texts[Field::method] = "GET";
  STRCMP_EQUAL("a c ", fired().c_str());
  facts.texts[Field::method] = "PUT";
  STRCMP_EQUAL("a d ", fired().c_str());
}

TEST(Program, goes_on_where_a_skip_leads_in_a_set_of_the_first_match_too) {
  make(file(Evaluation::first, {rule("a", {}, {Skip{"c"}}), rule("b", {}), rule("c", {}), rule("d", {})}));
  STRCMP_EQUAL("a c ", fired().c_str());
}

TEST(Program, sees_tags_that_earlier_rules_set) {
  make(file(Evaluation::all, {rule("a", method("GET")), rule("b", test(Field::tag, MatchKind::exact, "yes", "seen")),
                              rule("c", negated(test(Field::tag, MatchKind::exists, "", "seen")))}));
  facts.texts[Field::method] = "GET";
  std::string out;
  std::pmr::monotonic_buffer_resource memory;
  program->evaluate(program->sets()[0], facts, {.memory = memory}, [&](const Fired& one) {
    out += program->rules()[one.rule].id;
    facts.set_tag("seen", "yes");
    return Next::go_on;
  });
  STRCMP_EQUAL("ab", out.c_str());
}

// failure-modes.md row 33: what gives up has not decided anything, and nobody can take it for a no.
TEST(Program, tells_of_a_rule_whose_pattern_gave_up) {
  const Condition bad = test(Field::path, MatchKind::regex, "(a+)+$");
  make(file(
      Evaluation::first,
      {rule("alone", bad), rule("not", negated(bad)), rule("and_false", all({bad, method("PUT")})),
       rule("and_true", all({bad, method("GET")})), rule("or_true", any({bad, method("GET")})), rule("later", {})}));
  facts.texts[Field::method] = "GET";
  facts.texts[Field::path] = std::string(200, 'a') + "!";
  STRCMP_EQUAL("alone? not? and_true? or_true ", fired().c_str());
  facts.texts[Field::path] = "aaa";
  STRCMP_EQUAL("alone ", fired().c_str());
}

TEST(Program, gave_up_patterns_leave_a_two_armed_rule_undecided) {
  RuleFile file = build::file(Evaluation::all, {rule("a", test(Field::path, MatchKind::regex, "(a+)+$"))});
  file.sets[0].rules[0].two_armed = true;
  make(file);
  facts.texts[Field::path] = std::string(200, 'a') + "!";
  STRCMP_EQUAL("a? ", fired().c_str());
}

TEST(Program, finds_values_in_long_lists) {
  RuleFile file =
      build::file(Evaluation::all, {rule("host", in_list(Field::host, 0)), rule("client", in_list(Field::client, 1)),
                                    rule("header", in_list(Field::header, 2, "X-Id"))});
  ValueList hosts{.name = "hosts"}, networks{.name = "networks", .kind = ValueList::Kind::network}, ids{.name = "ids"};
  for (int i = 0; i < 5000; i++) {
    hosts.entries.push_back((i % 2 ? "*.site" : "www.site") + std::to_string(i) + ".example");
    networks.entries.push_back("10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".0/25");
    ids.entries.push_back("ID" + std::to_string(i));
  }
  ids.ignore_case = true;
  ids.entries.push_back("pre*fix?");
  file.lists = {hosts, networks, ids};
  make(file);
  STRCMP_EQUAL("", fired().c_str());
  facts.texts[Field::host] = "a.b.site4321.example";
  facts.headers = {{"x-ID", "none"}, {"x-id", "id4999"}};
  facts.addresses[Field::client] = FakeFacts::ipv4(10, 19, 249, 127);
  STRCMP_EQUAL("host client header ", fired().c_str());
  facts.texts[Field::host] = "www.site4321.example.";
  facts.headers = {{"x-id", "PREFiFIXx"}};
  facts.addresses[Field::client] = FakeFacts::ipv4(10, 19, 249, 128);
  STRCMP_EQUAL("header ", fired().c_str());
}

TEST(Program, judges_numbers_times_and_networks) {
  make(file(Evaluation::all, {rule("server_error", range(Field::status, 500, 599)),
                              rule("large", range(Field::request_size, 1001, INT64_MAX)),
                              rule("work", test(Field::time, MatchKind::time, "Mon-Fri 08:00-18:00")),
                              rule("inside", test(Field::client, MatchKind::network, "2001:db8::/33")),
                              rule("outside", negated(test(Field::client, MatchKind::network, "10.0.0.0/8")))}));
  facts.time = 1'700'000'000;  // Tuesday 22:13:20
  STRCMP_EQUAL("outside ", fired().c_str());
  facts.time -= 6 * 3600;
  facts.numbers[Field::status] = 599;
  facts.numbers[Field::request_size] = 1000;
  facts.addresses[Field::client] = {0x20, 0x01, 0x0d, 0xb8, 0x7f};
  STRCMP_EQUAL("server_error work inside outside ", fired().c_str());
  facts.numbers[Field::request_size] = 1001;
  facts.numbers[Field::status] = 600;
  facts.addresses[Field::client] = FakeFacts::ipv4(10, 2, 3, 4);
  STRCMP_EQUAL("large work ", fired().c_str());
}

TEST(Program, finds_addresses_in_networks_that_lie_within_each_other) {
  RuleFile file = build::file(Evaluation::all, {rule("a", in_list(Field::client, 0))});
  file.lists.push_back({.name = "networks", .kind = ValueList::Kind::network});
  file.lists[0].entries = {"10.0.0.0/24", "10.0.0.0/8", "10.0.0.0/16", "10.0.7.0/24", "192.0.2.1", "11.0.0.0/8"};
  make(file);
  for (const auto& [address, inside] : {std::pair(FakeFacts::ipv4(10, 200, 0, 1), true),
                                        {FakeFacts::ipv4(10, 255, 255, 255), true},
                                        {FakeFacts::ipv4(9, 255, 255, 255), false},
                                        {FakeFacts::ipv4(11, 0, 0, 0), true},
                                        {FakeFacts::ipv4(12, 0, 0, 0), false},
                                        {FakeFacts::ipv4(192, 0, 2, 1), true},
                                        {FakeFacts::ipv4(192, 0, 2, 2), false}}) {
    facts.addresses[Field::client] = address;
    STRCMP_EQUAL(inside ? "a " : "", fired().c_str());
  }
}

TEST(Program, says_what_has_to_be_there_before_a_set_is_evaluated) {
  RuleFile file = build::file(Evaluation::all, {rule("a", method("GET"))});
  make(file);
  CHECK_TRUE(program->sets()[0].needs == Needs{});
  file.sets[0].rules[0].when = any({method("GET"), negated(test(Field::parameter, MatchKind::exists, "", "x")),
                                    test(Field::body, MatchKind::glob, "*x*")});
  Tag tag{.name = "t"};
  tag.value.parts.push_back({.literal = "for ", .variable = Field::user});
  Rate rate;
  rate.key = {{Field::session, "tenant"}};
  file.sets[0].rules[0].otherwise = {tag, rate};
  make(file);
  CHECK_TRUE((program->sets()[0].needs == Needs{.parameters = true, .body = true, .session = true, .user = true}));
  file.sets[0].rules[0].when = test(Field::response_body, MatchKind::exists);
  file.sets[0].rules[0].otherwise = {Log{.body = 100, .response_body = 7}};
  make(file);
  CHECK_TRUE((program->sets()[0].needs == Needs{.response = true, .response_body = true}));
  LONGS_EQUAL(100, program->logged_body());
  LONGS_EQUAL(7, program->logged_response_body());
}

TEST(Program, tells_the_time_each_rule_took) {
  make(file(Evaluation::all, {rule("a", method("GET")), rule("b", method("PUT")), rule("c", {})}));
  facts.texts[Field::method] = "GET";
  std::pmr::monotonic_buffer_resource memory;
  std::string timed;
  const auto note = [&](uint32_t rule, uint64_t nanoseconds) {
    timed += std::to_string(rule) + (nanoseconds < 10'000'000'000 ? " " : "! ");
  };
  navajo::base::FunctionRef<void(uint32_t, uint64_t)> profile(note);
  program->evaluate(program->sets()[0], facts, {.memory = memory, .profile = &profile},
                    [](const Fired&) { return Next::go_on; });
  STRCMP_EQUAL("0 2 ", timed.c_str());  // b was no candidate
}

TEST(Program, keeps_ids_places_and_sets) {
  RuleFile file = build::file(Evaluation::all, {rule("a", method("GET"), {Block{.status = 418}})});
  RuleSet second;
  second.name = "answers";
  second.phase = Phase::response;
  second.shadow = true;
  second.rules.push_back(rule("b", range(Field::status, 500, 599)));
  file.sets.push_back(second);
  make(file);
  STRCMP_EQUAL("rules.xml:12", std::string(program->rules()[0].place).c_str());
  LONGS_EQUAL(418, std::get<Block>(program->rules()[0].then[0]).status);
  const ProgramSet* const answers = program->set("answers");
  CHECK_TRUE(answers && answers->phase == Phase::response && answers->first == 1 && answers->count == 1);
  CHECK_TRUE(program->rules()[1].shadow);
  CHECK_TRUE(program->set("none") == nullptr);
}

TEST(Program, compiles_patterns_once_and_those_of_captures) {
  Capture capture{.name = "id", .field = Field::path, .field_name = "", .pattern = "id=(\\d+)", .compiled = nullptr};
  make(file(Evaluation::all, {rule("a", test(Field::path, MatchKind::regex, "^/a"), {capture}),
                              rule("b", test(Field::query, MatchKind::regex, "^/a"))}));
  LONGS_EQUAL(2, program->patterns());
  LONGS_EQUAL(0, program->patterns_without_jit());
  CHECK_TRUE(std::get<Capture>(program->rules()[0].then[0]).compiled->search("id=12") ==
             navajo::config::SearchResult::found);
}

TEST(Program, says_what_cannot_be_compiled_with_its_place) {
  Condition pattern = test(Field::path, MatchKind::regex, "(a");
  pattern.where = {"/etc/rules.xml", 7, 20};
  Condition glob = path("/a[b");
  glob.where = {"/etc/rules.xml", 8, 1};
  const std::string told =
      faults(file(Evaluation::all, {rule("a", pattern), rule("b", glob), rule("c", {}, {Skip{"a"}}),
                                    rule("d", test(Field::client, MatchKind::network, "10.0.0.0/33")),
                                    rule("e", range(Field::path, 1, 2))}));
  STRCMP_CONTAINS("/etc/rules.xml:7:20: NVJ1900 '(a': ", told.c_str());
  STRCMP_CONTAINS("/etc/rules.xml:8:1: NVJ1900 '[' is not closed", told.c_str());
  STRCMP_CONTAINS("/etc/rules.xml:12:3: NVJ1900 rule 'c' skips to 'a', which is no later rule of its set",
                  told.c_str());
  STRCMP_CONTAINS("prefix length", told.c_str());
  STRCMP_CONTAINS("'path' cannot be compared in this way", told.c_str());
}

TEST(Program, says_what_is_too_much) {
  Condition deep = method("GET");
  for (size_t i = 0; i < kMaxConditionDepth; i++) deep = i % 2 ? all({deep, {}}) : any({deep, method("PUT")});
  STRCMP_CONTAINS("nested more than 32 levels", faults(file(Evaluation::all, {rule("a", deep)})).c_str());
  std::vector<Rule> many(kMaxRules + 1);
  STRCMP_CONTAINS("more than 20000 rules", faults(file(Evaluation::all, std::move(many))).c_str());
  RuleFile globs = file(Evaluation::all, {rule("a", in_list(Field::query, 0))});
  globs.lists.push_back({.name = "globs", .entries = std::vector<std::string>(5001, "a*b")});
  STRCMP_CONTAINS("list 'globs': more than 5000 entries", faults(globs).c_str());
}

TEST(Program, more_rules_than_fit_on_the_stack_are_found_in_their_order) {
  std::vector<Rule> rules;
  for (int i = 0; i < 9000; i++)
    rules.push_back(rule("r" + std::to_string(i), path("/app" + std::to_string(i / 2) + "/**")));
  make(file(Evaluation::all, std::move(rules)));
  facts.texts[Field::path] = "/app4321/x";
  STRCMP_EQUAL("r8642 r8643 ", fired().c_str());
}

// A text in which the beginnings of all literals stand everywhere makes every rule a candidate, and costs no more.
TEST(Program, a_text_made_for_the_index_changes_nothing_but_the_time) {
  std::vector<Rule> rules;
  for (int i = 0; i < 3000; i++)
    rules.push_back(
        rule("r" + std::to_string(i), test(Field::query, MatchKind::glob, "*abc" + std::to_string(i % 10) + "*")));
  make(file(Evaluation::all, std::move(rules)));
  std::string text;
  for (int i = 0; i < 3000; i++) text += "abc";
  facts.texts[Field::query] = text;
  STRCMP_EQUAL("", fired().c_str());
  facts.texts[Field::query] = text + "7";
  STRCMP_CONTAINS("r7 r17 ", fired().c_str());
}
