#include "navajo/filters/rule/ruled_body.h"

#include <algorithm>
#include <cstring>

namespace navajo::filters::rule {

using api::BodyRead;
using api::BodyStatus;

std::string_view RuledBody::look(size_t most) {
  constexpr size_t kStep = 8192;
  while (!last_ && looked_ < most && inner_.present()) {
    const size_t step = std::min(kStep, most - looked_);
    seen_.resize(looked_ + step);
    const BodyRead got = inner_.read({seen_.data() + looked_, step});
    if (got.status == BodyStatus::data)
      looked_ += got.bytes;
    else
      last_ = got.status;
    seen_.resize(looked_);
  }
  return seen_;
}

BodyRead RuledBody::pass(BodyRead got, std::span<char> from) {
  if (got.status != BodyStatus::data) return got;
  passed_ += got.bytes;
  if (passed_ > limit_) {
    over_limit_ = true;
    return {BodyStatus::too_large, 0};
  }
  if (passed_ - got.bytes >= seen_.size() && seen_.size() < keep_)
    seen_.append(from.data(), std::min(got.bytes, keep_ - seen_.size()));
  return got;
}

BodyRead RuledBody::replay(std::span<char> into) {
  const size_t bytes = std::min(into.size(), looked_ - position_);
  memcpy(into.data(), seen_.data() + position_, bytes);
  position_ += bytes;
  return pass({BodyStatus::data, bytes}, into);
}

BodyRead RuledBody::read(std::span<char> into) {
  if (over_limit_) return {BodyStatus::too_large, 0};
  if (position_ < looked_) return replay(into);
  if (last_) return {*last_, 0};
  return pass(inner_.read(into), into);
}

BodyRead RuledBody::read_unless(std::span<char> into, reactor::Descriptor& other) {
  if (over_limit_) return {BodyStatus::too_large, 0};
  if (position_ < looked_) return replay(into);
  if (last_) return {*last_, 0};
  return pass(inner_.read_unless(into, other), into);
}

bool RuledBody::rewind() {
  // All that was read is at hand, or whoever is below has kept it.
  if (passed_ > looked_ && !inner_.rewind()) return false;
  if (passed_ > looked_) {
    seen_.clear();
    looked_ = 0;
    last_.reset();
  }
  position_ = 0;
  passed_ = 0;
  over_limit_ = false;
  return true;
}

}  // namespace navajo::filters::rule
