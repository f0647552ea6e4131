#include "navajo/config/method_list.h"

#include <algorithm>

#include "navajo/config/text.h"

namespace navajo::config {
namespace {

constexpr std::string_view kAllHttp[] = {"GET",     "POST",    "HEAD", "DELETE", "TRACE",
                                         "CONNECT", "OPTIONS", "PUT",  "PATCH"};
// RFC 3253, 3648, 3744, 4437, 4791, 4918, 5323, 5842, and the draft that had SUBSCRIBE and its like.
constexpr std::string_view kAllWebdav[] = {
    "MERGE",        "UNCHECKOUT", "MKACTIVITY", "PROPPATCH",        "LOCK",   "CHECKOUT",        "SEARCH",
    "COPY",         "MKCOL",      "MKWORKSPACE", "PROPFIND",        "UPDATE", "REBIND",          "BASELINE-CONTROL",
    "UNBIND",       "CHECKIN",    "VERSION-CONTROL", "REPORT",      "LABEL",  "MOVE",            "UNLOCK",
    "ACL",          "BIND",       "ORDERPATCH", "MKREDIRECTREF",    "LINK",   "UPDATEREDIRECTREF", "UNLINK",
    "MKCALENDAR",   "NOTIFY",     "POLL",       "SUBSCRIBE",        "UNSUBSCRIBE", "BCOPY",      "BMOVE",
    "BDELETE",      "BPROPFIND",  "BPROPPATCH"};

bool is_token(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

constexpr std::string_view kOthers[] = {"QUERY", "PURGE", "BAN", "REFRESH", "RPC_IN_DATA", "RPC_OUT_DATA"};

std::vector<std::string_view> known_words() {
  std::vector<std::string_view> out = {"ALL-HTTP", "ALL-WEBDAV"};
  for (const std::string_view word : kAllHttp) out.push_back(word);
  for (const std::string_view word : kOthers) out.push_back(word);
  for (const std::string_view word : kAllWebdav) out.push_back(word);
  return out;
}

std::vector<std::string_view> methods_of(std::string_view word) {
  if (word == "ALL-HTTP") return {std::begin(kAllHttp), std::end(kAllHttp)};
  if (word == "ALL-WEBDAV") return {std::begin(kAllWebdav), std::end(kAllWebdav)};
  return {word};
}

}  // namespace

base::Result<std::vector<std::string>> parse_method_list(std::string_view text) {
  const std::vector<std::string_view> known = known_words();
  std::vector<std::string> out;
  std::vector<std::string_view> removed = {"TRACE"};
  for (std::string_view word : split_words(text)) {
    const bool remove = word[0] == '-';
    if (remove || word[0] == '+') word.remove_prefix(1);
    const bool is_known = std::find(known.begin(), known.end(), word) != known.end();
    // A method nobody knows is somebody's own; one that looks like a known one is a slip.
    const std::string meant = is_known ? "" : did_you_mean(word, known);
    if (!is_token(word) || !meant.empty())
      return base::Failed{base::Error{"'" + printable(word) + "' is no method and no group" + meant}};
    for (const std::string_view method : methods_of(word)) {
      if (remove)
        removed.push_back(method);
      else if (std::find(out.begin(), out.end(), method) == out.end())
        out.emplace_back(method);
    }
  }
  std::erase_if(out, [&](const std::string& method) {
    return std::find(removed.begin(), removed.end(), method) != removed.end();
  });
  if (out.empty()) return base::Failed{base::Error{"lets no method in"}};
  return out;
}

}  // namespace navajo::config
