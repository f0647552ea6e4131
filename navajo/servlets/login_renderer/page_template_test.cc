#include "navajo/servlets/login_renderer/page_template.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::servlets::login_renderer;

TEST_GROUP(PageTemplate) {
  Texts texts{"en"};
  config::Diagnostics faults;
  std::vector<api::LoginField> fields{{"userid", "login.user", false}};
  api::LoginPage page{api::LoginPage::Kind::login, "login.failed", fields, "/x?a=1&b", std::chrono::seconds(7), "<a>"};

  std::string made(std::string_view text) {
    const PageTemplate parsed = PageTemplate::parse(text, "login.html", texts, faults);
    for (const config::Fault& fault : faults.faults()) FAIL(fault.line().c_str());
    std::string out;
    parsed.append_to(out, {page, texts, "r\"1", "/shop"});
    return out;
  }
  std::string fault(std::string_view text) {
    config::Diagnostics found;
    (void)PageTemplate::parse(text, "login.html", texts, found);
    return found.ok() ? "" : found.faults().front().line();
  }
};

TEST(PageTemplate, placeholders_become_escaped_values) {
  STRCMP_EQUAL("a /x?a=1&amp;b &lt;a&gt; 7 r&quot;1 en /shop z",
               made("a ${action} ${user} ${ retryAfter } ${requestId} ${language} ${contextPath} z").c_str());
  STRCMP_EQUAL("<b>User name</b>", made("<b>${text:login.user}</b>").c_str());
  STRCMP_CONTAINS("<label for=\"field-1\">User name</label>", made("${fields}").c_str());
  STRCMP_CONTAINS("That did not work", made("${message}").c_str());
}

TEST(PageTemplate, a_dollar_stays_one_and_two_make_a_literal_placeholder) {
  STRCMP_EQUAL("$5 ${x} $a {b}", made("$5 $${x} $a {b}").c_str());
  STRCMP_EQUAL("", made("").c_str());
}

TEST(PageTemplate, an_unknown_placeholder_is_a_fault_at_its_place) {
  STRCMP_CONTAINS("login.html:2:3:", fault("<p>\n  ${mesage}").c_str());
  STRCMP_CONTAINS("did you mean 'message'?", fault("${mesage}").c_str());
  STRCMP_CONTAINS("login.html:1:2:", fault(" ${text:login.nothing}").c_str());
  STRCMP_CONTAINS("without '}'", fault("${user").c_str());
}

TEST(PageTemplate, nothing_is_inserted_where_escaping_does_not_help) {
  STRCMP_CONTAINS("inside <script>", fault("<SCRIPT>var a = '${user}';</SCRIPT>").c_str());
  STRCMP_CONTAINS("inside <style>", fault("<style>p{content:'${user}'}").c_str());
  STRCMP_EQUAL("<script>`$${x}`</script>&lt;a&gt;", made("<script>`$$${x}`</script>${user}").c_str());
}
