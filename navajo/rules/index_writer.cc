#include "navajo/rules/index_writer.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "navajo/config/text.h"
#include "navajo/rules/index_key.h"

namespace navajo::rules {

using Kind = AnchorKey::Kind;

IndexWriter::IndexWriter(ImageWriter& image, uint32_t rules)
    : image_(image), count_(rules), always_((rules + 63) / 64), with_literals_((rules + 63) / 64) {}

IndexWriter::SourceId IndexWriter::id_of(const AnchorKey& key) {
  const bool header = key.field == Field::header;
  return {header, key.field, header || key.field == Field::response_header ? config::lower_case(key.name) : key.name};
}

void IndexWriter::add(const std::optional<Anchor>& anchor) {
  const uint32_t rule = next_++;
  if (!anchor) {
    always_[rule / 64] |= 1ull << (rule % 64);
    return;
  }
  for (const AnchorKey& key : anchor->keys) {
    Source& source = sources_[id_of(key)];
    switch (key.kind) {
      case Kind::presence: source.presence.push_back(rule); continue;
      case Kind::exact: source.uses |= SourceShm::exact; break;
      case Kind::segments:
      case Kind::whole_segments: source.uses |= SourceShm::segments; break;
      case Kind::labels: source.uses |= SourceShm::labels; break;
      case Kind::literal:
        source.uses |= SourceShm::literals;
        with_literals_[rule / 64] |= 1ull << (rule % 64);
        break;
      case Kind::number: source.uses |= SourceShm::numbers; break;
      case Kind::network:
        source.uses |= SourceShm::networks;
        source.prefixes[static_cast<size_t>(key.number) / 64] |= 1ull << (key.number % 64);
        break;
    }
    keys_.emplace_back(key, rule);
  }
}

RunShm IndexWriter::posting(const std::vector<uint32_t>& rules) {
  // Where the set's own begin is added when all are known.
  const RunShm run{static_cast<uint32_t>(postings_.size()), static_cast<uint32_t>(rules.size())};
  postings_.insert(postings_.end(), rules.begin(), rules.end());
  return {image_.size<uint32_t>() + run.at, run.count};
}

void IndexWriter::number_sources() {
  for (const auto& [id, source] : sources_) numbers_.emplace(id, static_cast<uint32_t>(numbers_.size()));
}

uint64_t IndexWriter::hashed(const AnchorKey& key, uint32_t source) const {
  const uint64_t seed = image_.seed();
  uint64_t out = 0;
  const auto keep = [&](uint64_t found) { out = found; };
  switch (key.kind) {
    case Kind::exact: return exact_key(seed, source, key.text);
    case Kind::number: return number_key(seed, source, key.number);
    case Kind::network: return network_key(seed, source, key.address, static_cast<int>(key.number));
    case Kind::segments: {
      // As if something came behind it; the last key before that of the whole.
      uint64_t before = 0;
      segment_keys(seed, source, key.text + "/", [&](uint64_t found) {
        before = out;
        out = found;
      });
      return before;
    }
    case Kind::whole_segments: segment_keys(seed, source, key.text, keep); return out;
    case Kind::labels: label_keys(seed, source, "." + key.text, keep); return out;
    case Kind::presence:
    case Kind::literal: break;
  }
  return 0;
}

void IndexWriter::write_keys(SetShm& into) {
  std::unordered_map<uint64_t, std::vector<uint32_t>> found;
  for (const auto& [key, rule] : keys_) {
    if (key.kind == Kind::literal) continue;
    std::vector<uint32_t>& rules = found[hashed(key, numbers_.at(id_of(key)))];
    if (rules.empty() || rules.back() != rule) rules.push_back(rule);
  }
  std::vector<SlotShm> slots;
  for (const auto& [key, rules] : found) slots.push_back({key, posting(rules)});
  into.keys = image_.table(slots);
}

// Each literal is found by the three of its bytes that the fewest others have: what texts hit often by chance costs
// comparisons.
void IndexWriter::write_literals(SetShm& into) {
  std::map<std::pair<uint32_t, std::string>, std::vector<uint32_t>> texts;
  for (const auto& [key, rule] : keys_) {
    if (key.kind != Kind::literal) continue;
    std::string text;
    for (const char c : key.text) text += static_cast<char>(fold(c));
    std::vector<uint32_t>& rules = texts[{numbers_.at(id_of(key)), text}];
    if (rules.empty() || rules.back() != rule) rules.push_back(rule);
  }
  if (texts.empty()) return;
  const auto gram_of = [](const std::string& text, size_t at) {
    return gram(static_cast<unsigned char>(text[at]), static_cast<unsigned char>(text[at + 1]),
                static_cast<unsigned char>(text[at + 2]));
  };
  std::unordered_map<uint32_t, uint32_t> uses;
  for (const auto& [id, rules] : texts)
    for (size_t at = 0; at + 3 <= id.second.size(); at++) uses[gram_of(id.second, at)]++;
  std::map<std::pair<uint32_t, uint32_t>, std::vector<LiteralShm>> by_gram;  // source and gram
  for (const auto& [id, rules] : texts) {
    const auto& [source, text] = id;
    size_t best = 0;
    for (size_t at = 1; at + 3 <= text.size(); at++)
      if (uses[gram_of(text, at)] < uses[gram_of(text, best)]) best = at;
    by_gram[{source, gram_of(text, best)}].push_back(
        {image_.text(text), static_cast<uint32_t>(best), source, posting(rules)});
  }
  std::vector<LiteralShm> literals;
  std::vector<SlotShm> slots;
  const uint64_t bits = std::clamp<uint64_t>(std::bit_ceil(by_gram.size() * 32), 512, 1 << 18);
  std::vector<uint64_t> filter(bits / 64);
  const GramFilter bit_of(image_.seed(), bits);
  for (const auto& [id, some] : by_gram) {
    slots.push_back({gram_key(image_.seed(), id.first, id.second),
                     {static_cast<uint32_t>(literals.size()), static_cast<uint32_t>(some.size())}});
    literals.insert(literals.end(), some.begin(), some.end());
    const uint32_t bit = bit_of.bit(id.second);
    filter[bit / 64] |= 1ull << (bit % 64);
  }
  into.literals = image_.append(literals);
  into.grams = image_.table(slots);
  into.gram_filter = image_.append(filter);
}

void IndexWriter::write_sources(SetShm& into) {
  std::vector<SourceShm> sources;
  std::vector<SlotShm> names;
  for (const auto& [id, source] : sources_) {
    const auto& [header, field, name] = id;
    SourceShm out{};
    out.field = static_cast<uint8_t>(field);
    out.uses = source.uses;
    out.name = image_.text(name);
    out.presence = posting(source.presence);
    std::ranges::copy(source.prefixes, out.prefixes);
    if (header) {
      into.header_sources++;
      names.push_back({hash(image_.seed(), name), {static_cast<uint32_t>(sources.size()), 1}});
    }
    sources.push_back(out);
  }
  into.sources = image_.append(sources);
  into.header_names = image_.table(names);
}

void IndexWriter::write(SetShm& into) {
  number_sources();
  write_keys(into);
  write_literals(into);
  write_sources(into);
  into.postings = image_.append(postings_);
  into.always = image_.append(always_);
  into.with_literals = image_.append(with_literals_);
}

}  // namespace navajo::rules
