// Judges one condition. Three values: a test whose pattern or glob gave up is unknown, and so is a condition of which
// it depends on that test (unknown and false is false, unknown or true is true, not unknown is unknown). Takes no
// memory, waits for nothing.
#pragma once

#include <cstdint>

#include "navajo/rules/cached_facts.h"
#include "navajo/rules/program_state.h"

namespace navajo::rules {

enum class Verdict : uint8_t { no, yes, unknown };

inline Verdict not_of(Verdict verdict) {
  return verdict == Verdict::unknown ? verdict : verdict == Verdict::yes ? Verdict::no : Verdict::yes;
}

class Judge {
 public:
  Judge(const ImageView& image, const std::vector<config::Regex>& patterns, const std::vector<TimeWindow>& windows,
        CachedFacts& facts)
      : image_(image), nodes_(image.all<NodeShm>().data()), patterns_(patterns), windows_(windows), facts_(facts) {}

  Verdict judge(uint32_t node);

 private:
  Verdict test(const NodeShm& node);
  Verdict of_values(const NodeShm& node);
  config::SearchResult compare(const NodeShm& node, std::string_view value) const;

  const ImageView& image_;
  const NodeShm* nodes_;
  const std::vector<config::Regex>& patterns_;
  const std::vector<TimeWindow>& windows_;
  CachedFacts& facts_;
};

}  // namespace navajo::rules
