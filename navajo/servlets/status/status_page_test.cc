#include "navajo/servlets/status/status_page.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::servlets::status;
namespace observe = navajo::observe;

TEST_GROUP(StatusPage) {
  observe::StatusNumbers numbers;
  ComponentTree components;
  void setup() override {
    numbers.texts = {"Navajo/1", "malloc", "/etc/<navajo>.xml"};
    numbers.counters[static_cast<size_t>(observe::Counter::requests)] = 12;
    observe::ChildNumbers child;
    child.pid = 4711;
    numbers.children.push_back(child);
    components.begin("backend <script>alert(1)</script>");
    components.text("last \"error\"", "refused & gone");
    components.number("idle", 2);
    components.end();
  }
  StatusView view(bool with_numbers = true) { return {with_numbers ? &numbers : nullptr, components, 4711, 100}; }
  static bool has(const std::string& page, const char* part) { return page.find(part) != std::string::npos; }
};

TEST(StatusPage, html_escapes_every_text_that_comes_from_elsewhere) {
  const std::string page = status_as_html(view());
  CHECK_FALSE(has(page, "<script"));
  CHECK(has(page, "backend &lt;script&gt;alert(1)&lt;/script&gt;"));
  CHECK(has(page, "refused &amp; gone"));
  CHECK(has(page, "/etc/&lt;navajo&gt;.xml"));
}

TEST(StatusPage, html_loads_nothing_from_anywhere) {
  const std::string page = status_as_html(view());
  CHECK_FALSE(has(page, "src="));
  CHECK_FALSE(has(page, "http:"));
  CHECK_FALSE(has(page, "https:"));
  CHECK_FALSE(has(page, "style=\""));
}

TEST(StatusPage, the_policy_allows_its_own_style_by_hash_and_nothing_else) {
  const std::string policy = content_security_policy();
  CHECK(has(policy, "default-src 'none'; style-src 'sha256-"));
  CHECK_FALSE(has(policy, "unsafe"));
  // 32 bytes in base64
  const size_t start = policy.find("sha256-") + 7;
  LONGS_EQUAL(44, policy.find('\'', start) - start);
  CHECK(has(status_as_html(view()), ("<style>" + std::string(page_style()) + "</style>").c_str()));
}

TEST(StatusPage, says_which_child_the_components_are_of) {
  CHECK(has(status_as_html(view()), "As process 4711 sees them"));
  CHECK(has(status_as_text(view()), "components, as process 4711 sees them"));
  CHECK(has(status_as_json(view()), "\"components\":{\"answered_by\":4711,\"truncated\":false"));
}

TEST(StatusPage, json_nests_components_as_lists_so_that_equal_names_do_not_collide) {
  const std::string page = status_as_json(view());
  CHECK(has(page, R"("values":{"last \"error\"":"refused & gone","idle":2},"parts":[]})"));
  CHECK(has(page, R"("segment":true)"));
}

TEST(StatusPage, without_a_segment_it_says_so_and_still_shows_the_components) {
  CHECK(has(status_as_html(view(false)), "NavajoRunDir is not set"));
  CHECK(has(status_as_text(view(false)), "no status segment\n"));
  const std::string json = status_as_json(view(false));
  CHECK(has(json, R"("segment":false)"));
  CHECK_FALSE(has(json, "\"total\""));
  CHECK(has(json, "refused & gone"));
}
