#include "navajo/rules/candidates.h"

#include <algorithm>
#include <bit>

#include "navajo/rules/hash.h"
#include "navajo/rules/index_key.h"

namespace navajo::rules {
namespace {

// Literals that are compared for one request, and one more for this many bytes looked at. Beyond that all rules that
// literals decide about are candidates: somebody chose a text in which their beginnings stand everywhere.
constexpr int kComparisons = 2000, kBytesPerComparison = 8;

class Search {
 public:
  Search(const ImageView& image, const SetShm& set, std::span<uint64_t> bits)
      : image_(image),
        set_(set),
        seed_(image.seed()),
        bits_(bits),
        comparisons_(kComparisons),
        filter_(image.run<uint64_t>(set.gram_filter)) {}

  void run(CachedFacts& facts) {
    const std::span<const SourceShm> sources = image_.run<SourceShm>(set_.sources);
    const auto others = static_cast<uint32_t>(sources.size()) - set_.header_sources;
    for (uint32_t i = 0; i < others; i++) look_at(i, sources[i], facts);
    if (set_.header_sources == 0) return;
    facts.all().for_each_header([&](std::string_view name, std::string_view value) {
      if (const SlotShm* const slot = image_.find(set_.header_names, hash(seed_, name)))
        take(slot->run.at, sources[slot->run.at], value);
      return true;
    });
  }

 private:
  void add(RunShm rules) {
    for (const uint32_t rule : image_.run<uint32_t>(rules)) bits_[rule / 64] |= 1ull << (rule % 64);
  }
  void add_key(uint64_t key) {
    if (const SlotShm* const slot = image_.find(set_.keys, key)) add(slot->run);
  }

  void look_at(uint32_t number, const SourceShm& source, CachedFacts& facts) {
    const auto field = static_cast<Field>(source.field);
    const FieldRow& row = row_of(field);
    if (row.shape == Shape::named || field == Field::role) {
      (void)facts.all().any(field, image_.text(source.name), [&](std::string_view value) {
        take(number, source, value);
        return false;
      });
      return;
    }
    if (row.kind == FieldKind::number) {
      if (const auto value = facts.number(field)) {
        add(source.presence);
        if (source.uses & SourceShm::numbers) add_key(number_key(seed_, number, *value));
      }
      return;
    }
    if (source.uses & SourceShm::networks)
      if (const auto address = facts.address(field)) take_address(number, source, *address);
    const bool only_networks = (source.uses & ~SourceShm::networks) == 0 && source.presence.count == 0;
    if (row.kind == FieldKind::address && only_networks) return;
    if (const auto value = facts.text(field)) take(number, source, *value);
  }

  void take_address(uint32_t number, const SourceShm& source, const AddressBytes& address) {
    for (int word = 0; word < 3; word++)
      for (uint64_t left = source.prefixes[word]; left != 0; left &= left - 1) {
        const int bits = word * 64 + std::countr_zero(left);
        if (bits <= 128) add_key(network_key(seed_, number, address, bits));
      }
  }

  void take(uint32_t number, const SourceShm& source, std::string_view value) {
    const auto add_found = [this](uint64_t key) { add_key(key); };
    if (source.presence.count) add(source.presence);
    if (source.uses & SourceShm::exact) add_key(exact_key(seed_, number, value));
    if (source.uses & SourceShm::segments) segment_keys(seed_, number, value, add_found);
    if (source.uses & SourceShm::labels) label_keys(seed_, number, value, add_found);
    if (source.uses & SourceShm::literals) find_literals(number, value);
  }

  void find_literals(uint32_t number, std::string_view value) {
    if (value.size() < 3 || comparisons_ < 0 || filter_.empty()) return;
    comparisons_ += static_cast<int>(std::min<size_t>(value.size() / kBytesPerComparison, 1 << 20));
    const uint64_t* const filter = filter_.data();
    const GramFilter bit_of(seed_, filter_.size() * 64);
    uint32_t window = gram(0, fold(value[0]), fold(value[1]));
    for (size_t at = 0; at + 2 < value.size(); at++) {
      window = next_gram(window, fold(value[at + 2]));
      const uint32_t bit = bit_of.bit(window);
      if ((filter[bit / 64] >> (bit % 64) & 1) && !compare(number, value, at, window)) return;
    }
  }

  // False: it has been too much.
  bool compare(uint32_t number, std::string_view value, size_t at, uint32_t three) {
    const SlotShm* const slot = image_.find(set_.grams, gram_key(seed_, number, three));
    if (!slot) return true;
    for (const LiteralShm& literal : image_.run<LiteralShm>({set_.literals.at + slot->run.at, slot->run.count})) {
      if (--comparisons_ < 0) {
        const std::span<const uint64_t> all = image_.run<uint64_t>(set_.with_literals);
        for (size_t i = 0; i < all.size(); i++) bits_[i] |= all[i];
        return false;
      }
      if (literal.source != number || literal.gram_at > at) continue;
      const std::string_view text = image_.text(literal.text);
      if (same_folded(value.substr(at - literal.gram_at, text.size()), text)) add(literal.rules);
    }
    return true;
  }

  const ImageView& image_;
  const SetShm& set_;
  const uint64_t seed_;
  std::span<uint64_t> bits_;
  int comparisons_;
  std::span<const uint64_t> filter_;
};

}  // namespace

void find_candidates(const ImageView& image, const SetShm& set, CachedFacts& facts, std::span<uint64_t> bits) {
  const std::span<const uint64_t> always = image.run<uint64_t>(set.always);
  std::ranges::copy(always, bits.begin());
  Search(image, set, bits).run(facts);
}

}  // namespace navajo::rules
