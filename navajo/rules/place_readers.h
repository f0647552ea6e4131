// Which process has which of the shared places in use: a row per process in shared memory, that outlives nobody: a row
// of a process that has died counts for nothing and is taken back by the next who looks. No lock.
//
// The order that keeps a place from being written under somebody's eyes: a reader holds the place first and then looks
// whether it is still the current one; a writer never takes the current place, and looks at the holds afterwards.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <sys/types.h>

namespace navajo::rules {

inline constexpr uint32_t kPlaces = 3;

struct ReaderRowShm {
  std::atomic<uint64_t> process;  // observe::ProcessIdentity; 0: free
  std::atomic<uint32_t> holds;    // a byte per place: how often it is held
  uint32_t unused;
};

class PlaceReaders {
 public:
  explicit PlaceReaders(std::span<ReaderRowShm> rows) : rows_(rows) {}
  ~PlaceReaders();  // gives this process's row back
  PlaceReaders(const PlaceReaders&) = delete;
  PlaceReaders& operator=(const PlaceReaders&) = delete;

  // Must not outlive the readers. Released by any thread of the process that made it; a forked child's copy does
  // nothing.
  class Hold {
   public:
    Hold(ReaderRowShm* row, uint32_t place, pid_t owner) : row_(row), place_(place), owner_(owner) {}
    Hold(Hold&& other) noexcept
        : row_(std::exchange(other.row_, nullptr)), place_(other.place_), owner_(other.owner_) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold();

   private:
    ReaderRowShm* row_;
    uint32_t place_;
    pid_t owner_;
  };

  // One thread of a process at a time. None: every row belongs to a living process.
  std::optional<Hold> hold(uint32_t place);
  // The places living processes hold, a bit for each; rows of dead ones are freed.
  uint32_t held();
  // For the log: "processes 17, 18".
  std::string holders(uint32_t place) const;

 private:
  ReaderRowShm* own_row();

  std::span<ReaderRowShm> rows_;
  ReaderRowShm* row_ = nullptr;
  pid_t owner_ = 0;  // who claimed it: a forked child needs one of its own
};

}  // namespace navajo::rules
