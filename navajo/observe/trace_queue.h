// The records on their way to the writer of a process: bounded, so that a slow disk costs memory only once and nobody's
// request. push() copies and never waits for the disk; when there is no room the record is dropped and counted. One
// reader (the writer's thread) takes all there is at once. Any number of threads push.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace navajo::observe {

class TraceQueue {
 public:
  // limit: bytes of records kept, what was taken but not released included.
  explicit TraceQueue(size_t limit) : limit_(limit) {}

  // False: dropped.
  bool push(std::string_view record);

  // Waits until there is something, close() was called or the time is over; swaps it into `batch` (emptied before).
  // False: closed, and nothing is left.
  bool take(std::string& batch, std::chrono::milliseconds at_most);
  // So much of what was taken is written, or given up.
  void release(size_t bytes);
  // Sleeps so that records gather; shorter when much is there already or the queue is closed.
  void rest(std::chrono::milliseconds at_most);
  void close();
  bool closed() const;

  // Since the last call.
  uint64_t take_dropped();

 private:
  const size_t limit_;
  mutable std::mutex guard_;
  std::condition_variable filled_;
  std::string waiting_;
  size_t held_ = 0;  // taken, not released
  uint64_t dropped_ = 0;
  bool closed_ = false, reader_sleeps_ = false;
};

}  // namespace navajo::observe
