#include "navajo/filters/filter_mapping/filter_mapping_filter.h"

#include <string>

#include "navajo/api/fakes.h"
#include "navajo/config/web_xml.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::filters;

namespace {

// Writes down when it is passed, each way; may answer itself.
class Mark final : public api::Filter {
 public:
  Mark(std::string name, std::string& trail) : name_(std::move(name)), trail_(trail) {}
  bool answers = false;
  api::Servlet* leads_to = nullptr;
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override {
    trail_ += name_ + ">";
    if (answers) return api::Outcome::answered();
    const api::Outcome outcome = leads_to ? rest.proceed_to(*leads_to, request, response)
                                          : rest.proceed(request, response);
    trail_ += "<" + name_;
    return outcome;
  }

 private:
  std::string name_;
  std::string& trail_;
};

class Other final : public api::Servlet {
 public:
  api::Outcome service(api::Request&, api::Response&) override { return api::Outcome::refused(418, "other"); }
};

class Parts final : public api::Components {
 public:
  std::map<std::string, api::Filter*, std::less<>> filters;
  api::Servlet* servlet(std::string_view) const override { return nullptr; }
  api::Filter* filter(std::string_view name) const override {
    const auto found = filters.find(name);
    return found == filters.end() ? nullptr : found->second;
  }
};

}  // namespace

TEST_GROUP(FilterMappingFilter) {
  config::Diagnostics diagnostics;
  api::FakeRequest request{"GET", "/app/x"};
  api::FakeResponse response;
  api::FakeChain chain;
  std::string trail;
  Mark a{"a", trail}, b{"b", trail}, c{"c", trail};
  Parts parts;
  std::shared_ptr<config::WebXml> web = std::make_shared<config::WebXml>();

  void setup() override {
    parts.filters = {{"a", &a}, {"b", &b}, {"c", &c}};
    chain.rest = [this](api::Request&, api::Response&) {
      trail += "*";
      return api::Outcome::answered();
    };
    for (const char* name : {"a", "b", "c"}) declare(name, "HeaderDelegationFilter", "");
  }
  void declare(const char* name, const char* class_name, const char* rules) {
    config::WebComponent& one = web->filters.emplace_back();
    one.name.text = name;
    one.class_name.text = class_name;
    one.params["FilterRules"] = {rules, {"web.xml", 1, 1}};
  }
  std::unique_ptr<api::Filter> make(const char* rules) {
    const container::FilterRow& row = filter_mapping_rows()[0];
    const config::Params params("filter 'm'", {"web.xml", 1, 1}, row.params,
                                {{"FilterRules", {rules, {"web.xml", 10, 5}}}}, diagnostics);
    container::ComponentContext context{.name = "m"};
    context.web_xml = web;
    auto made = row.make(context, params);
    if (!diagnostics.ok()) return nullptr;
    made->link(parts);
    return made;
  }
  int filtered(const char* rules) {
    trail.clear();
    const auto filter = make(rules);
    if (!filter) FAIL(diagnostics.faults()[0].line().c_str());
    return filter->filter(request, response, chain).status;
  }
  void refused(const char* rules, const char* why) {
    diagnostics = {};
    CHECK_FALSE_TEXT(make(rules), rules);
    STRCMP_CONTAINS(why, diagnostics.faults()[0].line().c_str());
  }
};

TEST(FilterMappingFilter, the_filters_of_a_rule_run_in_its_order_and_back_in_reverse) {
  LONGS_EQUAL(0, filtered("c a b"));
  STRCMP_EQUAL("c>a>b>*<b<a<c", trail.c_str());
  CHECK_TRUE(response.is_finished);
}

TEST(FilterMappingFilter, the_first_rule_whose_conditions_hold_is_the_chain) {
  const char* rules = "Condition:HEADER:X-Kind:^app$\na b\nCondition:HEADER:X-Kind:^web$\nc\nb";
  request.with("X-Kind", "web");
  LONGS_EQUAL(0, filtered(rules));
  STRCMP_EQUAL("c>*<c", trail.c_str());
  request.fields.set("X-Kind", "app");
  LONGS_EQUAL(0, filtered(rules));
  STRCMP_EQUAL("a>b>*<b<a", trail.c_str());
  request.fields.remove("X-Kind");
  LONGS_EQUAL(0, filtered(rules));
  STRCMP_EQUAL("b>*<b", trail.c_str());
}

TEST(FilterMappingFilter, without_a_rule_that_holds_the_chain_goes_on) {
  LONGS_EQUAL(0, filtered("Condition:HEADER:X-Kind:x\na"));
  STRCMP_EQUAL("*", trail.c_str());
}

TEST(FilterMappingFilter, a_filter_that_answers_ends_the_chain_and_its_answer_is_completed) {
  b.answers = true;
  LONGS_EQUAL(0, filtered("a b c"));
  STRCMP_EQUAL("a>b><a", trail.c_str());
  CHECK_TRUE(response.is_finished);
  LONGS_EQUAL(0, chain.calls);
}

TEST(FilterMappingFilter, a_refusal_comes_back_through_the_filters) {
  chain.rest = [](api::Request&, api::Response&) { return api::Outcome::refused(403, "denied"); };
  LONGS_EQUAL(403, filtered("a b"));
  STRCMP_EQUAL("a>b><b<a", trail.c_str());
  LONGS_EQUAL(0, chain.completions);
}

TEST(FilterMappingFilter, a_filter_inside_may_choose_another_servlet) {
  Other other;
  a.leads_to = &other;
  LONGS_EQUAL(418, filtered("a b"));
  STRCMP_EQUAL("a>b><b<a", trail.c_str());
}

TEST(FilterMappingFilter, names_that_are_no_filter_are_faults) {
  declare("m", "FilterMappingFilter", "");
  refused("\n  a\n  a d",
          "web.xml:12:3: NVJ1312 filter 'm': FilterRules: the filter 'd' is not declared in this web.xml");
  refused("a m", "'m' is this filter itself");
  refused("a b a", "'a' stands twice in one chain");
}

TEST(FilterMappingFilter, a_circle_of_chains_is_a_fault) {
  declare("m", "FilterMappingFilter", "n");
  declare("n", "ch::nevis::isiweb4::filter::mapping::FilterMappingFilter",
          "a\nCondition:HEADER:m:b\nPragma:continue\no");
  declare("o", "FilterMappingFilter", "b m");
  declare("p", "FilterMappingFilter", "a b");
  refused("a n", "'n' runs this filter again");
  diagnostics = {};
  CHECK_TRUE(make("p") != nullptr);
}
