#include "navajo/http/replaced_field.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::http;

TEST_GROUP(ReplacedField) {
  HeaderList inner;
  std::pmr::monotonic_buffer_resource memory;
  std::string all(const Headers& fields) {
    std::string out;
    fields.for_each([&](std::string_view name, std::string_view value) {
      out += std::string(name) + "=" + std::string(value) + " ";
      return true;
    });
    return out;
  }
};

TEST(ReplacedField, hides_what_was_there_and_leaves_it_alone) {
  inner.add("cookie", "a=1");
  inner.add("Accept", "*/*");
  ReplacedField fields(inner, "Cookie", memory);
  STRCMP_EQUAL("Accept=*/* ", all(fields).c_str());
  CHECK_FALSE(fields.get("COOKIE").has_value());
  fields.set("cookie", "b=2");
  fields.add("Cookie", "c=3");
  fields.set("X-New", "1");
  STRCMP_EQUAL("Accept=*/* X-New=1 Cookie=b=2 Cookie=c=3 ", all(fields).c_str());
  STRCMP_EQUAL("cookie=a=1 Accept=*/* X-New=1 ", all(inner).c_str());
  fields.set("Cookie", *fields.get("Cookie"));
  STRCMP_EQUAL("b=2", std::string(*fields.get("Cookie")).c_str());
  fields.remove("Cookie");
  STRCMP_EQUAL("Accept=*/* X-New=1 ", all(fields).c_str());
}

TEST(ReplacedField, a_visitor_may_end_the_walk_anywhere) {
  inner.add("A", "1");
  ReplacedField fields(inner, "Cookie", memory);
  fields.add("Cookie", "b=2");
  fields.add("Cookie", "c=3");
  for (int most = 1; most <= 3; most++) {
    int visits = 0;
    fields.for_each([&](std::string_view, std::string_view) { return ++visits < most; });
    LONGS_EQUAL(most, visits);
  }
}
