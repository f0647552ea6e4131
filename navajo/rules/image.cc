#include "navajo/rules/image.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <vector>

#include "navajo/base/build_config.h"
#include "navajo/rules/action_image.h"
#include "navajo/rules/glob.h"
#include "navajo/rules/hash.h"
#include "navajo/rules/rule_file.h"

namespace navajo::rules {
namespace {

constexpr size_t kElementSizes[kSections] = {sizeof(char),       sizeof(SetShm),    sizeof(RuleShm), sizeof(NodeShm),
                                             sizeof(PatternShm), sizeof(TextShm),   sizeof(ListShm), sizeof(EntryShm),
                                             sizeof(RangeShm),   sizeof(SourceShm), sizeof(SlotShm), sizeof(uint32_t),
                                             sizeof(LiteralShm), sizeof(uint64_t)};

constexpr uint32_t kFormat = 1;  // of what the sizes do not tell: tokens of globs, hashes, the meaning of flags

base::Failed<base::Error> damaged(const char* what) {
  return base::Failed{base::Error{std::string("the image of the rules is damaged: ") + what}};
}

class Checker {
 public:
  explicit Checker(std::span<const std::byte> image) : view_(image) {}

  const char* fault() const {
    const struct {
      bool (Checker::*good)() const;
      const char* what;
    } parts[] = {{&Checker::patterns_good, "patterns"},
                 {&Checker::lists_good, "lists"},
                 {&Checker::conditions_good, "conditions"},
                 {&Checker::rules_good, "rules"},
                 {&Checker::sets_good, "sets"}};
    for (const auto& part : parts)
      if (!(this->*part.good)()) return part.what;
    return nullptr;
  }

 private:
  template <class T>
  bool in(RunShm run) const {
    return run.at <= view_.all<T>().size() && run.count <= view_.all<T>().size() - run.at;
  }
  bool in(TextShm text) const { return in<char>({text.at, text.size}); }
  bool in(const TableShm& table) const {
    if (table.size == 0) return true;
    return std::has_single_bit(table.size) && in<SlotShm>({table.at, table.size}) && table.probes <= table.size;
  }
  template <class Good>
  bool slots_good(const TableShm& table, Good good) const {
    if (!in(table)) return false;
    for (const SlotShm& slot : view_.run<SlotShm>({table.at, table.size}))
      if (slot.run.count != 0 && !good(slot.run)) return false;
    return true;
  }
  template <class T, class Good>
  bool each(Good good) const {
    return std::all_of(view_.all<T>().begin(), view_.all<T>().end(), good);
  }

  bool patterns_good() const {
    return each<PatternShm>([&](const PatternShm& pattern) { return in(pattern.expression); }) &&
           each<TextShm>([&](TextShm window) { return in(window); });
  }

  bool lists_good() const {
    if (!each<EntryShm>([&](const EntryShm& entry) { return in(entry.text); })) return false;
    return each<ListShm>([&](const ListShm& list) {
      const auto entries = [&](RunShm run) { return in<EntryShm>(run); };
      if (!slots_good(list.values, entries) || !slots_good(list.endings, entries)) return false;
      if (!in<EntryShm>(list.globs) || !in<RangeShm>(list.ranges)) return false;
      return std::ranges::all_of(view_.run<EntryShm>(list.globs),
                                 [&](const EntryShm& entry) { return are_glob_tokens(view_.text(entry.text)); });
    });
  }

  bool node_good(const NodeShm& node) const {
    if (node.op > NodeShm::test || !in(node.name) || !in(node.text)) return false;
    if (node.op != NodeShm::test) return true;
    if (node.field >= kFieldCount) return false;
    const std::string_view text = view_.text(node.text);
    switch (static_cast<MatchKind>(node.kind)) {
      case MatchKind::exists:
      case MatchKind::exact:
      case MatchKind::range: return true;
      case MatchKind::glob: return are_glob_tokens(text);
      case MatchKind::regex: return node.number < view_.all<PatternShm>().size();
      case MatchKind::network: return text.size() == 16 && node.number <= 128;
      case MatchKind::time: return node.number < view_.all<TextShm>().size();
      case MatchKind::list: return node.number < view_.all<ListShm>().size();
    }
    return false;
  }

  // Ends lie within each other, and no deeper than conditions may be (and what negation adds).
  bool conditions_good() const {
    const std::span<const NodeShm> nodes = view_.all<NodeShm>();
    std::vector<uint32_t> open;
    for (uint32_t i = 0; i < nodes.size(); i++) {
      while (!open.empty() && open.back() == i) open.pop_back();
      const NodeShm& node = nodes[i];
      if (!node_good(node) || node.end <= i || node.end > (open.empty() ? nodes.size() : open.back())) return false;
      if (node.op == NodeShm::all || node.op == NodeShm::any)
        open.push_back(node.end);
      else if (node.end != i + 1)
        return false;
      if (open.size() > kMaxConditionDepth + 1) return false;
    }
    return true;
  }

  bool rules_good() const {
    return each<RuleShm>([&](const RuleShm& rule) {
      return in(rule.id) && in(rule.place) && rule.node < view_.all<NodeShm>().size() && in(rule.then) &&
             in(rule.otherwise);
    });
  }

  bool sets_good() const {
    return view_.all<RuleShm>().size() <= kMaxRules && view_.all<SetShm>().size() <= kMaxSets &&
           each<SetShm>([&](const SetShm& set) { return set_good(set); });
  }

  bool postings_good(RunShm run, const SetShm& set) const {
    return run.at >= set.postings.at && run.at - set.postings.at <= set.postings.count &&
           run.count <= set.postings.count - (run.at - set.postings.at);
  }

  bool bits_good(RunShm words, uint32_t count) const {
    if (!in<uint64_t>(words) || words.count != (count + 63) / 64) return false;
    return count % 64 == 0 || view_.run<uint64_t>(words).back() >> (count % 64) == 0;
  }

  bool set_good(const SetShm& set) const {
    if (!in(set.name) || !in<RuleShm>({set.first, set.count}) || set.phase > 1 || set.evaluation > 1) return false;
    for (const RuleShm& rule : view_.run<RuleShm>({set.first, set.count}))
      if (rule.then_skip > set.count || rule.else_skip > set.count) return false;
    if (!bits_good(set.always, set.count) || !bits_good(set.with_literals, set.count)) return false;
    if (!in<SourceShm>(set.sources) || set.header_sources > set.sources.count) return false;
    if (!in<uint32_t>(set.postings) || !in<LiteralShm>(set.literals)) return false;
    for (const uint32_t rule : view_.run<uint32_t>(set.postings))
      if (rule >= set.count) return false;
    const auto postings = [&](RunShm run) { return postings_good(run, set); };
    for (const SourceShm& source : view_.run<SourceShm>(set.sources))
      if (source.field >= kFieldCount || !in(source.name) || !postings(source.presence)) return false;
    for (const LiteralShm& literal : view_.run<LiteralShm>(set.literals))
      if (!in(literal.text) || literal.text.size < 3 || literal.gram_at > literal.text.size - 3 ||
          literal.source >= set.sources.count || !postings(literal.rules))
        return false;
    return slots_good(set.keys, postings) &&
           slots_good(
               set.grams,
               [&](RunShm run) { return run.at <= set.literals.count && run.count <= set.literals.count - run.at; }) &&
           slots_good(set.header_names, [&](RunShm run) { return run.at < set.sources.count && run.count == 1; }) &&
           in<uint64_t>(set.gram_filter) && set.gram_filter.count <= (1u << 20) &&
           (set.gram_filter.count == 0 || std::has_single_bit(set.gram_filter.count));
  }

  ImageView view_;
};

}  // namespace

uint32_t image_layout() {
  static const uint32_t layout = [] {
    uint64_t sum = mix(kFormat, kActionFormat);
    for (const size_t size : kElementSizes) sum = mix(sum, size);
    for (const FieldRow& row : kFields) sum = mix(sum, hash(static_cast<uint64_t>(row.kind), row.word));
    return static_cast<uint32_t>(mix(sum, hash(1, NAVAJO_VERSION)));
  }();
  return layout;
}

uint64_t image_checksum(std::span<const std::byte> image) {
  constexpr size_t from = offsetof(ImageHeaderShm, checksum) + sizeof(ImageHeaderShm::checksum);
  // Four at once: an image may have megabytes, and is checked by every process.
  std::array<uint64_t, 4> sums{1, 2, 3, 4};
  size_t at = from;
  for (; image.size() - at >= 32; at += 32) {
    std::array<uint64_t, 4> words;
    memcpy(words.data(), image.data() + at, sizeof words);
    for (size_t i = 0; i < 4; i++) sums[i] = mix(sums[i], words[i]);
  }
  uint64_t sum = image.size();
  for (; at < image.size(); at++) sum = mix(sum, static_cast<uint64_t>(image[at]));
  for (const uint64_t part : sums) sum = mix(sum, part);
  return sum;
}

base::Status<> check_image(std::span<const std::byte> image) {
  if (reinterpret_cast<uintptr_t>(image.data()) % kImageAlignment != 0) return damaged("it is not aligned");
  if (image.size() < sizeof(ImageHeaderShm)) return damaged("it is too short");
  ImageHeaderShm header;
  memcpy(&header, image.data(), sizeof header);
  if (memcmp(header.magic, "NVJRULES", sizeof header.magic) != 0) return damaged("it is none");
  if (header.layout != image_layout()) return base::Failed{base::Error{"the image of the rules is of another build"}};
  if (header.size != image.size()) return damaged("its size");
  if (header.checksum != image_checksum(image)) return damaged("its checksum");
  for (size_t i = 0; i < kSections; i++) {
    const auto& [at, count] = header.sections[i];
    if (at % kImageAlignment != 0 || at < sizeof header || at > image.size() ||
        count > (image.size() - at) / kElementSizes[i])
      return damaged("its sections");
  }
  if (const char* const fault = Checker(image).fault()) return damaged(fault);
  return base::Done{};
}

}  // namespace navajo::rules
