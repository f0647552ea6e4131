#include "navajo/cli/stock_modules.h"

#include <algorithm>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo::cli;

TEST_GROUP(StockModules) {
  std::vector<std::string> modules;
  void need(std::vector<NeededBy> directives) { modules = needed_stock_modules(directives); }
  bool loaded(const char* name) { return std::count(modules.begin(), modules.end(), name) == 1; }
  ptrdiff_t place(const char* name) { return std::find(modules.begin(), modules.end(), name) - modules.begin(); }
};

TEST(StockModules, a_plain_proxy_gets_few_and_none_that_works_on_every_request_for_nothing) {
  need({});
  CHECK(loaded("authz_core"));
  CHECK(loaded("reqtimeout"));
  CHECK(loaded("headers"));
  for (const char* name : {"status", "dir", "mime", "ssl", "http2", "rewrite", "unique_id"}) {
    CHECK_FALSE_TEXT(loaded(name), name);
  }
}

TEST(StockModules, a_directive_brings_the_module_that_knows_it) {
  need({{"RewriteEngine", "on"}, {"RemoteIPHeader", "X-Forwarded-For"}, {"ExtendedStatus", "On"}, {"AuthType", "Basic"},
        {"AuthUserFile", "x"}});
  for (const char* name : {"rewrite", "remoteip", "status", "authn_core", "authn_file", "auth_basic", "authz_user"}) {
    CHECK_TRUE_TEXT(loaded(name), name);
  }
}

TEST(StockModules, names_of_directives_are_compared_without_case) {
  need({{"sslengine", "on"}});
  CHECK(loaded("ssl"));
}

TEST(StockModules, a_name_that_only_begins_alike_brings_nothing) {
  need({{"AliasX", ""}, {"AddTypes", ""}, {"SS", ""}, {"", ""}});
  CHECK_FALSE(loaded("alias"));
  CHECK_FALSE(loaded("mime"));
  CHECK_FALSE(loaded("ssl"));
}

TEST(StockModules, values_count_where_the_directive_is_everybodys) {
  need({{"Protocols", "h2 http/1.1"}, {"SetOutputFilter", "DEFLATE"}, {"ErrorLogFormat", "%{UNIQUE_ID}e"}});
  CHECK(loaded("http2"));
  CHECK(loaded("deflate"));
  CHECK(loaded("unique_id"));
  need({{"Protocols", "http/1.1"}});
  CHECK_FALSE(loaded("http2"));
}

TEST(StockModules, tls_brings_its_cache_first) {
  need({{"SSLCertificateFile", "x"}});
  CHECK(loaded("ssl"));
  CHECK(place("socache_shmcb") < place("ssl"));
}
