#include "navajo/filters/error/error_rule.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::filters::error;

TEST_GROUP(ErrorRule) {
  ErrorRule rule(const char* line) {
    auto parsed = parse_error_rule(line);
    if (!parsed.ok()) FAIL(parsed.error().text.c_str());
    return *parsed;
  }
  void refused(const char* line, const char* why) {
    auto parsed = parse_error_rule(line);
    CHECK_FALSE_TEXT(parsed.ok(), line);
    STRCMP_CONTAINS(why, parsed.error().text.c_str());
  }
};

TEST(ErrorRule, names_a_servlet_and_what_to_ask_it) {
  const ErrorRule one = rule("404:Pages:/404.html?lang=de");
  CHECK_TRUE(one.resource == ErrorRule::Resource::servlet);
  STRCMP_EQUAL("Pages", one.servlet.c_str());
  STRCMP_EQUAL("/404.html", one.path.c_str());
  STRCMP_EQUAL("lang=de", one.query.c_str());
  CHECK_TRUE(one.keep_status);
  CHECK_FALSE(one.keep_header);
  CHECK_TRUE(one.is_for(404));
  CHECK_FALSE(one.is_for(405));
}

TEST(ErrorRule, statuses_may_be_a_range) {
  CHECK_TRUE(rule("500-503:file:/e.html").is_for(502));
  CHECK_FALSE(rule("500-503:file:/e.html").is_for(504));
  CHECK_TRUE(rule("4xx:file:/e.html").is_for(499));
}

TEST(ErrorRule, actions_come_in_any_order) {
  const ErrorRule one = rule("404 : file : /e.html : reset-status-code : keep-header");
  CHECK_TRUE(one.keep_header);
  CHECK_FALSE(one.keep_status);
}

TEST(ErrorRule, a_redirect_leads_to_a_path_or_a_url) {
  STRCMP_EQUAL("https://www.example.org/x?y", rule("404:redirect:https\\://www.example.org/x?y").location.c_str());
  STRCMP_EQUAL("http://www.example.org:81/", rule("404:redirect:http\\://www.example.org\\:81/").location.c_str());
  STRCMP_EQUAL("https://www.example.org/", rule("404:redirect:https://www.example.org/:keep-header").location.c_str());
  STRCMP_EQUAL("/start", rule("404:redirect:/start").location.c_str());
}

TEST(ErrorRule, says_what_is_wrong) {
  refused("404:Pages", "is not <status>:<resource>:<uri>");
  refused("abc:Pages:/x", "'abc' is no status from 200 to 599");
  refused("101:Pages:/x", "is no status");
  refused("503-500:Pages:/x", "is no status");
  refused("404:Pages:x", "does not start with a slash");
  refused("404:Pages:/../x", "is no path");
  refused("404:file:/WEB-INF/web.xml", "names a file that is never served");
  refused("404:redirect:\\://evil/", "is neither a path");
  refused("404:redirect://evil/", "would name another server");
  refused("404:redirect:ftp\\://x/", "is neither a path nor an http or https URL");
  refused("404:redirect:https\\://a@b/", "is neither a path nor an http or https URL");
  refused("404:file:/x:keep-headers", "did you mean 'keep-header'?");
  refused("404:file:/x:keep-header:reset-header", "'reset-header' is not one of");
  refused("404:redirect:/x:keep-status-code", "says nothing");
}
