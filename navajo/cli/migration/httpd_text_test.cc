#include "navajo/cli/migration/httpd_text.h"

#include <string>

#include "navajo/cli/migration/shown_directives.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::cli::migration;
using navajo::config::TemporaryFolder;

TEST_GROUP(HttpdText) {
  const TemporaryFolder folder;
  std::string read(const std::string& text) {
    const std::string path = folder.write("httpd.conf", text);
    const auto top = read_httpd(path);
    return top.ok() ? shown(*top) : top.error().text.substr(path.size());
  }
};

TEST(HttpdText, sections_directives_and_lines_that_go_on) {
  STRCMP_EQUAL("listen(80)@1;virtualhost(*:80)@3{proxypass(/|http://a/)@4;}",
               read("Listen 80\n# no\n<VirtualHost *:80>\n  ProxyPass / \\\n    http://a/\n</VirtualHost>\n").c_str());
}

TEST(HttpdText, quotes_and_defines) {
  STRCMP_EQUAL("define(DIR|/etc/x)@1;header(set|A|b \"c\")@2;a(/etc/x/f|${NONE})@3;",
               read("Define DIR /etc/x\nHeader set A \"b \\\"c\\\"\"\nA ${DIR}/f ${NONE}\n").c_str());
}

TEST(HttpdText, includes_are_relative_to_the_server_root) {
  folder.write("root/sites/b.conf", "B\n");
  folder.write("root/sites/a.conf", "A\n");
  STRCMP_EQUAL(("serverroot(" + folder.file("root") + ")@1;a()@1;b()@1;").c_str(),
               read("ServerRoot " + folder.file("root") + "\nInclude sites\nIncludeOptional none.conf\n").c_str());
  STRCMP_CONTAINS(":1: ", read("Include none.conf\n").c_str());
}

TEST(HttpdText, what_is_malformed_has_a_place_and_a_cause) {
  STRCMP_EQUAL(":1: <virtualhost> has no end in this file", read("<VirtualHost *:80>\nA b\n").c_str());
  STRCMP_EQUAL(":2: </location> ends nothing that is open", read("A\n</Location>\n").c_str());
  STRCMP_EQUAL(":1: '<' has no '>'", read("<VirtualHost *:80\n").c_str());
  STRCMP_EQUAL(":1: the quote \" has no end", read("Header \"a\n").c_str());
  STRCMP_CONTAINS("more than 16 deep", read("Include httpd.conf\n").c_str());
}
