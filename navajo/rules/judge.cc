#include "navajo/rules/judge.h"

#include <cstring>

#include "navajo/rules/glob.h"
#include "navajo/rules/hash.h"
#include "navajo/rules/list_image.h"

namespace navajo::rules {
namespace {

using config::SearchResult;

Verdict verdict_of(bool yes) { return yes ? Verdict::yes : Verdict::no; }

Verdict verdict_of(SearchResult result) {
  return result == SearchResult::found       ? Verdict::yes
         : result == SearchResult::not_found ? Verdict::no
                                             : Verdict::unknown;
}

bool in_network(const AddressBytes& address, std::string_view network, uint32_t bits) {
  const size_t whole = bits / 8;
  if (memcmp(address.data(), network.data(), whole) != 0) return false;
  return bits % 8 == 0 || (address[whole] ^ static_cast<uint8_t>(network[whole])) >> (8 - bits % 8) == 0;
}

}  // namespace

// As deep as conditions may be: check_image() has looked.
Verdict Judge::judge(uint32_t at) {
  const NodeShm& node = nodes_[at];
  switch (node.op) {
    case NodeShm::always: return Verdict::yes;
    case NodeShm::never: return Verdict::no;
    case NodeShm::test: return node.flags & NodeShm::negated ? not_of(test(node)) : test(node);
    default: break;
  }
  const Verdict deciding = node.op == NodeShm::all ? Verdict::no : Verdict::yes;
  Verdict out = not_of(deciding);
  for (uint32_t operand = at + 1; operand < node.end; operand = nodes_[operand].end) {
    const Verdict one = judge(operand);
    if (one == deciding) return one;
    if (one == Verdict::unknown) out = one;
  }
  return out;
}

SearchResult Judge::compare(const NodeShm& node, std::string_view value) const {
  const auto found = [](bool yes) { return yes ? SearchResult::found : SearchResult::not_found; };
  const bool ignore_case = node.flags & NodeShm::ignore_case;
  switch (static_cast<MatchKind>(node.kind)) {
    case MatchKind::exists: return SearchResult::found;
    case MatchKind::exact:
      return found(ignore_case ? same_folded(value, image_.text(node.text)) : value == image_.text(node.text));
    case MatchKind::glob: {
      int64_t steps = glob_steps(value);
      return match_glob(image_.text(node.text), value, ignore_case, steps);
    }
    case MatchKind::regex: return patterns_[node.number].search(value);
    case MatchKind::list: return list_has(image_, image_.all<ListShm>()[node.number], value);
    case MatchKind::network:
    case MatchKind::range:
    case MatchKind::time: break;
  }
  return SearchResult::not_found;
}

Verdict Judge::of_values(const NodeShm& node) {
  bool unknown = false;
  const auto field = static_cast<Field>(node.field);
  const bool yes = facts_.all().any(field, image_.text(node.name), [&](std::string_view value) {
    const SearchResult result = compare(node, value);
    unknown = unknown || result == SearchResult::gave_up;
    return result == SearchResult::found;
  });
  return yes ? Verdict::yes : unknown ? Verdict::unknown : Verdict::no;
}

Verdict Judge::test(const NodeShm& node) {
  const auto field = static_cast<Field>(node.field);
  const FieldRow& row = row_of(field);
  if (row.shape == Shape::named || field == Field::role) return of_values(node);
  switch (row.kind) {
    case FieldKind::time:
      return verdict_of(static_cast<MatchKind>(node.kind) == MatchKind::time &&
                        windows_[node.number].contains(facts_.all().wall_time()));
    case FieldKind::number: {
      const std::optional<int64_t> value = facts_.number(field);
      if (!value) return Verdict::no;
      return verdict_of(static_cast<MatchKind>(node.kind) == MatchKind::exists ||
                        (*value >= node.from && *value <= node.to));
    }
    case FieldKind::address:
      if (static_cast<MatchKind>(node.kind) == MatchKind::network) {
        const std::optional<AddressBytes> address = facts_.address(field);
        return verdict_of(address && in_network(*address, image_.text(node.text), node.number));
      }
      if (static_cast<MatchKind>(node.kind) == MatchKind::list && image_.all<ListShm>()[node.number].network) {
        const std::optional<AddressBytes> address = facts_.address(field);
        return verdict_of(address && list_has(image_, image_.all<ListShm>()[node.number], *address));
      }
      break;
    case FieldKind::text: break;
  }
  const std::optional<std::string_view> value = facts_.text(field);
  return value ? verdict_of(compare(node, *value)) : Verdict::no;
}

}  // namespace navajo::rules
