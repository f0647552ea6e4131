// Facts of which those with one value are asked for once, for as long as nobody can have changed the request: an
// evaluation looks at the path and the method many times. On the stack of one evaluation.
#pragma once

#include <optional>
#include <string_view>

#include "navajo/rules/facts.h"

namespace navajo::rules {

class CachedFacts {
 public:
  explicit CachedFacts(Facts& facts) : facts_(facts) {}
  Facts& all() { return facts_; }

  std::optional<std::string_view> text(Field field) {
    const auto i = static_cast<size_t>(field);
    if (!(known_ >> i & 1)) {
      const std::optional<std::string_view> text = facts_.text(field);
      known_ |= 1ull << i;
      there_ = (there_ & ~(1ull << i)) | static_cast<uint64_t>(text.has_value()) << i;
      if (text) texts_[i] = *text;
    }
    if (there_ >> i & 1) return texts_[i];
    return std::nullopt;
  }
  std::optional<int64_t> number(Field field) { return facts_.number(field); }
  std::optional<AddressBytes> address(Field field) { return facts_.address(field); }

  // Views may be gone.
  void forget() { known_ = 0; }

 private:
  static_assert(kFieldCount <= 64);
  Facts& facts_;
  uint64_t known_ = 0, there_ = 0;
  std::string_view texts_[kFieldCount];
};

}  // namespace navajo::rules
