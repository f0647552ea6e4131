#include "navajo/rules/implication.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "navajo/config/pattern.h"
#include "navajo/config/regex.h"
#include "navajo/config/text.h"
#include "navajo/rules/condition.h"

namespace navajo::rules {
namespace {

using Op = Condition::Op;

// The search branches: after so many steps it has seen nothing.
struct Looking {
  std::span<const ValueList> lists;
  size_t steps = 20000;
  bool tired() { return steps == 0 || --steps == 0; }
};

bool excludes(const Condition& a, const Condition& b, Looking& looking);

bool is_path(Field field) { return field == Field::path || field == Field::target; }

// * and ? as fields other than paths have them.
bool glob_fits(std::string_view glob, std::string_view text) {
  size_t g = 0, t = 0, star = glob.npos, retry = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      retry = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      g++;
      t++;
    } else if (star != glob.npos) {
      g = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') g++;
  return g == glob.size();
}

bool glob_takes(Field field, const Matcher& glob, std::string_view text) {
  if (!is_path(field)) {
    return glob.ignore_case ? glob_fits(config::lower_case(glob.text), config::lower_case(text))
                            : glob_fits(glob.text, text);
  }
  if (glob.ignore_case) return false;
  const auto pattern = config::Pattern::parse(glob.text, {config::PatternType::glob, {}});
  return pattern.ok() && pattern->search(text) == config::SearchResult::found;
}

// A glob that takes all texts with a beginning, a run of anything: that beginning.
std::optional<std::string_view> prefix_of(Field field, const Matcher& glob) {
  std::string_view text = glob.text;
  const std::string_view tail = is_path(field) ? "**" : "*";
  if (glob.ignore_case || !text.ends_with(tail)) return std::nullopt;
  text.remove_suffix(tail.size());
  if (text.find_first_of(is_path(field) ? "*?[\\" : "*?") != text.npos) return std::nullopt;
  // Several slashes count as one, so a prefix is one of texts only where slashes are single.
  if (is_path(field) && text.find("//") != text.npos) return std::nullopt;
  return text;
}

std::optional<std::string_view> suffix_of(Field field, const Matcher& glob) {
  std::string_view text = glob.text;
  if (is_path(field) || glob.ignore_case || !text.starts_with('*')) return std::nullopt;
  text.remove_prefix(1);
  if (text.find_first_of("*?") != text.npos) return std::nullopt;
  return text;
}

// The literal part of a glob before its first wildcard, and behind its last one.
std::string_view head(Field field, std::string_view glob) {
  return glob.substr(0, glob.find_first_of(is_path(field) ? "*?[\\" : "*?"));
}
std::string_view tail(std::string_view glob) {
  const size_t last = glob.find_last_of("*?");
  return last == glob.npos ? glob : glob.substr(last + 1);
}

bool glob_in_glob(Field field, const Matcher& narrow, const Matcher& wide) {
  if (narrow.ignore_case || wide.ignore_case) return false;
  if (const auto prefix = prefix_of(field, wide); prefix && head(field, narrow.text).starts_with(*prefix)) {
    // "/a/**" also takes "/a"? It does not, and what begins with "/a/" is taken whole.
    return !is_path(field) || narrow.text.find("//") == narrow.text.npos;
  }
  if (const auto suffix = suffix_of(field, wide)) return tail(narrow.text).ends_with(*suffix);
  return false;
}

bool list_takes(const ValueList& list, Field field, std::string_view text) {
  for (const std::string& entry : list.entries) {
    Matcher matcher;
    matcher.text = entry;
    matcher.ignore_case = list.ignore_case;
    matcher.kind = entry.find_first_of("*?") == entry.npos ? MatchKind::exact : MatchKind::glob;
    if (matcher.kind == MatchKind::glob ? glob_takes(field, matcher, text)
        : list.ignore_case              ? config::same_word(entry, text)
                                        : entry == text)
      return true;
  }
  return false;
}

// Bits and length of a network in the 128 bits of IPv6.
struct Bits {
  std::string address;
  int length = 0;
};
std::optional<Bits> bits_of(std::string_view network) {
  const size_t slash = network.find('/');
  Bits out{std::string(network.substr(0, slash)), network.find(':') == network.npos ? 32 : 128};
  const bool is_ipv4 = out.length == 32;
  if (slash != network.npos) {
    const std::string_view bits = network.substr(slash + 1);
    if (std::from_chars(bits.data(), bits.data() + bits.size(), out.length).ec != std::errc()) return std::nullopt;
  }
  if (is_ipv4) out.length += 96;
  return out;
}

bool network_in_network(std::string_view narrow, std::string_view wide) {
  const std::optional<Bits> a = bits_of(narrow), b = bits_of(wide);
  const auto network = config::Network::parse(wide);
  return a && b && network.ok() && a->length >= b->length && network->contains(a->address);
}

bool networks_apart(std::string_view a, std::string_view b) {
  const std::optional<Bits> x = bits_of(a), y = bits_of(b);
  return x && y && !network_in_network(a, b) && !network_in_network(b, a);
}

bool same_subject(const Condition& a, const Condition& b) { return a.field == b.field && a.name == b.name; }

bool test_implies(const Condition& narrow, const Condition& wide, Looking& looking) {
  if (!same_subject(narrow, wide)) return false;
  const Matcher &a = narrow.matcher, &b = wide.matcher;
  if (same(a, b)) return true;
  if (b.kind == MatchKind::exists) return true;  // whatever fits is there
  switch (a.kind) {
    case MatchKind::exact:
      if (b.kind == MatchKind::exact) return b.ignore_case && config::same_word(a.text, b.text);
      if (a.ignore_case) return false;
      if (b.kind == MatchKind::glob) return glob_takes(wide.field, b, a.text);
      if (b.kind == MatchKind::list) return list_takes(looking.lists[b.list], wide.field, a.text);
      if (b.kind == MatchKind::regex) {
        const auto regex = config::Regex::compile(b.text, {.ignore_case = b.ignore_case});
        return regex.ok() && regex->search(a.text) == config::SearchResult::found;
      }
      return false;
    case MatchKind::glob: return b.kind == MatchKind::glob && glob_in_glob(wide.field, a, b);
    case MatchKind::network:
      if (b.kind == MatchKind::network) return network_in_network(a.text, b.text);
      if (b.kind == MatchKind::list)
        return std::any_of(looking.lists[b.list].entries.begin(), looking.lists[b.list].entries.end(),
                           [&](const std::string& entry) { return network_in_network(a.text, entry); });
      return false;
    case MatchKind::range: return b.kind == MatchKind::range && a.from >= b.from && a.to <= b.to;
    default: return false;
  }
}

bool implies(const Condition& narrow, const Condition& wide, Looking& looking) {
  if (looking.tired()) return false;
  if (wide.op == Op::always) return true;
  if (same(narrow, wide)) return true;
  const auto follows = [&](const Condition& part) { return implies(narrow, part, looking); };
  if (wide.op == Op::all) return std::all_of(wide.operands.begin(), wide.operands.end(), follows);
  const auto leads = [&](const Condition& part) { return implies(part, wide, looking); };
  if (narrow.op == Op::any) return std::all_of(narrow.operands.begin(), narrow.operands.end(), leads);
  if (narrow.op == Op::all && std::any_of(narrow.operands.begin(), narrow.operands.end(), leads)) return true;
  if (wide.op == Op::any && std::any_of(wide.operands.begin(), wide.operands.end(), follows)) return true;
  if (narrow.op == Op::negation && wide.op == Op::negation)
    return implies(wide.operands[0], narrow.operands[0], looking);
  // method(GET) leads to not method(POST).
  if (wide.op == Op::negation && narrow.op == Op::test) return excludes(narrow, wide.operands[0], looking);
  return narrow.op == Op::test && wide.op == Op::test && test_implies(narrow, wide, looking);
}

bool excludes(const Condition& a, const Condition& b, Looking& looking) {
  if (looking.tired()) return false;
  if (a.op == Op::negation) return implies(b, a.operands[0], looking);
  if (b.op == Op::negation) return implies(a, b.operands[0], looking);
  const auto against_a = [&](const Condition& part) { return excludes(a, part, looking); };
  if (b.op == Op::any) return std::all_of(b.operands.begin(), b.operands.end(), against_a);
  if (a.op != Op::test || b.op != Op::test || !same_subject(a, b)) return false;
  // A named field, and role, may have several values: one for each.
  if (row_of(a.field).shape == Shape::named || a.field == Field::role) return false;
  const Matcher &x = a.matcher, &y = b.matcher;
  if (x.kind == MatchKind::range && y.kind == MatchKind::range) return x.to < y.from || y.to < x.from;
  if (x.kind == MatchKind::network && y.kind == MatchKind::network) return networks_apart(x.text, y.text);
  if (x.ignore_case || y.ignore_case) return false;
  if (x.kind == MatchKind::exact && y.kind == MatchKind::exact) return x.text != y.text;
  if (x.kind == MatchKind::exact && y.kind == MatchKind::glob) return !glob_takes(b.field, y, x.text);
  if (y.kind == MatchKind::exact && x.kind == MatchKind::glob) return !glob_takes(a.field, x, y.text);
  return false;
}

Truth truth_of(const Condition& condition, Looking& looking) {
  switch (condition.op) {
    case Op::always: return Truth::always;
    case Op::test:
      return condition.matcher.kind == MatchKind::list && looking.lists[condition.matcher.list].entries.empty()
                 ? Truth::never
                 : Truth::unknown;
    case Op::negation: {
      const Truth inner = truth_of(condition.operands[0], looking);
      return inner == Truth::always ? Truth::never : inner == Truth::never ? Truth::always : Truth::unknown;
    }
    case Op::all:
    case Op::any: break;
  }
  const bool all = condition.op == Op::all;
  const Truth decisive = all ? Truth::never : Truth::always;
  bool every_other = true;
  for (const Condition& operand : condition.operands) {
    const Truth truth = truth_of(operand, looking);
    if (truth == decisive) return decisive;
    every_other = every_other && truth != Truth::unknown;
  }
  if (every_other) return all ? Truth::always : Truth::never;
  constexpr size_t kMostPairs = 40;  // the comparison is quadratic
  if (condition.operands.size() > kMostPairs) return Truth::unknown;
  for (size_t i = 0; i < condition.operands.size(); i++) {
    for (size_t j = i + 1; j < condition.operands.size(); j++) {
      const Condition &a = condition.operands[i], &b = condition.operands[j];
      if (all && excludes(a, b, looking)) return Truth::never;
      // "x or not x"
      if (!all && a.op == Op::negation && implies(a.operands[0], b, looking)) return Truth::always;
      if (!all && b.op == Op::negation && implies(b.operands[0], a, looking)) return Truth::always;
    }
  }
  return Truth::unknown;
}

}  // namespace

bool implies(const Condition& narrow, const Condition& wide, std::span<const ValueList> lists) {
  Looking looking{lists};
  return implies(narrow, wide, looking);
}

bool excludes(const Condition& a, const Condition& b, std::span<const ValueList> lists) {
  Looking looking{lists};
  return excludes(a, b, looking);
}

Truth truth_of(const Condition& condition, std::span<const ValueList> lists) {
  Looking looking{lists};
  return truth_of(condition, looking);
}

}  // namespace navajo::rules
