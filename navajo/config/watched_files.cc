#include "navajo/config/watched_files.h"

#include <sys/stat.h>

namespace navajo::config {

WatchedFiles::WatchedFiles(std::string name, std::vector<std::string> paths, Words words)
    : name_(std::move(name)), paths_(std::move(paths)), words_(words), stamps_(stamps()) {}

std::vector<WatchedFiles::Stamp> WatchedFiles::stamps() const {
  std::vector<Stamp> out;
  for (const std::string& path : paths_) {
    struct stat found;
    Stamp stamp;
    if (stat(path.c_str(), &found) == 0)
      stamp = {found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_size, found.st_ino};
    out.push_back(stamp);
  }
  return out;
}

void WatchedFiles::look(base::TimePoint now, base::Duration interval,
                        base::FunctionRef<void(Diagnostics& faults)> read) {
  const auto ticks = now.time_since_epoch().count();
  if (ticks < next_look_.load(std::memory_order_relaxed) || !looking_.try_lock()) return;
  const std::lock_guard<std::mutex> looking(looking_, std::adopt_lock);
  next_look_.store(ticks + interval.count(), std::memory_order_relaxed);
  std::vector<Stamp> now_there = stamps();
  if (now_there == stamps_) return;
  stamps_ = std::move(now_there);
  read_again(read);
}

void WatchedFiles::read_again(base::FunctionRef<void(Diagnostics& faults)> read) {
  Diagnostics faults;
  read(faults);
  if (faults.ok()) {
    reloads_.fetch_add(1, std::memory_order_relaxed);
    return observe::log(words_.read, "%s was read again", name_.c_str());
  }
  refused_.fetch_add(1, std::memory_order_relaxed);
  for (const Fault& fault : faults.faults()) {
    const Position& at = fault.where;
    if (at.line == 0)
      observe::log(words_.fault, "%s: %s", at.file.c_str(), fault.text.c_str());
    else
      observe::log(words_.fault, "%s:%d:%d: %s", at.file.c_str(), at.line, at.column, fault.text.c_str());
  }
  observe::log(words_.kept, "%s has faults (named above): the %s of before stay", name_.c_str(), words_.noun);
}

}  // namespace navajo::config
