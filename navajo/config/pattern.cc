#include "navajo/config/pattern.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <optional>
#include <string>

#include "navajo/config/diagnostics.h"
#include "navajo/config/text.h"

namespace navajo::config {
namespace {

constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;

base::Failed<base::Error> failed(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

struct Typed {
  PatternType type;
  std::optional<std::string_view> options;  // between the parentheses
  std::string_view expression;
};

// True: the text begins with a type. "PCRE" and the like is one only before a slash.
bool take_type(std::string_view text, Typed& out) {
  static constexpr std::pair<std::string_view, PatternType> known[] = {
      {"PCRE", PatternType::pcre}, {"CIDR", PatternType::cidr}, {"GLOB", PatternType::glob}};
  for (const auto& [word, type] : known) {
    if (text.substr(0, word.size()) != word) continue;
    out.type = type;
    std::string_view rest = text.substr(word.size());
    if (!rest.empty() && rest[0] == '(') {
      const size_t end = rest.find(')');
      if (end == std::string_view::npos) return false;
      out.options = rest.substr(1, end - 1);
      rest.remove_prefix(end + 1);
    }
    if (rest.empty() || rest[0] != '/') return false;
    out.expression = rest.substr(1);
    return true;
  }
  return false;
}

// Without the slash that closes a typed expression; "\/" at the end is a slash of the expression.
std::string_view without_closing_slash(std::string_view text) {
  if (text.empty() || text.back() != '/') return text;
  size_t backslashes = 0;
  while (backslashes + 1 < text.size() && text[text.size() - 2 - backslashes] == '\\') backslashes++;
  return backslashes % 2 ? text : text.substr(0, text.size() - 1);
}

base::Result<RegexOptions> parse_options(std::string_view text) {
  RegexOptions out;
  for (const std::string_view word : split_list(text, ',')) {
    if (word == "da")
      out.dot_all = true;
    else if (word == "utf8")
      out.utf8 = true;
    else if (word == "ci")
      out.ignore_case = true;
    else if (word != "cs")  // the default; ci wins over it
      return failed("'" + printable(word) + "' is not one of the options da, utf8, cs, ci");
  }
  return out;
}

// From a glob to a regular expression for the whole subject.
class GlobTranslator {
 public:
  explicit GlobTranslator(std::string_view glob) : glob_(glob) {
    while (!glob_.empty() && glob_.back() == '/' && without_closing_slash(glob_) != glob_) glob_.remove_suffix(1);
  }

  base::Result<std::string> translate() {
    while (at_ < glob_.size()) {
      const char c = glob_[at_];
      if (c == '/') {
        while (peek() == '/') at_++;
        out_ += "/+";
      } else if (c == '*') {
        star();
      } else if (c == '?') {
        out_ += "[^/]";
      } else if (c == '[') {
        if (!character_class()) return failed("'[' is not closed");
      } else {
        if (c == '\\' && at_ + 1 < glob_.size()) at_++;
        literal(glob_[at_]);
      }
      at_++;
    }
    return "\\A(?:" + out_ + ")/*\\z";
  }

 private:
  char peek() const { return at_ + 1 < glob_.size() ? glob_[at_ + 1] : '\0'; }

  void star() {
    const size_t first = at_;
    while (peek() == '*') at_++;
    if (at_ > first) {
      out_ += ".*";
      return;
    }
    const bool opens = first > 0 && glob_[first - 1] == '/', closes = at_ + 1 == glob_.size() || peek() == '/';
    out_ += opens && closes ? "[^/]+" : "[^/]*";
  }

  bool character_class() {
    size_t i = at_ + 1;
    const bool negated = i < glob_.size() && glob_[i] == '!';
    if (negated) i++;
    std::string inside;
    for (bool first = true; i < glob_.size() && (first || glob_[i] != ']'); i++, first = false) {
      const bool range = glob_[i] == '-';
      if (glob_[i] == '\\' && i + 1 < glob_.size()) i++;
      if (!range) inside += '\\';
      // An escaped letter or digit would be a class of its own.
      if (!range && isalnum(static_cast<unsigned char>(glob_[i]))) inside.pop_back();
      inside += glob_[i];
    }
    if (i >= glob_.size()) return false;
    out_ += (negated ? "[^/" : "[") + inside + "]";
    at_ = i;
    return true;
  }

  void literal(char c) {
    if (c == '/') {  // escaped: exactly one
      out_ += c;
    } else if (isalnum(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80) {
      out_ += c;
    } else {
      out_ += '\\';
      out_ += c;
    }
  }

  std::string_view glob_;
  size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::optional<std::array<uint8_t, 16>> address_bytes(std::string_view text) {
  char terminated[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof terminated) return std::nullopt;
  memcpy(terminated, text.data(), text.size());
  terminated[text.size()] = '\0';
  if (strlen(terminated) != text.size()) return std::nullopt;
  std::array<uint8_t, 16> out{};
  if (text.find(':') != std::string_view::npos)
    return inet_pton(AF_INET6, terminated, out.data()) == 1 ? std::optional(out) : std::nullopt;
  memcpy(out.data(), kMapped, sizeof kMapped);
  return inet_pton(AF_INET, terminated, out.data() + sizeof kMapped) == 1 ? std::optional(out) : std::nullopt;
}

base::Result<Network> Network::parse(std::string_view text) {
  const size_t slash = text.find('/');
  Network out;
  const auto read = address_bytes(text.substr(0, slash));
  if (!read) return failed("'" + printable(text.substr(0, slash)) + "' is not an IPv4 or IPv6 address");
  out.bytes_ = *read;
  const bool is_ipv4 = text.substr(0, slash).find(':') == std::string_view::npos;
  const int longest = is_ipv4 ? 32 : 128;
  out.bits_ = longest;
  if (slash != std::string_view::npos) {
    const std::string_view bits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), out.bits_);
    if (error != std::errc() || end != bits.data() + bits.size() || out.bits_ < 0 || out.bits_ > longest)
      return failed("'" + printable(bits) + "' is not a prefix length from 0 to " + std::to_string(longest));
  }
  if (is_ipv4) out.bits_ += kMappedBits;
  return out;
}

bool Network::contains(std::string_view address) const {
  const auto read = address_bytes(address);
  if (!read) return false;
  const std::array<uint8_t, 16>& bytes = *read;
  const size_t whole = static_cast<size_t>(bits_ / 8);
  if (memcmp(bytes.data(), bytes_.data(), whole) != 0) return false;
  const int left = bits_ % 8;
  return left == 0 || ((bytes[whole] ^ bytes_[whole]) >> (8 - left)) == 0;
}

base::Result<std::string> glob_expression(std::string_view glob) { return GlobTranslator(glob).translate(); }

base::Result<Pattern> Pattern::parse(std::string_view text, PatternDefault otherwise) {
  Typed typed{otherwise.type, std::nullopt, text};
  RegexOptions options = otherwise.options;
  if (take_type(text, typed)) {
    typed.expression = without_closing_slash(typed.expression);
    if (typed.options && typed.type != PatternType::pcre) return failed("only PCRE has options");
    base::Result<RegexOptions> given = parse_options(typed.options.value_or(""));
    if (!given.ok()) return failed(given.error().text);
    options = *given;
  }
  if (typed.type == PatternType::cidr) {
    base::Result<Network> network = Network::parse(trim(typed.expression));
    if (!network.ok()) return failed(network.error().text);
    return Pattern(std::move(*network));
  }
  std::string expression(typed.expression);
  if (typed.type == PatternType::glob) {
    base::Result<std::string> translated = glob_expression(expression);
    if (!translated.ok()) return failed(translated.error().text);
    expression = std::move(*translated);
    options = {.dot_all = true};
  }
  base::Result<Regex> regex = Regex::compile(expression, options);
  if (!regex.ok()) return failed(regex.error().text);
  return Pattern(std::move(*regex));
}

SearchResult Pattern::search(std::string_view subject) const {
  if (const Regex* regex = std::get_if<Regex>(&what_)) return regex->search(subject);
  return std::get<Network>(what_).contains(subject) ? SearchResult::found : SearchResult::not_found;
}

SearchResult Pattern::search(std::string_view subject, std::span<std::string_view> groups) const {
  if (const Regex* regex = std::get_if<Regex>(&what_)) return regex->search(subject, groups);
  const SearchResult result = search(subject);
  if (result == SearchResult::found && !groups.empty()) groups[0] = subject;
  return result;
}

size_t Pattern::groups() const {
  const Regex* regex = std::get_if<Regex>(&what_);
  return regex ? regex->groups() : 1;
}

}  // namespace navajo::config
