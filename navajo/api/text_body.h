// A request body that is a text in memory, and a request body read into one. One fiber or thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "navajo/api/servlet.h"

namespace navajo::api {

class TextBody final : public BodyReader {
 public:
  // The text lives as long.
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

// Adds all of the body, which may have `most` bytes; or why the request is refused (413, "body_over_buffer_size").
// A length that is declared too long is refused before the client is asked for the first byte.
Outcome read_body(BodyReader& body, uint64_t most, std::pmr::string& into);

}  // namespace navajo::api
