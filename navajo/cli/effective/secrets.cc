#include "navajo/cli/effective/secrets.h"

#include <algorithm>
#include <memory>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "navajo/config/text.h"

namespace navajo::cli::effective {
namespace {

struct RuleText {
  const char* pattern;
  const char* replacement;
  bool of_logs_only = false;
};

// In this order.
constexpr RuleText kRuleTexts[] = {
    {"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\\z)", "(hidden private key)"},
    {"\\$(2[abxy]?|argon2\\w*|y|gy|[156])\\$[^\\s:\"'<]+", "(hidden hash)"},
    {"eyJ[\\w-]{4,}\\.[\\w-]{4,}\\.[\\w-]*", "(hidden token)"},
    {"://[^/\\s:@\"'<>]*:[^/\\s@\"'<>]+@", "://(hidden)@"},
    // <param-name>PassPhrase</param-name> <param-value>...</param-value>
    {"(?is)(<param-name>\\s*[\\w.]*(?:passphrase|password|secret|credential|token)[\\w.]*\\s*</param-name>"
     "(?:\\s|<description>.*?</description>|<!--.*?-->)*<param-value>).*?(</param-value>)",
     "$1(hidden)$2"},
    {"(?i)\\b([\\w.-]*(?:passphrase|passwd|password|secret|credential|api-?key|(?<!server)token)[\\w.-]*\\s*[=:]\\s*)"
     "(\"[^\"]*\"|'[^']*'|[^\\s\"'<>&;,]+)",
     "$1(hidden)"},
    {"(?im)((?:authorization|cookie)2?[\"']?\\s*[:=]\\s*)[^\\r\\n<]+", "$1(hidden)"},
    {"(?i)\\b((?:bearer|basic|negotiate|digest)\\s+)[\\w.~+/=-]{8,}", "$1(hidden)"},
    // Session cookies and the like: a name, and a value long enough to be guessed by nobody.
    {"\\b([\\w.-]+=)[\\w.%+/~-]{24,}={0,2}", "$1(hidden)", true},
    {"(\\s\\S*/[^\\s?\"]*\\?)[^\\s\"]+", "$1(hidden)", true},
    {"\\b[A-Za-z0-9_-]{40,}\\b", "(hidden)", true},
};

constexpr size_t kShortestSecret = 4;

// Names that speak of a secret without being one.
constexpr std::string_view kHarmlessEnds[] = {"file",         "field", "policy", "dialog", "path",
                                              "servertokens", "url",   "header", "name"};
constexpr std::string_view kSecretWords[] = {"passphrase", "password", "passwd", "secret", "credential", "token"};

}  // namespace

struct Redactor::Rule {
  struct Free {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  };
  std::unique_ptr<pcre2_code, Free> code;
  const RuleText* text;
};

bool is_secret_name(std::string_view name) {
  const std::string lower = config::lower_case(name);
  for (const std::string_view end : kHarmlessEnds)
    if (lower.ends_with(end)) return false;
  return std::any_of(std::begin(kSecretWords), std::end(kSecretWords),
                     [&](std::string_view word) { return lower.find(word) != lower.npos; });
}

Redactor::Redactor() {
  for (const RuleText& text : kRuleTexts) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* const code =
        pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.pattern), PCRE2_ZERO_TERMINATED, 0, &error, &offset, nullptr);
    rules_.push_back({Rule{std::unique_ptr<pcre2_code, Rule::Free>(code), &text}});
  }
}
Redactor::~Redactor() = default;

void Redactor::hide(std::string secret) {
  if (secret.size() >= kShortestSecret) secrets_.push_back(std::move(secret));
}

std::string Redactor::redacted(std::string_view text, Kind kind) const {
  std::string out(text);
  for (const std::string& secret : secrets_)
    for (size_t at = out.find(secret); at != out.npos; at = out.find(secret, at))
      out.replace(at, secret.size(), kHidden);
  for (const Rule& rule : rules_) {
    if (rule.text->of_logs_only && kind != Kind::log) continue;
    std::string room(out.size() + out.size() / 2 + 4096, '\0');
    PCRE2_SIZE length = room.size();
    const int done = rule.code
                         ? pcre2_substitute(rule.code.get(), reinterpret_cast<PCRE2_SPTR>(out.data()), out.size(), 0,
                                            PCRE2_SUBSTITUTE_GLOBAL, nullptr, nullptr,
                                            reinterpret_cast<PCRE2_SPTR>(rule.text->replacement), PCRE2_ZERO_TERMINATED,
                                            reinterpret_cast<PCRE2_UCHAR*>(room.data()), &length)
                         : PCRE2_ERROR_INTERNAL;
    // What cannot be looked through is not shown at all.
    if (done < 0) return "(hidden: this text could not be looked through for secrets)\n";
    room.resize(length);
    out = std::move(room);
  }
  return out;
}

}  // namespace navajo::cli::effective
