#include "navajo/cli/migration/haproxy_text.h"

#include <string>

#include "navajo/cli/migration/haproxy_conditions.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::cli::migration;
using navajo::config::TemporaryFolder;

TEST_GROUP(HaproxyText) {
  const TemporaryFolder folder;
  std::string read(const std::string& text) {
    const std::string path = folder.write("haproxy.cfg", text);
    const auto top = read_haproxy(path);
    if (!top.ok()) return top.error().text.substr(path.size());
    std::string out;
    for (const Directive& section : *top) {
      out += section.name + " " + section.word(0) + "{";
      for (const Directive& one : section.block) {
        out += one.name + "(";
        for (size_t i = 0; i < one.words.size(); i++) out += (i ? "|" : "") + one.words[i];
        out += ")@" + std::to_string(one.where.line);
      }
      out += "}";
    }
    return out;
  }
  static Directive acl(std::vector<std::string> words) {
    return {.name = "acl", .words = std::move(words), .where = {}};
  }
};

TEST(HaproxyText, sections_have_their_lines) {
  STRCMP_EQUAL("global {maxconn(10)@2}backend app{server(a|app:80|check)@5}",
               read("global # of the process\n  maxconn 10\n\nbackend app\n  server a app:80 check\n").c_str());
}

TEST(HaproxyText, quotes_and_escapes) {
  STRCMP_EQUAL("backend b{x(a b|c # d|e f|g\"h)@2}", read("backend b\nx 'a b' \"c # d\" e\\ f \"g\\\"h\"\n").c_str());
}

TEST(HaproxyText, what_is_malformed_has_a_place_and_a_cause) {
  STRCMP_EQUAL(":2: the quote ' has no end", read("backend b\nx 'a\n").c_str());
  STRCMP_EQUAL(":1: 'server' stands in no section", read("server a b:1\n").c_str());
}

TEST(HaproxyText, conditions_on_host_and_path_are_understood) {
  HaproxyAcls acls;
  acls.add(acl({"shop", "hdr(host)", "-i", "Shop.example.org", "www.example.org"}));
  acls.add(acl({"api", "path_beg", "/api"}));
  acls.add(acl({"api", "path_beg", "/v2"}));
  const std::vector<std::string> both{"shop", "api"};
  const auto part = acls.read(both);
  CHECK(part.has_value());
  LONGS_EQUAL(2, part->hosts.size());
  STRCMP_EQUAL("shop.example.org", part->hosts[0].c_str());
  LONGS_EQUAL(2, part->paths.size());
  CHECK_FALSE(part->exact);
  const std::vector<std::string> anonymous{"{", "path", "/status", "}"};
  CHECK_TRUE(acls.read(anonymous)->exact);
}

TEST(HaproxyText, other_conditions_are_not) {
  HaproxyAcls acls;
  acls.add(acl({"shop", "hdr(host)", "shop.example.org"}));
  acls.add(acl({"inside", "src", "10.0.0.0/8"}));
  acls.add(acl({"mixed", "hdr(host)", "a.example.org"}));
  acls.add(acl({"mixed", "path_beg", "/a"}));
  acls.add(acl({"loose", "path_beg", "-i", "/a"}));
  for (const std::vector<std::string>& words : {std::vector<std::string>{"!shop"},
                                                {"shop", "||", "inside"},
                                                {"inside"},
                                                {"shop", "inside"},
                                                {"mixed"},
                                                {"loose"},
                                                {"unknown"},
                                                {},
                                                {"{", "path_beg", "/a"},
                                                {"shop", "shop"}})
    CHECK_FALSE(acls.read(words).has_value());
}
