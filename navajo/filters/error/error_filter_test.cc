#include "navajo/filters/error/error_filter.h"

#include <string>

#include "navajo/api/fakes.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/config/web_xml.h"
#include "navajo/container/dispatch.h"
#include "navajo/observe/log.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::filters;

namespace {

std::string g_log;

// What a rule's servlet is asked and says.
class Pages final : public api::Servlet {
 public:
  std::function<api::Outcome(api::Request&, api::Response&)> answer;
  std::string asked;
  api::Outcome service(api::Request& request, api::Response& response) override {
    asked += std::string(request.method()) + " " + std::string(request.target()) + " " +
             std::string(request.path_info()) + (request.body().present() ? " with body\n" : "\n");
    if (answer) return answer(request, response);
    response.set_content_type("text/html");
    response.headers().set("X-Page", "1");
    if (request.method() != "HEAD") (void)response.write(std::string_view("page"));
    return api::Outcome::answered();
  }
};

class Parts final : public api::Components {
 public:
  explicit Parts(api::Servlet& pages) : pages_(pages) {}
  api::Servlet* servlet(std::string_view name) const override { return name == "Pages" ? &pages_ : nullptr; }
  api::Filter* filter(std::string_view) const override { return nullptr; }

 private:
  api::Servlet& pages_;
};

}  // namespace

TEST_GROUP(ErrorFilter) {
  config::TemporaryFolder folder;
  config::Diagnostics diagnostics;
  api::FakeRequest request{"GET", "/app/x"};
  api::FakeResponse response;
  api::FakeChain chain;
  Pages pages;

  void setup() override {
    observe::set_log_sink([](observe::LogId, std::string_view text) { g_log += std::string(text) + "\n"; },
                          [](observe::Level) { return true; });
    folder.write("e/404.html", "<p>not there</p>");
  }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(g_log);
  }
  std::unique_ptr<api::Filter> make(const char* rules, std::shared_ptr<const config::WebXml> web = nullptr) {
    const container::FilterRow& row = error_rows()[0];
    const config::Params params("filter 'e'", {"web.xml", 1, 1}, row.params,
                                {{"StatusCode", {rules, {"web.xml", 10, 5}}}}, diagnostics);
    container::ComponentContext context{.name = "e"};
    context.doc_base = folder.path();
    context.web_xml = std::move(web);
    auto made = row.make(context, params);
    if (!diagnostics.ok()) return nullptr;
    made->link(Parts(pages));
    return made;
  }
  void refusing(int status, const char* cause) {
    chain.rest = [status, cause](api::Request&, api::Response&) { return api::Outcome::refused(status, cause); };
  }
  // As the container does it: the answer is completed on the innermost wrapper.
  void answering(int status, const char* body) {
    chain.rest = [this, status, body](api::Request&, api::Response& answer) {
      answer.set_status(status);
      answer.set_content_type("text/plain");
      answer.headers().set("X-Backend", "b1");
      answer.headers().set("ETag", "\"1\"");
      answer.set_content_length(strlen(body));
      (void)answer.write(std::string_view(body));
      chain.complete(answer);
      return api::Outcome::answered();
    };
  }
  api::Outcome filtered(const char* rules) {
    const auto filter = make(rules);
    if (!filter) FAIL(diagnostics.faults()[0].line().c_str());
    return filter->filter(request, response, chain);
  }
  bool has(const char* field) { return response.fields.get(field).has_value(); }
};

TEST(ErrorFilter, a_filter_behind_it_sees_the_content_type_the_answer_will_have) {
  std::string seen;
  chain.rest = [&](api::Request&, api::Response& answer) {
    answer.set_content_type("text/html");
    seen = answer.headers().get("Content-Type").value_or("none");
    (void)answer.commit();
    return api::Outcome::answered();
  };
  CHECK_TRUE(filtered("404:Pages:/404.html").is_answered());
  STRCMP_EQUAL("text/html", seen.c_str());
  STRCMP_EQUAL("text/html", response.content_type.c_str());
}

TEST(ErrorFilter, a_refusal_gets_the_page_of_a_servlet) {
  refusing(404, "no_file");
  CHECK_TRUE(filtered("404:Pages:/e/404.html?a=b").is_answered());
  STRCMP_EQUAL("GET /e/404.html?a=b /e/404.html\n", pages.asked.c_str());
  STRCMP_EQUAL("page", response.body.c_str());
  LONGS_EQUAL(404, response.the_status);
  STRCMP_EQUAL("no_file", request.variables["NAVAJO_CAUSE"].c_str());
  STRCMP_CONTAINS("NVJ1480 request test-request: status 404 (no_file) is answered by rule 1", g_log.c_str());
}

TEST(ErrorFilter, a_backends_answer_is_replaced_whole) {
  answering(500, "stack trace");
  CHECK_TRUE(filtered("5xx:Pages:/500.html").is_answered());
  STRCMP_EQUAL("page", response.body.c_str());
  STRCMP_EQUAL("text/html", response.content_type.c_str());
  CHECK_FALSE(response.length.has_value());
  CHECK_FALSE(has("X-Backend"));
  CHECK_FALSE(has("ETag"));
  CHECK_TRUE(has("X-Page"));
  LONGS_EQUAL(500, response.the_status);
  CHECK_TRUE(response.is_finished);
}

TEST(ErrorFilter, other_answers_pass_untouched) {
  answering(200, "fine");
  CHECK_TRUE(filtered("404:Pages:/404.html\n500-599:Pages:/500.html\n2xx:Pages:/200.html").is_answered());
  STRCMP_EQUAL("fine", response.body.c_str());
  STRCMP_EQUAL("text/plain", response.content_type.c_str());
  LONGS_EQUAL(4, *response.length);
  CHECK_TRUE(has("ETag"));
  STRCMP_EQUAL("", pages.asked.c_str());
}

TEST(ErrorFilter, fields_may_be_kept_but_not_those_of_the_body) {
  answering(503, "x");
  CHECK_TRUE(filtered("503:Pages:/x:keep-header").is_answered());
  CHECK_TRUE(has("X-Backend"));
  CHECK_FALSE(has("ETag"));
}

TEST(ErrorFilter, fields_of_outer_filters_and_of_the_status_stay) {
  response.fields.add("X-Outer", "1");
  chain.rest = [](api::Request&, api::Response& answer) {
    answer.headers().set("WWW-Authenticate", "Basic realm=x");
    answer.headers().set("X-Inner", "1");
    return api::Outcome::refused(401, "no_user");
  };
  CHECK_TRUE(filtered("401:Pages:/login.html").is_answered());
  CHECK_TRUE(has("X-Outer"));
  CHECK_TRUE(has("WWW-Authenticate"));
  CHECK_FALSE(has("X-Inner"));
}

TEST(ErrorFilter, the_status_may_be_the_pages) {
  refusing(404, "no_file");
  CHECK_TRUE(filtered("404:Pages:/x:reset-header:reset-status-code").is_answered());
  LONGS_EQUAL(200, response.the_status);
}

TEST(ErrorFilter, a_file_may_stand_for_an_error) {
  refusing(404, "no_file");
  CHECK_TRUE(filtered("404:file:/e/404.html").is_answered());
  STRCMP_EQUAL("<p>not there</p>", response.body.c_str());
  STRCMP_EQUAL("text/html;charset=utf-8", response.content_type.c_str());
  LONGS_EQUAL(404, response.the_status);
}

TEST(ErrorFilter, a_conditional_request_still_gets_the_whole_page) {
  refusing(404, "no_file");
  request.with("If-None-Match", "*").with("Range", "bytes=0-1");
  CHECK_TRUE(filtered("404:file:/e/404.html:reset-status-code").is_answered());
  LONGS_EQUAL(200, response.the_status);
  STRCMP_EQUAL("<p>not there</p>", response.body.c_str());
}

TEST(ErrorFilter, an_error_may_become_a_redirect) {
  answering(403, "no");
  CHECK_TRUE(filtered("403:redirect:https\\://login.example.org/").is_answered());
  LONGS_EQUAL(302, response.the_status);
  STRCMP_EQUAL("https://login.example.org/", std::string(*response.fields.get("Location")).c_str());
  STRCMP_EQUAL("", response.body.c_str());
  LONGS_EQUAL(0, *response.length);
  CHECK_TRUE(response.is_finished);
}

TEST(ErrorFilter, a_head_request_gets_a_head) {
  request.the_method = "HEAD";
  refusing(404, "no_file");
  CHECK_TRUE(filtered("404:file:/e/404.html").is_answered());
  STRCMP_EQUAL("", response.body.c_str());
  LONGS_EQUAL(16, *response.length);
}

TEST(ErrorFilter, a_post_asks_for_the_page_without_its_body) {
  request.the_method = "POST";
  request.with_body("a=b");
  refusing(403, "denied");
  CHECK_TRUE(filtered("403:Pages:/x").is_answered());
  STRCMP_EQUAL("GET /x /x\n", pages.asked.c_str());
}

TEST(ErrorFilter, the_first_rule_whose_conditions_hold_is_taken) {
  refusing(404, "no_file");
  request.with("Accept-Language", "de");
  CHECK_TRUE(filtered("Condition:HEADER:Accept-Language:^fr\n404:Pages:/fr\n"
                 "Condition:HEADER:Accept-Language:^de\n404:Pages:/de\n404:Pages:/en").is_answered());
  STRCMP_EQUAL("GET /de /de\n", pages.asked.c_str());
}

TEST(ErrorFilter, conditions_may_look_at_the_answer) {
  answering(404, "x");
  CHECK_TRUE(filtered("Condition:ENV:bcx.servlet.response.X-Backend:^b2$\n404:Pages:/2\n"
                 "Condition:ENV:bcx.servlet.response.X-Backend:^b1$\n404:Pages:/1").is_answered());
  STRCMP_EQUAL("GET /1 /1\n", pages.asked.c_str());
}

TEST(ErrorFilter, a_source_that_fails_ends_in_the_plain_refusal) {
  refusing(404, "no_file");
  const api::Outcome gone = filtered("404:file:/none.html");
  LONGS_EQUAL(404, gone.status);
  STRCMP_EQUAL("no_file", gone.cause);
  STRCMP_CONTAINS("NVJ1481 request test-request: what stands for status 404 failed itself with 404", g_log.c_str());
  pages.answer = [](api::Request&, api::Response&) { return api::Outcome::refused(502, "backend_refused"); };
  LONGS_EQUAL(404, filtered("404:Pages:/x").status);
  CHECK_FALSE(response.is_committed);
}

TEST(ErrorFilter, a_source_that_answers_with_an_error_fails_too) {
  answering(500, "trace");
  pages.answer = [](api::Request&, api::Response& answer) {
    answer.set_status(404);
    answer.headers().set("ETag", "\"e\"");
    (void)answer.write(std::string_view("no such page"));
    return api::Outcome::answered();
  };
  const api::Outcome outcome = filtered("500:Pages:/x");
  LONGS_EQUAL(500, outcome.status);
  STRCMP_EQUAL("backend_status", outcome.cause);
  STRCMP_EQUAL("", response.body.c_str());
  CHECK_FALSE(has("ETag"));
}

TEST(ErrorFilter, a_source_in_a_circle_fails) {
  refusing(404, "no_file");
  pages.answer = [this](api::Request& seen, api::Response& answer) { return container::dispatch(pages, seen, answer); };
  LONGS_EQUAL(404, filtered("404:Pages:/x").status);
  STRCMP_CONTAINS("dispatch_loop", g_log.c_str());
}

TEST(ErrorFilter, what_has_begun_is_never_touched) {
  chain.rest = [](api::Request&, api::Response& answer) {
    (void)answer.write(std::string_view("half"));
    return api::Outcome::refused(500, "file_truncated");
  };
  STRCMP_EQUAL("file_truncated", filtered("500:Pages:/x").cause);
  STRCMP_EQUAL("half", response.body.c_str());
  STRCMP_EQUAL("", pages.asked.c_str());
}

TEST(ErrorFilter, a_body_that_is_dropped_is_read_to_a_limit) {
  uint64_t taken = 0;
  chain.rest = [&](api::Request&, api::Response& answer) {
    answer.set_status(500);
    const std::string piece(65536, 'x');
    while (answer.write(std::string_view(piece)) == api::WriteStatus::ok) taken += piece.size();
    answer.abort();
    return api::Outcome::answered();
  };
  CHECK_TRUE(filtered("500:Pages:/x").is_answered());
  LONGS_EQUAL(1 << 20, taken);
  STRCMP_EQUAL("page", response.body.c_str());
  CHECK_FALSE(response.is_aborted);
}

TEST(ErrorFilter, soap_clients_get_a_fault) {
  request.with("SOAPAction", "\"x\"");
  refusing(403, "denied");
  CHECK_TRUE(filtered("403:Pages:/x").is_answered());
  STRCMP_EQUAL("text/xml;charset=utf-8", response.content_type.c_str());
  STRCMP_CONTAINS("<faultcode>soap:Client</faultcode><faultstring>status 403, request test-request</faultstring>",
                  response.body.c_str());
  LONGS_EQUAL(response.body.size(), *response.length);
  api::FakeRequest newer("POST", "/ws");
  newer.with("Content-Type", "application/soap+xml; charset=utf-8");
  api::FakeResponse own;
  refusing(502, "backend_refused");
  CHECK_TRUE(make("5xx:Pages:/x")->filter(newer, own, chain).is_answered());
  STRCMP_CONTAINS("<soap:Value>soap:Receiver</soap:Value>", own.body.c_str());
  STRCMP_EQUAL("", pages.asked.c_str());
}

TEST(ErrorFilter, a_fault_of_the_application_reaches_its_client) {
  request.with("SOAPAction", "\"x\"");
  chain.rest = [this](api::Request&, api::Response& answer) {
    answer.set_status(500);
    answer.set_content_type("text/xml");
    (void)answer.write(std::string_view("<fault/>"));
    chain.complete(answer);
    return api::Outcome::answered();
  };
  CHECK_TRUE(filtered("500:Pages:/x").is_answered());
  STRCMP_EQUAL("<fault/>", response.body.c_str());
}

TEST(ErrorFilter, points_at_a_faulty_rule) {
  CHECK_FALSE(make("\n  404:Pages:/x\n  404:file\n"));
  STRCMP_CONTAINS("web.xml:12:3: NVJ1312 filter 'e': StatusCode: '404:file' is not",
                  diagnostics.faults()[0].line().c_str());
}

TEST(ErrorFilter, names_a_servlet_that_is_not_declared) {
  auto web = std::make_shared<config::WebXml>();
  web->servlets.push_back({});
  web->servlets[0].name.text = "Pages";
  CHECK_FALSE(make("404:Page:/x", web));
  STRCMP_CONTAINS("there is no servlet 'Page', did you mean 'Pages'?", diagnostics.faults()[0].line().c_str());
}

TEST(ErrorFilter, a_rule_for_200_is_noticed) {
  CHECK_TRUE(make("200:Pages:/x") != nullptr);
  STRCMP_CONTAINS("200 is no error", diagnostics.notices()[0].line().c_str());
}
