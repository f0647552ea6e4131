// What all children see alike is told by one of them: a page they share remembers what has been told. Made in the
// parent. Any thread of any child; no lock. A line too many or too few is possible when two things fall into one place,
// or two children see two changes in another order.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace navajo::route {

class ToldOnce {
 public:
  ToldOnce();
  ~ToldOnce();
  ToldOnce(const ToldOnce&) = delete;

  // True for the first that has this to say about the subject; another thing said about it makes it news again.
  bool is_news(std::string_view subject, uint64_t what);

  static uint64_t digest(std::string_view text, uint64_t before = 14695981039346656037u);

 private:
  static constexpr size_t kPlaces = 512;
  std::atomic<uint64_t>* places_ = nullptr;  // null: every process for itself
};

}  // namespace navajo::route
