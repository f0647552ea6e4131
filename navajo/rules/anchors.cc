#include "navajo/rules/anchors.h"

#include <algorithm>
#include <string_view>

#include "navajo/config/pattern.h"
#include "navajo/config/text.h"
#include "navajo/rules/glob.h"
#include "navajo/rules/required_text.h"

namespace navajo::rules {
namespace {

using Kind = AnchorKey::Kind;

constexpr size_t kMaxListKeys = 64;

// Fields nearly every request has.
bool is_common_header(std::string_view name) {
  for (const std::string_view one : {"host", "user-agent", "accept", "accept-encoding", "accept-language", "cookie",
                                     "connection", "content-type", "content-length", "referer"})
    if (config::same_word(name, one)) return true;
  return false;
}

int presence_weight(const Condition& test) {
  switch (test.field) {
    case Field::header: return is_common_header(test.name) ? 6 : 45;
    case Field::cookie: return 45;
    case Field::parameter:
    case Field::tls:
    case Field::session:
    case Field::attribute:
    case Field::environment: return 20;
    case Field::query:
    case Field::user:
    case Field::role:
    case Field::country:
    case Field::response_header: return 10;
    default: return 0;  // always there
  }
}

int exact_weight(const Condition& test) {
  switch (test.field) {
    case Field::path:
    case Field::target: return 100;
    case Field::host: return 85;
    case Field::method: return 8;
    case Field::scheme:
    case Field::protocol: return 4;
    case Field::country: return 40;
    case Field::header: return is_common_header(test.name) ? 80 : 92;
    default: return 90;
  }
}

int network_weight(int bits) {
  if (bits < 96) return bits >= 48 ? 80 : bits >= 32 ? 60 : bits >= 16 ? 30 : 0;
  return bits >= 120 ? 95 : bits >= 112 ? 55 : bits >= 104 ? 30 : 10;
}

bool is_path(Field field) { return field == Field::path || field == Field::target; }

// Keeps the better one.
void offer(std::optional<Anchor>& best, int weight, AnchorKey key) {
  if (weight <= 0 || (best && best->weight >= weight)) return;
  best = Anchor{weight, {}};
  best->keys.push_back(std::move(key));
}

AnchorKey key_of(const Condition& test, Kind kind, std::string_view text = {}) {
  AnchorKey out{.kind = kind, .field = test.field, .name = test.name};
  out.text = text;
  return out;
}

void offer_literal(std::optional<Anchor>& best, const Condition& test, std::string_view text) {
  if (text.size() < 3) return;
  // A part of it says as much.
  text = text.substr(0, 64);
  offer(best, 30 + 6 * static_cast<int>(std::min<size_t>(text.size(), 10)), key_of(test, Kind::literal, text));
}

// The first segments of a text, whose last one ends at a slash (or at its end).
void offer_segments(std::optional<Anchor>& best, const Condition& test, std::string_view text, bool whole) {
  if (!whole) text = text.substr(0, text.rfind('/') == std::string_view::npos ? 0 : text.rfind('/'));
  size_t count = 0, end = 0;
  for (size_t i = 0; i < text.size() && count < kMaxKeySegments; count++) {
    while (i < text.size() && text[i] == '/') i++;
    if (i == text.size()) break;
    i = std::min(text.find('/', i), text.size());
    end = i;
  }
  const bool all = text.find_first_not_of('/', end) == std::string_view::npos;
  if (count == 0 && !whole) return;
  offer(best, whole && all ? 100 : 45 + 12 * static_cast<int>(std::min<size_t>(count, 4)),
        key_of(test, whole && all ? Kind::whole_segments : Kind::segments, text.substr(0, end)));
}

// The text a host ends with: only labels with a dot before them count.
void offer_labels(std::optional<Anchor>& best, const Condition& test, std::string_view text) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot + 1 == text.size()) return;
  text.remove_prefix(dot + 1);
  auto labels = static_cast<size_t>(std::ranges::count(text, '.')) + 1;
  for (; labels > kMaxKeySegments; labels--) text.remove_prefix(text.find('.') + 1);
  offer(best, labels == 1 ? 20 : 50 + 10 * static_cast<int>(std::min<size_t>(labels, 4)),
        key_of(test, Kind::labels, text));
}

void offer_exact(std::optional<Anchor>& best, const Condition& test, std::string_view text) {
  if (is_path(test.field))
    offer_segments(best, test, text, true);
  else
    offer(best, exact_weight(test), key_of(test, Kind::exact, text));
}

void offer_glob(std::optional<Anchor>& best, const Condition& test, std::string_view glob) {
  const bool path = is_path(test.field);
  if (!has_wildcard(glob, path ? GlobKind::path : GlobKind::plain)) return offer_exact(best, test, glob);
  if (path) {
    offer_segments(best, test, glob.substr(0, glob.find_first_of("*?[\\")), false);
    if (glob.find_first_of("[\\") != std::string_view::npos) return;
  } else if (test.field == Field::host) {
    offer_labels(best, test, glob.substr(glob.find_last_of("*?") + 1));
  }
  // A slash of a path may be several.
  for (const std::string_view piece : glob_pieces(glob, path ? "*?/" : "*?")) offer_literal(best, test, piece);
}

void add_alternative(std::optional<Anchor>& sum, bool first, const std::optional<Anchor>& one) {
  if (!one || (!first && !sum) || (sum && sum->keys.size() + one->keys.size() > kMaxAnchorKeys)) {
    sum.reset();
    return;
  }
  if (first) {
    sum = one;
    return;
  }
  sum->weight = std::min(sum->weight, one->weight);
  sum->keys.insert(sum->keys.end(), one->keys.begin(), one->keys.end());
}

std::optional<Anchor> of_pattern(const Condition& test) {
  std::optional<Anchor> out;
  const auto alternatives = required_texts(test.matcher.text);
  if (!alternatives) return out;
  for (size_t i = 0; i < alternatives->size(); i++) {
    std::optional<Anchor> one;
    if (is_path(test.field) && !(*alternatives)[i].beginning.empty())
      offer_segments(one, test, (*alternatives)[i].beginning, false);
    offer_literal(one, test, (*alternatives)[i].anywhere);
    add_alternative(out, i == 0, one);
    if (!out) break;
  }
  return out;
}

std::optional<Anchor> of_network(const Condition& test, std::string_view text) {
  std::optional<Anchor> out;
  const base::Result<config::Network> network = config::Network::parse(config::trim(text));
  if (!network.ok()) return out;
  AnchorKey key = key_of(test, Kind::network);
  key.address = network->bytes();
  key.number = network->bits();
  offer(out, network_weight(network->bits()), std::move(key));
  return out;
}

std::optional<Anchor> of_list(const Condition& test, const RuleFile& file) {
  std::optional<Anchor> out;
  if (test.matcher.list >= file.lists.size()) return out;
  const ValueList& list = file.lists[test.matcher.list];
  if (list.entries.size() > kMaxListKeys) return out;
  if (list.entries.empty()) return Anchor{1000, {}};
  for (size_t i = 0; i < list.entries.size(); i++) {
    std::optional<Anchor> one;
    if (list.kind == ValueList::Kind::network)
      one = of_network(test, list.entries[i]);
    else
      offer_glob(one, test, list.entries[i]);
    add_alternative(out, i == 0, one);
    if (!out) break;
  }
  return out;
}

std::optional<Anchor> of_range(const Condition& test) {
  std::optional<Anchor> out;
  const auto [from, to] = std::pair(test.matcher.from, test.matcher.to);
  if (from > to) return Anchor{1000, {}};
  const uint64_t more = static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
  if (more >= kMaxAnchorKeys) return out;
  out = Anchor{more == 0 ? 45 : 30, {}};
  for (uint64_t i = 0; i <= more; i++) {
    AnchorKey key = key_of(test, Kind::number);
    key.number = static_cast<int64_t>(static_cast<uint64_t>(from) + i);
    out->keys.push_back(std::move(key));
  }
  return out;
}

std::optional<Anchor> of_test(const Condition& test, const RuleFile& file) {
  // Set while rules are judged, after the index was asked.
  if (test.field == Field::tag || test.field == Field::capture || test.field == Field::time) return std::nullopt;
  std::optional<Anchor> out;
  switch (test.matcher.kind) {
    case MatchKind::exists:
    case MatchKind::time: break;
    case MatchKind::exact: offer_exact(out, test, test.matcher.text); break;
    case MatchKind::glob: offer_glob(out, test, test.matcher.text); break;
    case MatchKind::regex: out = of_pattern(test); break;
    case MatchKind::network: out = of_network(test, test.matcher.text); break;
    case MatchKind::range: out = of_range(test); break;
    case MatchKind::list: out = of_list(test, file); break;
  }
  offer(out, presence_weight(test), key_of(test, Kind::presence));
  return out;
}

}  // namespace

std::optional<Anchor> find_anchor(const Plan& plan, const RuleFile& file) {
  std::optional<Anchor> out;
  switch (plan.op) {
    case Plan::Op::always: break;
    case Plan::Op::never: return Anchor{1000, {}};
    case Plan::Op::test: return plan.negated ? std::nullopt : of_test(*plan.test, file);
    case Plan::Op::all:
      for (const Plan& operand : plan.operands) {
        std::optional<Anchor> one = find_anchor(operand, file);
        if (one && (!out || one->weight > out->weight)) out = std::move(one);
      }
      break;
    case Plan::Op::any:
      for (size_t i = 0; i < plan.operands.size(); i++) {
        add_alternative(out, i == 0, find_anchor(plan.operands[i], file));
        if (!out) break;
      }
      break;
  }
  return out;
}

}  // namespace navajo::rules
