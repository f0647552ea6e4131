// A request body that is held as a whole, so that every element of the chain can read it from its start: in memory, or
// when it is longer in a file without a name (TMPDIR, else /tmp) that goes with the object. One fiber or thread.
// No piece of memory is larger than BodyLimits::memory and a byte, which the reading of bc.properties keeps below
// bc.lang.system.MaxAllocSize; the sum of all bodies is the gauge buffered_body_bytes.
// Facts: nevisproxy-container-servlets.md 3 (BufferSize, MemBufferSize).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "navajo/api/servlet.h"

namespace navajo::container {

// bytes
struct BodyLimits {
  uint64_t total = 64 * 1024;   // a longer body is refused with 413
  uint64_t memory = 64 * 1024;  // and beyond this it is kept in a file
};

class BufferedBody final : public api::BodyReader {
 public:
  BufferedBody() = default;
  ~BufferedBody() override;
  BufferedBody(const BufferedBody&) = delete;
  BufferedBody& operator=(const BufferedBody&) = delete;

  // Reads all of it. Once. Else why the request is refused; a length that is declared too long is refused before the
  // client is asked for the first byte.
  std::optional<api::Outcome> fill(api::BodyReader& from, const BodyLimits& limits, std::string_view request_id);
  // All of it; from a file it is mapped when first asked for. Empty also when it cannot be mapped, which is logged.
  std::string_view text() const;
  bool in_file() const { return file_ >= 0; }

  std::optional<uint64_t> declared_length() const override { return size_; }
  bool present() const override { return present_; }
  api::BodyRead read(std::span<char> into) override;
  bool rewind() override {
    position_ = 0;
    return true;
  }

 private:
  bool make_room(const BodyLimits& limits);
  void resize_memory(uint64_t bytes);
  void free_memory();
  bool append_to_file();

  bool present_ = false;
  uint64_t size_ = 0, position_ = 0;
  std::vector<char> memory_;  // all of it, or while a file is filled the next piece
  size_t used_ = 0;           // of memory_
  int file_ = -1;
  mutable void* mapped_ = nullptr;
};

}  // namespace navajo::container
