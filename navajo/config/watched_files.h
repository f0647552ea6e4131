// Files that are read again while the server runs: looks from time to time whether one of them has changed, and has
// whoever reads them do it again. A text with faults changes nothing: they are logged, and what was read before stays.
// look() is called by any thread or fiber; one at a time really looks, the others go on with what there is.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "navajo/base/clock.h"
#include "navajo/base/function_ref.h"
#include "navajo/config/diagnostics.h"
#include "navajo/observe/log.h"

namespace navajo::config {

class WatchedFiles {
 public:
  struct Words {
    observe::LogId fault;  // one of the text's, with its place
    observe::LogId kept;   // because of those, what was read before stays
    observe::LogId read;   // the new text holds
    const char* noun;      // what is read: "users"
  };

  // name: of the whole, for log lines. The files need not exist: one that comes or goes has changed. To be made before
  // they are read the first time, so that no change falls between.
  WatchedFiles(std::string name, std::vector<std::string> paths, Words words);

  // Once in `interval`: if a file has changed, calls `read`, which puts its result to use unless it reports faults. A
  // look is one stat(2) per file.
  void look(base::TimePoint now, base::Duration interval, base::FunctionRef<void(Diagnostics& faults)> read);

  const std::string& name() const { return name_; }
  uint64_t reloads() const { return reloads_.load(std::memory_order_relaxed); }
  uint64_t refused_reloads() const { return refused_.load(std::memory_order_relaxed); }

 private:
  struct Stamp {
    int64_t seconds = 0, nanoseconds = 0, size = -1;
    uint64_t inode = 0;
    bool operator==(const Stamp&) const = default;
  };
  std::vector<Stamp> stamps() const;
  void read_again(base::FunctionRef<void(Diagnostics& faults)> read);

  std::string name_;
  std::vector<std::string> paths_;
  Words words_;
  std::mutex looking_;
  std::atomic<base::Duration::rep> next_look_{0};
  std::vector<Stamp> stamps_;
  std::atomic<uint64_t> reloads_{0}, refused_{0};
};

}  // namespace navajo::config
