// A request that passes 100 rules and a rate takes no memory of its own but the request's: malloc itself is counted.
#include "navajo/base/count_allocations.h"

#ifdef NAVAJO_COUNTS_ALLOCATIONS

#include <array>
#include <string>

#include "navajo/api/request_wrapper.h"
#include "navajo/filters/rule/filter_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::filters::rule;

namespace {

// The fakes store what they are told, and allocate for it. These do not.
class QuietRequest final : public api::RequestWrapper {
 public:
  explicit QuietRequest(api::Request& inner) : RequestWrapper(inner) {}
  void set_attribute(std::string_view, std::string_view) override {}
  void set_environment(const char*, std::string_view) override {}
  std::pmr::memory_resource& memory() override { return arena_; }

 private:
  std::array<char, 65536> bytes_;
  std::pmr::monotonic_buffer_resource arena_{bytes_.data(), bytes_.size(), std::pmr::null_memory_resource()};
};

class QuietChain final : public api::FilterChain {
 public:
  api::Outcome proceed(api::Request&, api::Response&) override { return api::Outcome::answered(); }
  api::Outcome proceed_to(api::Servlet&, api::Request&, api::Response&) override { return api::Outcome::answered(); }
  void complete(api::Response&) override {}
};

}  // namespace

TEST_GROUP_BASE(RuleFilterAllocations, FilterFixture) {
  void setup() override { begin(); }
  void teardown() override { finish(); }
};

TEST(RuleFilterAllocations, a_request_through_a_hundred_rules_and_a_rate_needs_none) {
  limits::LimitsOptions options;
  options.name = "rule-filter-allocations";
  options.memory = 1 << 20;
  auto limits = limits::Limits::open(options);
  CHECK_TRUE(limits.ok());
  settings.limits = *limits;
  std::string rules;
  for (int i = 0; i < 100; i++) {
    const std::string n = std::to_string(i);
    rules += "<rule id='r" + n + "' when='host(\"*.h" + n + ".test\") and path(\"/p" + n + "/**\") and header(\"X-" +
             n + "~^a+$\")'><block/></rule>";
  }
  with(rules + "<rule id='rate' when='path(\"/**\")'><rate limit='1000000/s' key='header(X-Key)+host'/></rule>");
  api::FakeRequest fake("GET", "/some/path?a=b");
  fake.with("X-Key", "k").with("User-Agent", "unit test").with("Cookie", "a=b");
  QuietChain quiet;
  api::FakeResponse answer;
  size_t allocations = 1;
  for (int i = 0; i < 200; i++) {  // some of them have the time of each rule taken
    QuietRequest request(fake);
    const size_t before = navajo::base::t_allocations;
    const api::Outcome outcome = filter->filter(request, answer, quiet);
    allocations = navajo::base::t_allocations - before;
    CHECK_TRUE(outcome.is_answered());
    if (i > 100) LONGS_EQUAL(0, allocations);
  }
}

#endif
