#include "navajo/servlets/login_renderer/page_set.h"

#include <string>
#include <vector>

#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::servlets::login_renderer;
using Kind = api::LoginPage::Kind;

TEST_GROUP(PageSet) {
  config::TemporaryFolder folder;
  config::Diagnostics faults;
  const std::vector<std::string> languages{"de", "es"};

  std::shared_ptr<const PageSet> read() { return PageSet::read(folder.path(), languages, {"web.xml", 7, 3}, faults); }
  std::string made(const PageSet& set, size_t language, Kind kind) {
    std::string out;
    const api::LoginPage page{kind, {}, {}, "/", std::chrono::seconds(0), {}};
    set.page(language, kind)->append_to(out, {page, set.texts(language), "", ""});
    return out;
  }
};

TEST(PageSet, a_languages_own_file_goes_before_the_general_one) {
  folder.write("login.html", "any ${text:login.submit}");
  folder.write("login.de.html", "deutsch");
  folder.write("logout.html", "bye");
  const auto set = read();
  CHECK(faults.ok());
  STRCMP_EQUAL("deutsch", made(*set, 0, Kind::login).c_str());
  STRCMP_EQUAL("any Log in", made(*set, 1, Kind::login).c_str());
  STRCMP_EQUAL("deutsch", made(*set, 0, Kind::step_up).c_str());
  STRCMP_EQUAL("bye", made(*set, 0, Kind::logged_out).c_str());
}

TEST(PageSet, texts_of_files_go_before_the_built_in_ones) {
  folder.write("login.html", "${text:login.submit} ${text:own.text}");
  folder.write("logout.html", "");
  folder.write("texts.properties", "own.text = for all\nlogin.submit=Go");
  folder.write("texts.es.properties", "login.submit=Entrar\\u0021");
  const auto set = read();
  CHECK(faults.ok());
  STRCMP_EQUAL("Go for all", made(*set, 0, Kind::login).c_str());
  STRCMP_EQUAL("Entrar! for all", made(*set, 1, Kind::login).c_str());
}

TEST(PageSet, a_missing_file_is_a_fault_where_the_folder_is_named) {
  folder.write("login.de.html", "");
  (void)read();
  CHECK_EQUAL(3u, faults.count());  // de: logout; es: login, logout
  STRCMP_CONTAINS("web.xml:7:3:", faults.faults()[0].line().c_str());
  STRCMP_CONTAINS("logout.html", faults.faults()[0].text.c_str());
}

TEST(PageSet, faults_of_all_files_are_told_at_once) {
  folder.write("login.html", "${x}");
  folder.write("logout.html", "\n${y}");
  folder.write("texts.de.properties", "a=\\uXXXX");
  (void)read();
  std::string all;
  for (const config::Fault& fault : faults.faults()) all += fault.line() + "\n";
  STRCMP_CONTAINS("texts.de.properties:1:", all.c_str());
  STRCMP_CONTAINS("login.html:1:1:", all.c_str());
  STRCMP_CONTAINS("logout.html:2:1:", all.c_str());
}

TEST(PageSet, every_built_in_language_has_every_text) {
  const Texts english("en");
  for (const char* language : {"de", "fr", "it"}) {
    CHECK(Texts::has_built_in(language));
    for (const char* key : {"login.user", "login.password", "login.code", "login.submit", "login.please",
                            "login.failed", "login.locked", "logout.done", "stepup.please"}) {
      const std::string_view text = Texts(language).get(key);
      CHECK_FALSE(text.empty());
    }
    CHECK(Texts(language).get("login.failed") != english.get("login.failed"));
  }
  CHECK_FALSE(Texts::has_built_in("es"));
  STRCMP_EQUAL("login.unknown", std::string(english.get("login.unknown")).c_str());
  STRCMP_EQUAL("Your token", std::string(english.get("Your token")).c_str());
}
