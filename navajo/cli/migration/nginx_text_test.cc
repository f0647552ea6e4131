#include "navajo/cli/migration/nginx_text.h"

#include <string>

#include "navajo/cli/migration/shown_directives.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::cli::migration;
using navajo::config::TemporaryFolder;

TEST_GROUP(NginxText) {
  const TemporaryFolder folder;

  // The file's name left out of an error.
  std::string read(const std::string& text) {
    const std::string path = folder.write("nginx.conf", text);
    const auto top = read_nginx(path);
    return top.ok() ? shown(*top) : top.error().text.substr(path.size());
  }
};

TEST(NginxText, directives_blocks_comments_and_lines) {
  STRCMP_EQUAL("events()@1{}http()@2{server()@3{listen(80|default_server)@4;}}",
               read("events {} # none\nhttp {\n server {\n  listen 80 default_server; } # {\n}\n").c_str());
}

TEST(NginxText, quotes_escapes_and_variables_in_braces) {
  STRCMP_EQUAL("a(x y|it's|${b}c|\\.png$)@1;", read("a 'x y' \"it's\" ${b}c \\.png$;").c_str());
  STRCMP_EQUAL("log(one\ntwo)@1;next()@3;", read("log 'one\ntwo';\nnext;").c_str());
}

TEST(NginxText, foreign_blocks_are_skipped_whole) {
  STRCMP_EQUAL("content_by_lua_block()@1{}after()@2;",
               read("content_by_lua_block { if x { y = '{}' } }\nafter;").c_str());
}

TEST(NginxText, includes_are_followed_sorted) {
  folder.write("conf.d/b.conf", "b;");
  folder.write("conf.d/a.conf", "a;");
  STRCMP_EQUAL("http()@1{a()@1;b()@1;}", read("http { include conf.d/*.conf; include none/*.conf; }").c_str());
  STRCMP_CONTAINS(":1: ", read("include missing.conf;").c_str());
}

TEST(NginxText, what_is_malformed_has_a_place_and_a_cause) {
  STRCMP_EQUAL(":2: the block has no '}'", read("a;\nhttp {\n").c_str());
  STRCMP_EQUAL(":2: '}' without a '{'", read("a;\n}\n").c_str());
  STRCMP_EQUAL(":1: 'a' has no ';' and no '{'", read("a b\n").c_str());
  STRCMP_EQUAL(":1: the quote ' has no end", read("a 'b;\n").c_str());
  STRCMP_EQUAL(":1: a directive begins with its name", read(";").c_str());
}

TEST(NginxText, includes_and_blocks_are_bounded) {
  STRCMP_CONTAINS("more than 16 deep", read("include nginx.conf;").c_str());
  std::string deep;
  for (int i = 0; i < 20; i++) deep += "a {";
  STRCMP_CONTAINS("blocks are more than 16 deep", read(deep).c_str());
  std::string many;
  for (int i = 0; i < 100001; i++) many += "a;";
  STRCMP_CONTAINS("more than 100000 directives", read(many).c_str());
}
