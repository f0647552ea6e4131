// A request body that is a text at hand: what a filter puts in the place of the client's. The text lives longer.
#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>

#include "navajo/api/request.h"

namespace navajo::api {

class TextBody final : public BodyReader {
 public:
  explicit TextBody(std::string_view text) : text_(text) {}
  std::optional<uint64_t> declared_length() const override { return text_.size(); }
  bool present() const override { return true; }
  BodyRead read(std::span<char> into) override {
    const size_t bytes = std::min(into.size(), text_.size() - at_);
    if (bytes == 0) return {BodyStatus::end, 0};
    memcpy(into.data(), text_.data() + at_, bytes);
    at_ += bytes;
    return {BodyStatus::data, bytes};
  }
  bool rewind() override {
    at_ = 0;
    return true;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace navajo::api
