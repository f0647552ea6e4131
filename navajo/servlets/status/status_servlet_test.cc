#include "navajo/servlets/status/status_servlet.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/api/status_source.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using servlets::status::StatusServlet;

namespace {
// Before the first test, so that the table's own memory is not taken for a leak of one.
const container::ServletRow& kRow = servlets::status_servlet_rows()[0];

class OneBackend final : public api::StatusSource {
 public:
  void report(api::StatusWriter& writer) const override {
    writer.begin("backend app1:80");
    writer.number("idle", 2);
    writer.end();
  }
};
}  // namespace

TEST_GROUP(StatusServlet) {
  config::Diagnostics faults;
  OneBackend source;
  void setup() override { api::set_status_source(&source); }
  void teardown() override { api::set_status_source(nullptr); }

  std::unique_ptr<api::Servlet> make(const char* allow_from = nullptr) {
    std::map<std::string, config::ParamValue, std::less<>> values;
    if (allow_from) values["AllowFrom"] = {allow_from, {"web.xml", 7, 20}};
    const config::Params params("StatusServlet 's'", {"web.xml", 3, 1}, kRow.params, values, faults);
    container::ComponentContext context;
    return kRow.make(context, params);
  }
  api::Outcome ask(api::FakeRequest& request, api::FakeResponse& response, const char* allow_from = nullptr) {
    auto servlet = make(allow_from);
    CHECK(servlet != nullptr);
    return servlet->service(request, response);
  }
  static bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }
};

TEST(StatusServlet, answers_this_machine_with_a_html_page) {
  api::FakeRequest request("GET", "/status");
  request.the_client_address = "127.0.0.1";
  api::FakeResponse response;
  CHECK(ask(request, response).is_answered());
  LONGS_EQUAL(200, response.the_status);
  STRCMP_EQUAL("text/html; charset=utf-8", response.content_type.c_str());
  CHECK(has(response.body, "backend app1:80"));
  LONGS_EQUAL(response.body.size(), *response.length);
  STRCMP_EQUAL("no-store", std::string(*response.fields.get("Cache-Control")).c_str());
  CHECK(has(std::string(*response.fields.get("Content-Security-Policy")), "default-src 'none'"));
}

TEST(StatusServlet, refuses_others_with_403_and_writes_nothing) {
  api::FakeRequest request("GET", "/status");
  request.the_client_address = "192.0.2.9";
  api::FakeResponse response;
  const api::Outcome outcome = ask(request, response);
  LONGS_EQUAL(403, outcome.status);
  STRCMP_EQUAL("status_not_allowed", outcome.cause);
  STRCMP_EQUAL("", response.body.c_str());
}

TEST(StatusServlet, allow_from_names_who_may_look_and_replaces_the_default) {
  api::FakeRequest request("GET", "/status");
  request.the_client_address = "192.0.2.9";
  api::FakeResponse response;
  CHECK(ask(request, response, "\n  10.0.0.0/8\n  192.0.2.0/24 ::1\n").is_answered());
  request.the_client_address = "127.0.0.1";
  LONGS_EQUAL(403, ask(request, response, "192.0.2.0/24").status);
}

TEST(StatusServlet, a_bad_network_is_a_fault_at_its_line) {
  CHECK(make("10.0.0.0/8\n10.1.1.1/8") == nullptr);
  LONGS_EQUAL(1, faults.faults().size());
  CHECK(has(faults.faults()[0].text, "10.1.1.1/8"));
  LONGS_EQUAL(8, faults.faults()[0].where.line);
}

TEST(StatusServlet, the_query_or_accept_chooses_the_format) {
  struct {
    const char* target;
    const char* accept;
    const char* type;
  } const cases[] = {
      {"/s?format=json", "text/html", "application/json"},
      {"/s?x=1&format=text", "", "text/plain; charset=utf-8"},
      {"/s?format=html", "application/json", "text/html; charset=utf-8"},
      {"/s", "application/json", "application/json"},
      {"/s", "text/plain", "text/plain; charset=utf-8"},
      {"/s?format=openmetrics", "text/html", "application/openmetrics-text; version=1.0.0; charset=utf-8"},
      {"/s/metrics", "text/html", "application/openmetrics-text; version=1.0.0; charset=utf-8"},
      {"/s", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       "application/openmetrics-text; version=1.0.0; charset=utf-8"},
      {"/s", "text/html,application/json;q=0.9", "text/html; charset=utf-8"},
      {"/s", "*/*", "text/html; charset=utf-8"},
  };
  for (const auto& one : cases) {
    api::FakeRequest request("GET", one.target);
    request.the_client_address = "::1";
    if (*one.accept) request.with("Accept", one.accept);
    api::FakeResponse response;
    CHECK(ask(request, response).is_answered());
    STRCMP_EQUAL(one.type, response.content_type.c_str());
  }
}

TEST(StatusServlet, an_unknown_format_is_refused) {
  api::FakeRequest request("GET", "/s?format=xml");
  request.the_client_address = "::1";
  api::FakeResponse response;
  LONGS_EQUAL(400, ask(request, response).status);
}

TEST(StatusServlet, changes_nothing_by_any_method_and_says_which_it_knows) {
  api::FakeRequest request("POST", "/s");
  request.the_client_address = "::1";
  api::FakeResponse response;
  LONGS_EQUAL(405, ask(request, response).status);
  STRCMP_EQUAL("GET, HEAD", std::string(*response.fields.get("Allow")).c_str());
}

TEST(StatusServlet, head_gets_the_length_and_no_body) {
  api::FakeRequest request("HEAD", "/s?format=json");
  request.the_client_address = "::1";
  api::FakeResponse response;
  CHECK(ask(request, response).is_answered());
  CHECK(response.is_committed);
  CHECK(*response.length > 100);
  STRCMP_EQUAL("", response.body.c_str());
}

TEST(StatusServlet, is_found_by_the_names_old_files_use) {
  STRCMP_EQUAL("StatusServlet", kRow.name);
  LONGS_EQUAL(1, std::count(kRow.aliases.begin(), kRow.aliases.end(),
                            std::string("ch::nevis::navajo::apglue::httpd_2_4_x::servlet::status::StatusServlet")));
}
