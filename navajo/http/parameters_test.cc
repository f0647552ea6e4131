#include "navajo/http/parameters.h"

#include <memory_resource>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::http;

TEST_GROUP(Parameters) {
  std::pmr::monotonic_buffer_resource arena;
  Parameters parameters{arena};
};

TEST(Parameters, the_first_of_a_name_counts_and_the_query_comes_first) {
  CHECK_TRUE(parameters.add("a=1&b=2&a=3"));
  CHECK_TRUE(parameters.add("a=4&c=x+y%21"));
  STRCMP_EQUAL("1", std::string(*parameters.get("a")).c_str());
  STRCMP_EQUAL("x y!", std::string(*parameters.get("c")).c_str());
  CHECK_FALSE(parameters.get("A").has_value());
  LONGS_EQUAL(5, parameters.all().size());
}

TEST(Parameters, there_is_an_end_to_their_number) {
  std::string text;
  for (size_t i = 0; i < Parameters::kMost; i++) text += "a&";
  CHECK_TRUE(parameters.add(text));
  CHECK_FALSE(parameters.add("b=1"));
  LONGS_EQUAL(Parameters::kMost, parameters.all().size());
}
