#include "navajo/cli/stock_modules.h"

#include <strings.h>

#include <algorithm>
#include <cstring>

namespace navajo::cli {
namespace {

// In loading order. "always": what a proxy wants anyway and what costs next to nothing when unused.
// mod_status is not among them: loaded, it switches ExtendedStatus on for every request. mod_dir and mod_mime are
// not: they look at file names, which proxied requests have none of, and DefaultServlet does their work itself.
struct Row {
  const char* module;
  bool always;
  // Directives, blank-separated; a trailing * stands for any rest.
  const char* directives;
};
constexpr Row kRows[] = {
    {"log_config", true, ""},
    {"logio", true, ""},
    {"unixd", true, ""},
    {"authz_core", true, ""},
    {"authz_host", true, ""},
    {"env", true, ""},
    {"setenvif", true, ""},
    {"headers", true, ""},
    {"reqtimeout", true, ""},
    {"mime", false, "AddType AddEncoding AddCharset AddLanguage AddHandler AddInputFilter AddOutputFilter TypesConfig"},
    {"authn_core", false, "AuthType AuthName AuthUserFile AuthBasic* <AuthnProviderAlias"},
    {"authn_file", false, "AuthUserFile"},
    {"authz_user", false, "AuthType AuthUserFile"},
    {"authz_groupfile", false, "AuthGroupFile"},
    {"auth_basic", false, "AuthBasic* AuthUserFile"},
    {"alias", false, "Alias AliasMatch Redirect* ScriptAlias*"},
    {"rewrite", false, "Rewrite*"},
    {"filter", false, "AddOutputFilterByType Filter*"},
    {"deflate", false, "Deflate*"},
    {"expires", false, "Expires*"},
    {"include", false, "SSI* XBitHack"},
    {"dir", false, "Directory* FallbackResource"},
    {"remoteip", false, "RemoteIP*"},
    {"unique_id", false, ""},
    {"status", false, "ExtendedStatus SeeRequestTail"},
    {"socache_shmcb", false, "SSL*"},
    {"ssl", false, "SSL*"},
    {"http2", false, "H2*"},
    {"qos", false, "QS_*"},
};

bool names(const char* patterns, std::string_view directive) {
  for (const char* at = patterns; *at;) {
    const size_t length = strcspn(at, " ");
    const bool prefix = length > 0 && at[length - 1] == '*';
    const size_t compared = prefix ? length - 1 : length;
    if ((prefix ? directive.size() >= compared : directive.size() == compared) &&
        strncasecmp(at, directive.data(), compared) == 0) {
      return true;
    }
    at += length;
    while (*at == ' ') at++;
  }
  return false;
}

bool same(std::string_view a, const char* b) {
  return a.size() == strlen(b) && strncasecmp(a.data(), b, a.size()) == 0;
}

bool contains(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(), [](char a, char b) {
           return tolower(static_cast<unsigned char>(a)) == tolower(static_cast<unsigned char>(b));
         }) != text.end();
}

}  // namespace

std::vector<std::string> needed_stock_modules(const std::vector<NeededBy>& directives) {
  std::set<std::string, std::less<>> needed;
  for (const Row& row : kRows) {
    if (row.always) needed.insert(row.module);
    for (const NeededBy& one : directives) {
      if (names(row.directives, one.directive)) needed.insert(row.module);
    }
  }
  for (const NeededBy& one : directives) {
    // What a value asks for, where the directive itself belongs to the core or to another module.
    if (same(one.directive, "Protocols") && contains(one.value, "h2")) needed.insert("http2");
    const bool filters = same(one.directive, "SetOutputFilter") || same(one.directive, "AddOutputFilterByType") ||
                         same(one.directive, "AddOutputFilter");
    if (filters && contains(one.value, "DEFLATE")) needed.insert("deflate");
    if (filters && contains(one.value, "INCLUDES")) needed.insert("include");
    if (contains(one.value, "UNIQUE_ID")) needed.insert("unique_id");
  }
  std::vector<std::string> ordered;
  for (const Row& row : kRows) {
    if (needed.count(row.module)) ordered.emplace_back(row.module);
  }
  return ordered;
}

}  // namespace navajo::cli
