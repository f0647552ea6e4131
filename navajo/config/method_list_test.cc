#include "navajo/config/method_list.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::config;

TEST_GROUP(MethodList) {
  std::string parse(std::string_view text) {
    const auto parsed = parse_method_list(text);
    if (!parsed.ok()) return "!" + parsed.error().text;
    std::string out;
    for (const std::string& method : *parsed) out += (out.empty() ? "" : " ") + method;
    return out;
  }
};

TEST(MethodList, is_a_plain_list_in_its_order) {
  STRCMP_EQUAL("GET HEAD POST", parse("GET, HEAD POST GET").c_str());
}

TEST(MethodList, a_group_stands_for_its_methods_but_never_for_trace) {
  STRCMP_EQUAL("GET POST HEAD DELETE CONNECT OPTIONS PUT PATCH", parse("ALL-HTTP").c_str());
  STRCMP_EQUAL("GET POST HEAD DELETE OPTIONS PUT PATCH", parse("ALL-HTTP -TRACE -CONNECT").c_str());
  STRCMP_CONTAINS("PROPFIND", parse("ALL-WEBDAV").c_str());
  STRCMP_CONTAINS("VERSION-CONTROL", parse("ALL-WEBDAV").c_str());
}

TEST(MethodList, what_is_taken_out_stays_out_wherever_it_stands) {
  STRCMP_EQUAL("GET HEAD", parse("-POST GET POST HEAD").c_str());
  STRCMP_EQUAL("GET", parse("ALL-WEBDAV GET -ALL-WEBDAV").c_str());
}

TEST(MethodList, a_method_of_somebodys_own_is_one) {
  STRCMP_EQUAL("GET X-ARCHIVE-ALL", parse("GET X-ARCHIVE-ALL").c_str());
}

TEST(MethodList, refuses_slips_and_what_is_no_token) {
  STRCMP_EQUAL("!'get' is no method and no group, did you mean 'GET'?", parse("get").c_str());
  STRCMP_EQUAL("!'ALL-HTP' is no method and no group, did you mean 'ALL-HTTP'?", parse("ALL-HTP").c_str());
  STRCMP_EQUAL("!'G(T' is no method and no group, did you mean 'GET'?", parse("G(T").c_str());
  STRCMP_EQUAL("!'(' is no method and no group", parse("GET -(").c_str());
  STRCMP_EQUAL("!lets no method in", parse("TRACE").c_str());
}
