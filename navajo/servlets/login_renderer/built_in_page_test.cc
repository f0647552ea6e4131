#include "navajo/servlets/login_renderer/built_in_page.h"

#include <openssl/evp.h>

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::servlets::login_renderer;
using api::LoginPage;

TEST_GROUP(BuiltInPage) {
  Texts texts{"en"};
  std::vector<api::LoginField> fields{{"userid", "login.user", false}, {"password", "login.password", true}};
  LoginPage page{LoginPage::Kind::login, "login.failed", fields, "/app/x?a=1&b=2", std::chrono::seconds(0), {}};

  std::string made() { return built_in_page({page, texts, "request-1", ""}); }
  void has(std::string_view part) { STRCMP_CONTAINS(std::string(part).c_str(), made().c_str()); }
  void has_not(std::string_view part) { CHECK_TRUE_TEXT(made().find(part) == std::string::npos, part.data()); }
};

TEST(BuiltInPage, every_field_has_a_label_bound_to_it_and_a_purpose) {
  has("<label for=\"field-1\">User name</label><input id=\"field-1\" name=\"userid\" type=\"text\" "
      "autocomplete=\"username\"");
  has("<label for=\"field-2\">Password</label><input id=\"field-2\" name=\"password\" type=\"password\" "
      "autocomplete=\"current-password\"");
  fields.push_back({"otp", "Code of your token", true});
  page.fields = fields;
  has("<label for=\"field-3\">Code of your token</label><input id=\"field-3\" name=\"otp\" type=\"password\" "
      "autocomplete=\"one-time-code\"");
}

TEST(BuiltInPage, the_message_is_announced) {
  has("<p id=\"message\" class=\"message bad\" role=\"alert\">That did not work.");
  has("aria-describedby=\"message\"");
  page.message = "login.please";
  has("<p id=\"message\" class=\"message\" role=\"alert\">Please log in");
  page.message = {};
  has_not("role=\"alert\"");
  has_not("aria-describedby");
}

TEST(BuiltInPage, everything_inserted_is_escaped) {
  has("action=\"/app/x?a=1&amp;b=2\"");
  const std::string evil = "\"'><script>&";
  page.kind = LoginPage::Kind::step_up;
  page.message = page.user = page.action = evil;
  fields[0] = {evil, evil, false};
  const std::string text = built_in_page({page, texts, evil, evil});
  CHECK(text.find("<script>") == std::string::npos);
  CHECK(text.find("\"'>") == std::string::npos);
}

TEST(BuiltInPage, is_in_the_language_of_its_texts) {
  texts = Texts("de");
  has("<html lang=\"de\">");
  has("<title>Anmelden</title>");
}

TEST(BuiltInPage, loads_nothing_and_runs_nothing) {
  for (const char* part : {"<script", "<link", "<img", "@import", "url(", "http:", "https:", " style=", "onload"})
    has_not(part);
}

TEST(BuiltInPage, the_policy_has_the_digest_of_the_style_element) {
  const std::string text = made();
  const size_t start = text.find("<style>") + 7, end = text.find("</style>");
  unsigned char digest[EVP_MAX_MD_SIZE], base64[100];
  unsigned length = 0;
  CHECK_EQUAL(1, EVP_Digest(text.data() + start, end - start, digest, &length, EVP_sha256(), nullptr));
  EVP_EncodeBlock(base64, digest, static_cast<int>(length));
  STRCMP_CONTAINS(("'sha256-" + std::string(reinterpret_cast<char*>(base64)) + "'").c_str(),
                  built_in_policy().c_str());
}

TEST(BuiltInPage, a_logout_leads_back_to_the_start) {
  page = {LoginPage::Kind::logged_out, {}, {}, "/", std::chrono::seconds(0), "anna"};
  has("<a class=\"button\" href=\"/\">Log in again</a>");
  has("You are logged out.");
  has_not("<form");
}

TEST(BuiltInPage, a_step_up_names_the_user_and_a_lockout_the_time) {
  page.kind = LoginPage::Kind::step_up;
  page.user = "anna";
  page.retry_after = std::chrono::seconds(42);
  has("Logged in as anna");
  has("again in 42 seconds");
}

TEST(BuiltInPage, without_fields_there_is_no_form) {
  page.fields = {};
  has_not("<form");
}
