// What an operation on a socket answers when the wait in it came back. Free of any thread.
#pragma once

#include "navajo/reactor/socket.h"

namespace navajo::reactor {

inline IoStatus status_of(Wake wake) {
  switch (wake) {
    case Wake::timed_out: return IoStatus::timed_out;
    case Wake::cancelled: return IoStatus::cancelled;
    case Wake::stopping: return IoStatus::stopping;
    case Wake::ready: break;
  }
  return IoStatus::ok;
}

}  // namespace navajo::reactor
