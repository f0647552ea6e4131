#include "navajo/rules/glob.h"

#include "navajo/rules/hash.h"

namespace navajo::rules {
namespace {

using config::SearchResult;

// One byte each; kLiteral is followed by a length and as many bytes. Before them stands the kind.
enum Token : char {
  kLiteral = 1,
  kOneOfSegment = 2,
  kOne = 3,
  kStar = 4,     // any number, no slash
  kSegment = 5,  // one or more, no slash
  kAnything = 6,
  kSlashes = 7,  // one or more
};

class Writer {
 public:
  explicit Writer(GlobKind kind) : out_(1, static_cast<char>(kind)) {}

  void literal(char c) {
    if (length_at_ == 0 || static_cast<unsigned char>(out_[length_at_]) == 255) {
      out_ += kLiteral;
      length_at_ = out_.size();
      out_ += '\0';
    }
    out_ += c;
    out_[length_at_] = static_cast<char>(static_cast<unsigned char>(out_[length_at_]) + 1);
  }
  void token(Token token) {
    length_at_ = 0;
    out_ += token;
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  size_t length_at_ = 0;  // of the literal that goes on; 0: none does
};

std::string plain_tokens(std::string_view glob, bool ignore_case) {
  Writer out(GlobKind::plain);
  for (size_t i = 0; i < glob.size(); i++) {
    if (glob[i] == '?') {
      out.token(kOne);
    } else if (glob[i] == '*') {
      while (i + 1 < glob.size() && glob[i + 1] == '*') i++;
      out.token(kAnything);
    } else {
      out.literal(ignore_case ? static_cast<char>(fold(glob[i])) : glob[i]);
    }
  }
  return out.take();
}

// As config::Pattern reads it.
std::optional<std::string> path_tokens(std::string_view glob, bool ignore_case) {
  while (!glob.empty() && glob.back() == '/') glob.remove_suffix(1);
  Writer out(GlobKind::path);
  for (size_t i = 0; i < glob.size(); i++) {
    char c = glob[i];
    const auto next_is = [&](char what) { return i + 1 < glob.size() && glob[i + 1] == what; };
    if (c == '/') {
      while (next_is('/')) i++;
      out.token(kSlashes);
    } else if (c == '*') {
      const size_t first = i;
      while (next_is('*')) i++;
      const bool opens = first > 0 && glob[first - 1] == '/', closes = i + 1 == glob.size() || next_is('/');
      out.token(i > first ? kAnything : opens && closes ? kSegment : kStar);
    } else if (c == '?') {
      out.token(kOneOfSegment);
    } else if (c == '[') {
      return std::nullopt;
    } else {
      if (c == '\\' && i + 1 < glob.size()) c = glob[++i];
      if (c == '/') return std::nullopt;
      out.literal(ignore_case ? static_cast<char>(fold(c)) : c);
    }
  }
  return out.take();
}

bool fits(std::string_view literal, std::string_view subject, bool ignore_case) {
  if (subject.size() < literal.size()) return false;
  if (!ignore_case) return subject.substr(0, literal.size()) == literal;
  for (size_t i = 0; i < literal.size(); i++)
    if (fold(subject[i]) != static_cast<unsigned char>(literal[i])) return false;
  return true;
}

size_t literal_length(std::string_view tokens, size_t at) { return static_cast<unsigned char>(tokens[at + 1]); }

}  // namespace

bool has_wildcard(std::string_view glob, GlobKind kind) {
  return glob.find_first_of(kind == GlobKind::path ? "*?[\\" : "*?") != std::string_view::npos;
}

std::optional<std::string> glob_tokens(std::string_view glob, GlobKind kind, bool ignore_case) {
  // A glob that ends with a backslash keeps its slashes: rare enough for a regular expression.
  if (kind == GlobKind::path && glob.find("\\/") != std::string_view::npos) return std::nullopt;
  return kind == GlobKind::path ? path_tokens(glob, ignore_case) : plain_tokens(glob, ignore_case);
}

bool are_glob_tokens(std::string_view tokens) {
  if (tokens.empty() || (tokens[0] & ~1) != 0) return false;  // a GlobKind
  for (size_t at = 1; at < tokens.size();) {
    if (tokens[at] == kLiteral) {
      if (at + 2 > tokens.size() || literal_length(tokens, at) > tokens.size() - at - 2) return false;
      at += 2 + literal_length(tokens, at);
    } else {
      if (tokens[at] < kLiteral || tokens[at] > kSlashes) return false;
      at++;
    }
  }
  return true;
}

// Two places to go back to are enough. Behind an "anything" the first fit of what stood before it is as good as any
// other; a star cannot leave its segment, and where its segment ends is fixed, so behind a later star, too.
SearchResult match_glob(std::string_view tokens, std::string_view subject, bool ignore_case, int64_t& steps) {
  constexpr size_t none = SIZE_MAX;
  const bool path = static_cast<GlobKind>(tokens[0]) == GlobKind::path;
  size_t token = 1, at = 0;
  size_t star = none, star_at = 0, anything = none, anything_at = 0;
  const auto in_segment = [&] { return at < subject.size() && subject[at] != '/'; };
  for (;;) {
    if (--steps < 0) return SearchResult::gave_up;
    bool good = false;
    if (token == tokens.size()) {
      good = at == subject.size() || (path && subject.find_first_not_of('/', at) == std::string_view::npos);
      if (good) return SearchResult::found;
    } else {
      switch (tokens[token]) {
        case kLiteral: {
          const size_t length = literal_length(tokens, token);
          good = fits(tokens.substr(token + 2, length), subject.substr(at), ignore_case);
          if (!good) break;
          at += length;
          token += 2 + length;
          break;
        }
        case kOneOfSegment:
        case kOne:
          good = tokens[token] == kOne ? at < subject.size() : in_segment();
          at += good;
          token++;
          break;
        case kSegment:
        case kStar:
          good = tokens[token] == kStar || in_segment();
          at += tokens[token] == kSegment && good;
          star = ++token;
          star_at = at;
          break;
        case kAnything:
          good = true;
          anything = ++token;
          anything_at = at;
          star = none;
          break;
        default:  // kSlashes
          good = at < subject.size() && subject[at] == '/';
          if (!good) break;
          at++;
          token++;
          // "Anything" takes the others, and may have to leave them to what comes behind it.
          if (token == tokens.size() || tokens[token] != kAnything)
            while (at < subject.size() && subject[at] == '/') at++;
          break;
      }
    }
    if (good) continue;
    if (star != none && star_at < subject.size() && subject[star_at] != '/') {
      at = ++star_at;
      token = star;
    } else if (anything != none && anything_at < subject.size()) {
      at = ++anything_at;
      token = anything;
      star = none;
    } else {
      return SearchResult::not_found;
    }
  }
}

}  // namespace navajo::rules
