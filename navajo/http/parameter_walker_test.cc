#include "navajo/http/parameter_walker.h"

#include <string>

#include "CppUTest/TestHarness.h"

using navajo::http::ParameterWalker;

namespace {
// "head|name=value|..." and "!" at the end of what is malformed.
std::string walked(std::string_view field) {
  ParameterWalker walk(field);
  std::string found(walk.head());
  while (walk.next()) found.append("|").append(walk.name()).append("=").append(walk.value());
  return walk.malformed() ? found + "!" : found;
}
}  // namespace

TEST_GROUP(ParameterWalker) {};

TEST(ParameterWalker, tells_the_head_and_each_parameter) {
  STRCMP_EQUAL("text/xml", walked(" text/xml ").c_str());
  STRCMP_EQUAL("a/b|c=d|e=f", walked("a/b;c=d ; e=f").c_str());
  STRCMP_EQUAL("a/b|c=d e;f|g=h", walked("a/b; c=\"d e;f\"; g=h").c_str());
  STRCMP_EQUAL("form-data|name=a\\\"b", walked("form-data; name=\"a\\\"b\"").c_str());
  STRCMP_EQUAL("a/b|c=d", walked("a/b;; c=d;").c_str());
  STRCMP_EQUAL("a/b|c=", walked("a/b; c=\"\"").c_str());
}

TEST(ParameterWalker, refuses_what_could_be_read_in_two_ways) {
  STRCMP_EQUAL("a/b!", walked("a/b; c").c_str());
  STRCMP_EQUAL("a/b!", walked("a/b; c = d").c_str());
  STRCMP_EQUAL("a/b!", walked("a/b; c=").c_str());
  STRCMP_EQUAL("a/b!", walked("a/b; c=\"d").c_str());
  STRCMP_EQUAL("a/b!", walked("a/b; c=\"d\\\"").c_str());
  STRCMP_EQUAL("a/b!", walked("a/b; c=d e").c_str());
  STRCMP_EQUAL("a/b!", walked("a/b; c=\"d\"e").c_str());
  STRCMP_EQUAL("a/b|c=d!", walked("a/b; c=d; \"e\"=f").c_str());
}
