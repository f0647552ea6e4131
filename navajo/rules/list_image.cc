#include "navajo/rules/list_image.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "navajo/config/pattern.h"
#include "navajo/config/text.h"
#include "navajo/rules/hash.h"

namespace navajo::rules {
namespace {

using config::SearchResult;

// As long as a host may be. A longer ending is a glob like others.
constexpr size_t kLongestEnding = 255;
constexpr int64_t kSteps = 2000000;  // over all globs of a list

base::Failed<base::Error> failed(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

// "*.example.org", and nothing else in it that stands for something.
bool is_ending(std::string_view entry) {
  return entry.starts_with("*.") && entry.size() <= kLongestEnding &&
         entry.find_first_of("*?", 1) == std::string_view::npos;
}

// Entries with the same hash stand together.
TableShm write_table(const std::vector<std::string>& texts, ImageWriter& image) {
  std::unordered_map<uint64_t, std::vector<EntryShm>> found;
  for (const std::string& text : texts) found[hash(image.seed(), text)].push_back({image.text(text)});
  std::vector<SlotShm> slots;
  for (const auto& [key, entries] : found) slots.push_back({key, image.append(entries)});
  return image.table(slots);
}

base::Result<RunShm> write_ranges(const ValueList& list, ImageWriter& image) {
  std::vector<RangeShm> ranges;
  for (const std::string& entry : list.entries) {
    const base::Result<config::Network> network = config::Network::parse(config::trim(entry));
    if (!network.ok()) return failed(network.error().text);
    RangeShm range;
    for (size_t i = 0; i < 16; i++) {
      const int bits = std::clamp(network->bits() - static_cast<int>(i) * 8, 0, 8);
      const auto mask = static_cast<uint8_t>(0xff00 >> bits);
      range.low[i] = network->bytes()[i] & mask;
      range.high[i] = static_cast<uint8_t>(range.low[i] | static_cast<uint8_t>(~mask));
    }
    ranges.push_back(range);
  }
  // Networks lie within each other or apart: of those that begin at the same address the largest comes first.
  std::ranges::sort(ranges, [](const RangeShm& a, const RangeShm& b) {
    const int low = memcmp(a.low, b.low, 16);
    return low != 0 ? low < 0 : memcmp(a.high, b.high, 16) > 0;
  });
  std::vector<RangeShm> apart;
  for (const RangeShm& range : ranges)
    if (apart.empty() || memcmp(range.low, apart.back().high, 16) > 0) apart.push_back(range);
  return image.append(apart);
}

}  // namespace

base::Result<ListShm> write_list(const ValueList& list, GlobKind globs, bool ignore_case, ImageWriter& image) {
  ListShm out{};
  out.network = list.kind == ValueList::Kind::network;
  out.ignore_case = ignore_case;
  out.path_globs = globs == GlobKind::path;
  if (out.network) {
    const base::Result<RunShm> ranges = write_ranges(list, image);
    if (!ranges.ok()) return failed(ranges.error().text);
    out.ranges = *ranges;
    return out;
  }
  std::vector<std::string> values, endings;
  std::vector<EntryShm> others;
  for (const std::string& entry : list.entries) {
    if (!has_wildcard(entry, globs)) {
      values.push_back(entry);
    } else if (globs == GlobKind::plain && is_ending(entry)) {
      endings.push_back(entry.substr(1));
    } else {
      const auto tokens = glob_tokens(entry, globs, ignore_case);
      if (!tokens)
        return failed("'" + config::printable(entry) + "': a list that paths are compared with has no [] and \\/");
      others.push_back({image.text(*tokens)});
    }
  }
  if (others.size() > kMaxListGlobs)
    return failed("more than " + std::to_string(kMaxListGlobs) + " entries have wildcards elsewhere than in '*.name'");
  out.values = write_table(values, image);
  out.endings = write_table(endings, image);
  out.globs = image.append(others);
  return out;
}

SearchResult list_has(const ImageView& image, const ListShm& list, std::string_view value) {
  const auto in_table = [&](const TableShm& table, std::string_view text) {
    const SlotShm* const slot = image.find(table, hash(image.seed(), text));
    if (!slot) return false;
    for (const EntryShm& entry : image.run<EntryShm>(slot->run)) {
      const std::string_view known = image.text(entry.text);
      if (list.ignore_case ? same_folded(known, text) : known == text) return true;
    }
    return false;
  };
  if (list.values.size && in_table(list.values, value)) return SearchResult::found;
  if (list.endings.size) {
    const size_t first = value.size() > kLongestEnding ? value.size() - kLongestEnding : 0;
    for (size_t dot = value.find('.', first); dot != std::string_view::npos; dot = value.find('.', dot + 1))
      if (in_table(list.endings, value.substr(dot))) return SearchResult::found;
  }
  SearchResult out = SearchResult::not_found;
  int64_t left = kSteps;
  for (const EntryShm& glob : image.run<EntryShm>(list.globs)) {
    if (left <= 0) return SearchResult::gave_up;
    int64_t steps = std::min(left, glob_steps(value));
    const int64_t before = steps;
    const SearchResult one = match_glob(image.text(glob.text), value, list.ignore_case, steps);
    if (one == SearchResult::found) return one;
    if (one == SearchResult::gave_up) out = one;
    left -= before - steps;
  }
  return out;
}

bool list_has(const ImageView& image, const ListShm& list, const std::array<uint8_t, 16>& address) {
  const std::span<const RangeShm> ranges = image.run<RangeShm>(list.ranges);
  // The last one that begins at the address or before it.
  const auto after = std::upper_bound(
      ranges.begin(), ranges.end(), address,
      [](const std::array<uint8_t, 16>& one, const RangeShm& range) { return memcmp(one.data(), range.low, 16) < 0; });
  return after != ranges.begin() && memcmp(address.data(), (after - 1)->high, 16) <= 0;
}

}  // namespace navajo::rules
