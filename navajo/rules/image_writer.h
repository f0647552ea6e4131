// Collects the sections of an image. One thread, while rules are compiled.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "navajo/rules/image.h"

namespace navajo::rules {

class ImageWriter {
 public:
  explicit ImageWriter(uint64_t seed) : seed_(seed) {}
  uint64_t seed() const { return seed_; }

  // The same text is kept once.
  TextShm text(std::string_view text);
  template <class T>
  std::vector<T>& all() {
    return std::get<std::vector<T>>(sections_);
  }
  template <class T>
  uint32_t size() {
    return static_cast<uint32_t>(all<T>().size());
  }
  template <class T>
  RunShm append(const std::vector<T>& elements) {
    const RunShm run{size<T>(), static_cast<uint32_t>(elements.size())};
    all<T>().insert(all<T>().end(), elements.begin(), elements.end());
    return run;
  }
  // Keys are different from each other, and no run is empty.
  TableShm table(const std::vector<SlotShm>& slots);

  std::vector<std::byte> finish();

 private:
  uint64_t seed_;
  std::tuple<std::vector<char>, std::vector<SetShm>, std::vector<RuleShm>, std::vector<NodeShm>,
             std::vector<PatternShm>, std::vector<TextShm>, std::vector<ListShm>, std::vector<EntryShm>,
             std::vector<RangeShm>, std::vector<SourceShm>, std::vector<SlotShm>, std::vector<uint32_t>,
             std::vector<LiteralShm>, std::vector<uint64_t>>
      sections_;
  std::unordered_map<std::string, TextShm> texts_;
};

}  // namespace navajo::rules
