#include "navajo/rules/redaction.h"

#include <algorithm>
#include <array>

#include "navajo/config/text.h"

namespace navajo::rules {
namespace {

using config::SearchResult;

constexpr const char* kHeaders[] = {
    "Authorization", "Proxy-Authorization", "Cookie",   "Set-Cookie",      "Authentication-Info",
    "X-Api-Key",     "Api-Key",             "X-Auth",   "X-Auth-Token",    "X-Csrf-Token",
    "X-Access-Key",  "X-Functions-Key",     "X-Otp",    "X-Client-Key",    "Proxy-Authentication-Info",
};
constexpr const char* kHeaderWords[] = {
    "authorization", "cookie",     "token",    "secret",           "password",  "passwd",  "credential",
    "api-key",       "apikey",     "api_key",  "access-key",       "auth-key",  "session", "subscription-key",
    "signature",     "jwt",        "csrf",     "xsrf",             "saml",
};

// Names of parameters and members. The short ones count only where a word begins: pass=, not compass=. Nothing here
// has a part of free length before it: a long text costs one look per byte.
#define NVJ_KEYS                                                                                                    \
  R"((?:passw(?:or)?d|passphrase|passcode|secret|credential|api[_.-]?key|access[_.-]?key|private[_.-]?key)"         \
  R"(|account[_.-]?key|subscription[_.-]?key|client[_.-]?key|encryption[_.-]?key|signing[_.-]?key|signature)"       \
  R"(|token(?!s\\*["']?\s{0,4}[=:]\s{0,4}\d{1,12}\b)|assertion|authorization|saml(?:request|response))"             \
  R"(|session[_.-]?id|sessid|sess[_.-]?key|cookie|code[_-]verifier)"                                                \
  R"(|(?<![a-z0-9])(?:pass|pwd|pin|otp|totp|sid|sig|auth|jwt|bearer|cvv|cvc)(?![a-z]))"                       \
  R"(|(?<![a-z0-9_-])(?:key|code(?!["']?\s{0,4}:\s{0,4}\d))(?![a-z])))"
// [0], _confirmation, Hash, and the same percent-encoded.
#define NVJ_KEY_TAIL R"((?:[\w.\[\]-]|%5[bd]){0,32})"

// Asked first: most texts have no such name, and then none of the patterns that begin with one has to be tried.
constexpr const char kName[] = "(?i)" NVJ_KEYS;

constexpr const char* kNamePatterns[] = {
    // Query, form, cookie, also encoded once more: password=hunter2, password%3Dhunter2%26
    "(?i)" NVJ_KEYS NVJ_KEY_TAIL R"((?:=|%3d)((?:[^&\s"'<>;,%]++|%(?!26|3b|0[ad]))++))",
    // Quoted: password="two words"
    "(?i)" NVJ_KEYS NVJ_KEY_TAIL R"(\s{0,4}=\s{0,4}\\*(?:"((?:[^"\\]++|\\.)*+)|'((?:[^'\\]++|\\.)*+)))",
    // JSON, also inside of a JSON string, and whatever looks like it. Of an object or a list all the rest.
    "(?is)" NVJ_KEYS NVJ_KEY_TAIL
    R"(\\*["']\s{0,64}:\s{0,64}(?:([\[{].*+)|\\*"((?:[^"\\]++|\\.)*+)|\\*'((?:[^'\\]++|\\.)*+)|([^\s,}\]"']++)))",
    // Lines: password: hunter2
    "(?i)" NVJ_KEYS NVJ_KEY_TAIL
    R"((?:[ \t]{0,8}:[ \t]{0,8}|[ \t]{1,8}=[ \t]{0,8}|=[ \t]{1,8})([^\s"',;{}\[\]][^\r\n,;]*+))",
    // XML, with a prefix and attributes or without: <wsse:Password Type="...">hunter2<
    "(?is)" NVJ_KEYS NVJ_KEY_TAIL R"((?:\s[^<>]{0,512})?>\s*+((?:[^<\s][^<]*+|<!\[CDATA\[)++))",
    // A part of a form: name="password" CR LF CR LF hunter2
    "(?is)" R"(name="?[\w.\[\]-]{0,64}?)" NVJ_KEYS NVJ_KEY_TAIL
    R"("?[^\r\n]{0,256}\r?\n(?:[^\r\n]{1,256}\r?\n){0,4}\r?\n([^\r\n]++))",
};

constexpr const char* kFormPatterns[] = {
    // Credentials as Authorization has them, wherever they stand.
    R"((?i)\b(?:bearer|basic|negotiate|ntlm|dpop|token|apikey|api-key)(?:\s|%20|\+){1,4}([a-z0-9._~+/=-]{8,}+))",
    // A JSON web token: it begins with {" in base64url.
    R"((eyJ[A-Za-z0-9_-]{6,}+(?:\.[A-Za-z0-9_-]*+){0,4}))",
    // Keys that tell what they are.
    R"(((?<![A-Za-z0-9])(?:(?:AKIA|ASIA|AGPA|AROA|ABIA|ACCA)[A-Z0-9]{12,}+|gh[oprsu]_[A-Za-z0-9]{16,}+)"
    R"(|github_pat_[A-Za-z0-9_]{16,}+|glpat-[A-Za-z0-9_-]{16,}+|xox[abeoprs]-[A-Za-z0-9-]{8,}+)"
    R"(|[rs]k_(?:live|test)_[A-Za-z0-9]{8,}+|AIza[A-Za-z0-9_-]{20,}+|ya29\.[A-Za-z0-9._-]{8,}+)"
    R"(|sk-[A-Za-z0-9_-]{16,}+|npm_[A-Za-z0-9]{16,}+|pypi-[A-Za-z0-9_-]{16,}+|SG\.[A-Za-z0-9._-]{16,}+)"
    R"(|hvs\.[A-Za-z0-9._-]{16,}+)))",
    R"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----((?:[^-]++|-(?!----END))*+))",
    // user:password@ of a URL
    R"((?i)[a-z][a-z0-9+.-]{1,20}(?:://|%3a%2f%2f)[^\s/?#:@"'<>]{0,128}(?::|%3a)([^\s/?#@"'<>]{1,256})@)",
};

constexpr size_t kGroups = 8;

struct Span {
  size_t from, to;
};

bool in(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& n) { return config::same_word(n, name); });
}

bool contains_word(std::string_view name, std::string_view word) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; };
  return std::search(name.begin(), name.end(), word.begin(), word.end(), same) != name.end();
}

// False: the pattern has given up.
bool find_all(const config::Regex& pattern, std::string_view value, std::pmr::vector<Span>& hidden) {
  size_t at = 0;
  while (at < value.size()) {
    std::array<std::string_view, kGroups> found;
    const size_t count = std::min(pattern.groups(), kGroups);
    switch (pattern.search(value.substr(at), {found.data(), count})) {
      case SearchResult::gave_up: return false;
      case SearchResult::not_found: return true;
      case SearchResult::found: break;
    }
    const auto place = [&](std::string_view part) { return static_cast<size_t>(part.data() - value.data()); };
    bool grouped = false;
    size_t end = place(found[0]) + found[0].size();
    for (size_t i = 1; i < count; i++) {
      grouped = grouped || found[i].data();  // null: took no part
      if (found[i].empty()) continue;
      hidden.push_back({place(found[i]), place(found[i]) + found[i].size()});
      end = std::max(end, hidden.back().to);
    }
    if (!grouped && !found[0].empty()) hidden.push_back({place(found[0]), end});
    at = std::max(end, at + 1);  // an empty match moves on
  }
  return true;
}

}  // namespace

std::span<const char* const> Redaction::default_headers() { return kHeaders; }
std::span<const char* const> Redaction::default_header_words() { return kHeaderWords; }

base::Result<Redaction> Redaction::make(const RedactionOptions& options) {
  Redaction out;
  out.shown_ = options.show_headers;
  out.headers_.assign(std::begin(kHeaders), std::end(kHeaders));
  out.headers_.insert(out.headers_.end(), options.redact_headers.begin(), options.redact_headers.end());
  const auto add = [](std::string_view text, std::vector<config::Regex>& to) -> base::Status<> {
    auto pattern = config::Regex::compile(text);
    if (!pattern.ok())
      return base::Failed{base::Error{"'" + config::printable(text) + "': " + pattern.error().text}};
    to.push_back(std::move(*pattern));
    return base::Done{};
  };
  if (const auto added = add(kName, out.name_); !added.ok()) return base::Failed{added.error()};
  for (const char* const text : kNamePatterns)
    if (const auto added = add(text, out.after_name_); !added.ok()) return base::Failed{added.error()};
  for (const char* const text : kFormPatterns)
    if (const auto added = add(text, out.patterns_); !added.ok()) return base::Failed{added.error()};
  for (const std::string& text : options.redact_patterns)
    if (const auto added = add(text, out.patterns_); !added.ok()) return base::Failed{added.error()};
  return out;
}

bool Redaction::shows_header(std::string_view name) const { return in(shown_, name); }

bool Redaction::hides_header(std::string_view name) const {
  if (shows_header(name)) return false;
  if (in(headers_, name)) return true;
  return std::any_of(std::begin(kHeaderWords), std::end(kHeaderWords),
                     [&](const char* word) { return contains_word(name, word); });
}

void Redaction::append(std::string_view value, std::pmr::string& into) const {
  std::pmr::vector<Span> hidden(into.get_allocator().resource());
  const auto all_done = [&](const std::vector<config::Regex>& patterns) {
    return std::all_of(patterns.begin(), patterns.end(),
                       [&](const config::Regex& pattern) { return find_all(pattern, value, hidden); });
  };
  const bool named = name_.front().search(value) != SearchResult::not_found;
  if ((named && !all_done(after_name_)) || !all_done(patterns_)) {
    into.append(kHidden);
    return;
  }
  std::sort(hidden.begin(), hidden.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
  size_t at = 0;
  for (const Span& span : hidden) {
    if (span.to <= at) continue;
    if (span.from > at || at == 0) {
      into.append(value.substr(at, span.from - at));
      into.append(kHidden);
    }  // else: goes on where the one before ended
    at = span.to;
  }
  into.append(value.substr(at));
}

}  // namespace navajo::rules
