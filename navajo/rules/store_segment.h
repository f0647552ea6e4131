// The memory of one Rules element: three places for images, counters, who reads what, which generation is the current
// one. Plain data behind a name that a graceful restart finds again; a segment of another size or build has another
// name, and is made anew. The parent opens it, children inherit the mapping.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/rules/counter_rows.h"
#include "navajo/rules/place_readers.h"
#include "navajo/shm/robust_mutex.h"
#include "navajo/shm/segment.h"

namespace navajo::rules {

// Of a place that is not the current one and that nobody holds, nothing is good.
struct PlaceShm {
  uint32_t number;  // of the generation
  uint32_t rules, sets;
  uint64_t image_size;
  int64_t loaded_at;  // seconds since 1970
};

struct alignas(64) StoreHeadShm {
  char magic[8];
  uint64_t image_room;
  uint32_t counter_rows, reader_rows;
  shm::RobustMutexShm lock;  // of writers: whoever changes anything but holds and counters

  // number << 32 | place; 0: none yet. Written last.
  alignas(64) std::atomic<uint64_t> current;
  std::atomic<uint32_t> news;  // changes with every generation; a futex the watchers of all processes sleep on
  std::atomic<uint32_t> last_number;
  std::atomic<uint64_t> reloads, refused;

  // What the files were like when they were last judged (rules/file_stamps.h), whether they were good, and what was
  // said of them if not.
  std::atomic<uint64_t> judged_stamps, judged_content, judged_faults;
  std::atomic<uint32_t> judged_good;
  // The list of files to look at, guarded by the lock; watch_version tells that it has changed.
  std::atomic<uint32_t> watch_version;
  uint32_t watch_size;
  PlaceShm places[kPlaces];
};

struct GenerationWord {
  uint32_t number = 0, place = 0;
  explicit GenerationWord(uint64_t word)
      : number(static_cast<uint32_t>(word >> 32)), place(static_cast<uint32_t>(word) % kPlaces) {}
  GenerationWord(uint32_t generation, uint32_t in) : number(generation), place(in) {}
  uint64_t word() const { return static_cast<uint64_t>(number) << 32 | place; }
};

class StoreSegment {
 public:
  static constexpr std::string_view kPrefix = "navajo-rules:";
  static constexpr uint32_t kReaderRows = 4096;
  static constexpr uint64_t kWatchSize = 256 * 1024;
  static constexpr uint64_t kRowsSize = (kMaxRules * sizeof(uint32_t) + 4095) / 4096 * 4096;

  static std::string name_of(const RuleStoreOptions& options);
  static base::Result<std::shared_ptr<StoreSegment>> open(const RuleStoreOptions& options);

  StoreHeadShm& head() const { return *reinterpret_cast<StoreHeadShm*>(segment_.data()); }
  CounterRows& counters() { return counters_; }
  PlaceReaders& readers() { return readers_; }
  uint64_t image_room() const { return image_room_; }
  std::byte* image(uint32_t place) const { return segment_.data() + images_at(place); }
  // The rows of its rules' counters, kMaxRules of them.
  uint32_t* rows(uint32_t place) const {
    return reinterpret_cast<uint32_t*>(segment_.data() + images_at(place) + image_room_);
  }
  // Under the lock: the pages for an image of that size are there from now on. Fails for want of memory.
  base::Status<> make_room(uint32_t place, uint64_t size) const;

  // Under the lock. False: the list is too long to be kept.
  bool keep_watch_list(const std::vector<std::string>& files) const;
  std::vector<std::string> watch_list() const;

  // Wakes the watchers of all processes. sleep() returns when `news` is not `seen` any more, at the latest then; also
  // for no reason.
  void announce() const;
  void sleep(uint32_t seen, std::chrono::milliseconds limit) const;

 private:
  struct Layout;
  uint64_t images_at(uint32_t place) const { return places_at_ + place * (image_room_ + kRowsSize); }
  StoreSegment(shm::Segment segment, const Layout& layout);

  shm::Segment segment_;
  uint64_t watch_at_, places_at_, image_room_;
  CounterRows counters_;
  PlaceReaders readers_;
};

}  // namespace navajo::rules
