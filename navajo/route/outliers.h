// When a backend is left alone because of what requests met there, and when it is tried again. After so many failures
// in a row, or a share of failures, it is ejected for a time; then one request at a time tries it, until one succeeds
// and it is back, or fails and it is ejected for longer. Any thread of any process; what is written stands in the load
// table, and decisions to eject are made under the segment's lock, so that the share of ejected ones holds exactly.
#pragma once

#include "navajo/route/pool.h"
#include "navajo/route/router.h"
#include "navajo/shm/robust_mutex.h"

namespace navajo::route {

class Outliers {
 public:
  static constexpr int64_t kWindowMs = 10'000;
  static constexpr unsigned kEnough = 20;     // outcomes in a window, before their share counts
  static constexpr unsigned kMostTimes = 10;  // eject_time grows up to so many times itself

  Outliers(const RouterOptions& options, shm::RobustMutexShm& lock) : options_(options), lock_(lock) {}

  // Whether this one is the trial: a backend that was ejected is tried by nobody else at this moment.
  static bool begin_trial(LoadRowShm& row, uint64_t self);
  static void end_trial(LoadRowShm& row, uint64_t self);

  // True: the backend is back.
  bool note_success(LoadRowShm& row, bool on_trial, int64_t now_ms);
  // How long it is left alone from now; 0: it is not, or was already. pool: of its app, may be null.
  int64_t note_failure(LoadRowShm& row, bool on_trial, const Pool* pool, int64_t now_ms);

 private:
  // Counts it; whether the share of failures is too great now.
  bool count(LoadRowShm& row, bool failed, int64_t now_ms) const;
  bool may_eject_one_more(const Pool& pool, int64_t now_ms) const;
  int64_t eject(LoadRowShm& row, int64_t now_ms) const;

  const RouterOptions& options_;
  shm::RobustMutexShm& lock_;
};

}  // namespace navajo::route
