#include "navajo/filters/rewrite/rewrite_filter.h"

#include <string>

#include "navajo/api/fakes.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/config/web_xml.h"
#include "navajo/observe/log.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::filters;

namespace {

class Named final : public api::Servlet {
 public:
  std::string target;
  api::Outcome service(api::Request& request, api::Response&) override {
    target = request.target();
    return api::Outcome::answered();
  }
};

class Parts final : public api::Components {
 public:
  explicit Parts(api::Servlet& named) : named_(named) {}
  api::Servlet* servlet(std::string_view name) const override { return name == "Named" ? &named_ : nullptr; }
  api::Filter* filter(std::string_view) const override { return nullptr; }

 private:
  api::Servlet& named_;
};

}  // namespace

TEST_GROUP(RewriteFilter) {
  config::TemporaryFolder folder;
  config::Diagnostics diagnostics;
  api::FakeResponse response;
  api::FakeChain chain;
  Named named;
  std::string seen;  // what the rest of the chain saw
  std::string method = "GET";

  void setup() override {
    observe::set_log_sink([](observe::LogId, std::string_view) {}, [](observe::Level) { return true; });
    folder.write("forbidden.html", "<p>no</p>");
    chain.rest = [this](api::Request& request, api::Response&) {
      seen = std::string(request.target()) + " " + std::string(request.path()) + " " +
             std::string(request.servlet_path()) + "|" + std::string(request.path_info());
      return api::Outcome::answered();
    };
  }
  void teardown() override { observe::set_log_sink(nullptr, nullptr); }
  std::unique_ptr<api::Filter> make(const char* rules, std::shared_ptr<const config::WebXml> web = nullptr) {
    const container::FilterRow& row = rewrite_rows()[0];
    const config::Params params("filter 'r'", {"web.xml", 1, 1}, row.params,
                                {{"RequestURI", {rules, {"web.xml", 10, 5}}}}, diagnostics);
    container::ComponentContext context{.name = "r"};
    context.doc_base = folder.path();
    context.web_xml = std::move(web);
    auto made = row.make(context, params);
    if (!diagnostics.ok()) return nullptr;
    made->link(Parts(named));
    return made;
  }
  // Of GET on that target, mapped to /app/*.
  api::Outcome filtered(const char* rules, const char* target) {
    const auto filter = make(rules);
    if (!filter) FAIL(diagnostics.faults()[0].line().c_str());
    api::FakeRequest request(method, target);
    request.with("Host", "www.example.test").with("User-Agent", "old");
    if (request.the_path.starts_with("/app")) request.mapped("/app", request.the_path.substr(4));
    response = {};
    seen.clear();
    return filter->filter(request, response, chain);
  }
  void passes(const char* expected, const char* rules, const char* target) {
    CHECK_TRUE(filtered(rules, target).is_answered());
    STRCMP_EQUAL(expected, seen.c_str());
  }
  void redirects(const char* expected, const char* rules, const char* target) {
    CHECK_TRUE(filtered(rules, target).is_answered());
    STRCMP_EQUAL(expected, std::string(response.fields.get("Location").value_or("-")).c_str());
    STRCMP_EQUAL("", seen.c_str());
  }
  void refused(const char* rules, const char* why) {
    diagnostics = {};
    CHECK_FALSE_TEXT(make(rules), rules);
    STRCMP_CONTAINS(why, diagnostics.faults()[0].line().c_str());
  }
};

TEST(RewriteFilter, the_chain_goes_on_with_the_new_uri) {
  passes("/app/new/x?q=1 /app/new/x /app|/new/x", "^/app/old/(.*)$:/app/new/$1:PT", "/app/old/x?q=1");
  passes("/other/x /other/x |/other/x", "^/app/(.*)$:/other/$1:PT", "/app/x");
  passes("/app/y?id=7 /app/y /app|/y", "^/app/(\\d+)$:/app/y?id=$1:PT", "/app/7?old=1");
}

TEST(RewriteFilter, what_fits_no_rule_goes_on_as_it_came) {
  passes("/app/%41?x /app/A /app|/A", "^/nothing:/x:PT", "/app/%41?x");
}

TEST(RewriteFilter, what_is_decided_on_is_what_is_forwarded) {
  passes("/app/a%20b%3Fc%25 /app/a b?c% |/app/a b?c%", "^/x/(.*)$:/app/$1:PT", "/x/a%20b%3fc%25");
  passes("/app/a/b /app/a/b |/app/a/b", "^/x(.*)$:/app/$1:PT", "/x/a/b");
  for (const char* rules : {"^/x:/app/../$0:PT", "^/x:/app/HEADER\\:X-None;..:PT"})
    LONGS_EQUAL(400, filtered(rules, "/x").status);
  STRCMP_EQUAL("", seen.c_str());
}

TEST(RewriteFilter, a_rule_may_name_another_servlet) {
  CHECK_TRUE(filtered("^/app/(.*)$:/b/$1:S=Named", "/app/x?y").is_answered());
  STRCMP_EQUAL("/b/x?y", named.target.c_str());
  CHECK_TRUE(filtered("^/app/:-:S=Named", "/app/z%20?y").is_answered());
  STRCMP_EQUAL("/app/z%20?y", named.target.c_str());
}

TEST(RewriteFilter, redirects_to_a_url) {
  redirects("https://www.example.test/app/x?y=1", "^/.*$:https\\://ENV\\:HTTP_Host;$0:R", "/app/x?y=1");
  LONGS_EQUAL(302, response.the_status);
  redirects("/new", "^/old$:/new?:R=301", "/old?x");
  LONGS_EQUAL(301, response.the_status);
  LONGS_EQUAL(0, *response.length);
}

TEST(RewriteFilter, no_client_makes_an_open_redirect_or_a_second_line) {
  for (const char* target : {"/x.evil.test", "/x@evil.test", "/x:80@evil.test"})
    LONGS_EQUAL_TEXT(400, filtered("^/x(.*)$:https\\://www.example.test$1:R", target).status, target);
  LONGS_EQUAL(400, filtered("^/x(.*)$:$1:R", "/x//evil.test/").status);
  redirects("/y%0D%0ASet-Cookie:%20a=b", "PCRE(da)/^/x/(.*)$/:/y$1:R", "/x/%0d%0aSet-Cookie:%20a=b");
  redirects("/y/%5Cevil.test", "^/x/(.*)$:/y/$1:R", "/x/%5cevil.test");
}

TEST(RewriteFilter, a_file_may_be_the_answer) {
  CHECK_TRUE(filtered("Condition:REMOTE_ADDR:CIDR/192.0.2.0/24/\n.*:/forbidden.html:F=403", "/app/x").is_answered());
  LONGS_EQUAL(403, response.the_status);
  STRCMP_EQUAL("<p>no</p>", response.body.c_str());
  method = "POST";
  CHECK_TRUE(filtered(".*:/forbidden.html:F", "/app/x").is_answered());
  LONGS_EQUAL(200, response.the_status);
  STRCMP_EQUAL("", seen.c_str());
  LONGS_EQUAL(404, filtered(".*:/none.html:F", "/app/x").status);
}

TEST(RewriteFilter, the_first_rule_whose_conditions_hold_is_taken) {
  const char* rules = "Condition:HTTP_USER_AGENT:^new\n^/app/:/new:PT\nCondition:HTTP_USER_AGENT:^old\n^/app/:/old:PT\n"
                      "^/app/:/any:PT";
  passes("/old /old |/old", rules, "/app/");
}

TEST(RewriteFilter, with_continue_rules_build_upon_each_other) {
  passes("/c/x /c/x |/c/x", "Pragma:continue\n^/a/(.*):/b/$1:PT\n^/b/(.*):/c/$1:PT", "/a/x");
  redirects("/b/x", "Pragma:continue\n^/a/(.*):/b/$1:PT\n^/b/:$0x:R", "/a/");
}

TEST(RewriteFilter, an_expression_that_is_too_slow_refuses) {
  const std::string target = "/" + std::string(5000, 'a') + "!";
  LONGS_EQUAL(500, filtered("^/(a+)+$:/x:PT", target.c_str()).status);
}

TEST(RewriteFilter, points_at_a_faulty_rule) {
  refused("\n  ^/a:/b:PT\n  ^/a:/b\n", "web.xml:12:3: NVJ1312 filter 'r': RequestURI: '^/a:/b' is not <regex>:");
  refused("[:/b:PT", "at character");
  refused("^/a:/$1:PT", "$1 is no group");
  refused("^/a:/b:X", "'X' is not one of PT");
  refused("^/a:/b:R=200", "is no status of a redirect");
  refused("^/a:/b:F=304", "does not go with a file");
  refused("^/a:-:F", "F needs the path of a file");
  refused("^/a:https\\://$0/:R", "takes the host to redirect to from the request");
}

TEST(RewriteFilter, names_a_servlet_that_is_not_declared) {
  auto web = std::make_shared<config::WebXml>();
  web->servlets.push_back({});
  web->servlets[0].name.text = "Named";
  CHECK_FALSE(make("^/:-:S=Name", web));
  STRCMP_CONTAINS("there is no servlet 'Name', did you mean 'Named'?", diagnostics.faults()[0].line().c_str());
}
