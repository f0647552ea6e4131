#include "navajo/tunnel/one_way.h"

namespace navajo::tunnel {

using reactor::Interest;
using reactor::IoResult;
using reactor::IoStatus;

OneWay::Step OneWay::move(size_t share, base::TimePoint now) {
  Step step;
  while (!failed() && !finished_) {
    if (begin_ < end_) {
      if (!write_held(step, now)) break;
    } else if (input_ended_) {
      finish(step, now);
      break;
    } else if (step.moved >= share) {
      step.more = true;
      break;
    } else if (!read(step)) {
      break;
    }
  }
  if (begin_ == end_) drop();
  if (input_ended_ && from_.ssl() && !source_silent_) discard(step, share);
  return step;
}

bool OneWay::write_held(Step& step, base::TimePoint now) {
  // TLS may wait for something else than room, so there it is tried.
  if (blocked_ && !to_.ssl() && !to_.descriptor().writable()) return false;
  const IoResult result = to_.write_available({buffer_.bytes().data() + begin_, end_ - begin_});
  if (result.bytes > 0) {
    if (tap_) tap_->passed({buffer_.bytes().data() + begin_, result.bytes});
    begin_ += static_cast<uint32_t>(result.bytes);
    bytes_ += result.bytes;
    step.moved += result.bytes;
    blocked_ = false;
    return true;
  }
  if (result.ok())
    no_room(step, now);
  else
    fail(result.status, false, step);
  return false;
}

bool OneWay::read(Step& step) {
  // Before an event nothing comes, unless TLS waits for room to be able to read.
  if (!from_.may_read() && (!from_.ssl() || from_.wanted() == Interest::read)) return false;
  if (!buffer_.take()) {
    fail(IoStatus::failed, true, step);
    return false;
  }
  const IoResult result = from_.read_available(buffer_.bytes());
  if (from_.raw_without_data() != raw_seen_) {
    raw_seen_ = from_.raw_without_data();
    step.changed = true;
  }
  if (result.bytes > 0) {
    begin_ = 0;
    end_ = static_cast<uint32_t>(result.bytes);
    return true;
  }
  if (result.ok()) return false;
  if (result.status != IoStatus::end) {
    fail(result.status, true, step);
    return false;
  }
  input_ended_ = true;
  step.changed = true;
  return true;
}

void OneWay::finish(Step& step, base::TimePoint now) {
  const IoResult result = to_.finish_write_available();
  if (result.waited) return no_room(step, now);
  // Who has gone already needs not be told; whether it went in order shows where it is read from.
  if (!result.ok() && result.status != IoStatus::reset) return fail(result.status, false, step);
  finished_ = true;
  blocked_ = false;
  step.changed = true;
}

// Data after close_notify is ignored (RFC 8446 6.1). It is taken off the socket all the same: closing a socket with
// unread bytes resets the connection, which may destroy what we have sent last.
void OneWay::discard(Step& step, size_t share) {
  if (!from_.descriptor().readable()) return;
  RelayBuffer scratch;
  if (!scratch.take()) return;
  for (size_t discarded = 0; discarded < share;) {
    const IoResult result = from_.socket().read_available(scratch.bytes());
    if (!result.ok()) {
      source_silent_ = true;
      step.changed = true;
      return;
    }
    if (result.bytes == 0) return;
    step.changed = true;
    discarded += result.bytes;
  }
  step.more = true;
}

void OneWay::no_room(Step& step, base::TimePoint now) {
  if (blocked_) return;
  blocked_ = true;
  blocked_since_ = now;
  step.changed = true;
}

void OneWay::fail(IoStatus status, bool at_source, Step& step) {
  failure_ = status;
  failed_at_source_ = at_source;
  blocked_ = false;
  step.changed = true;
  drop();
}

}  // namespace navajo::tunnel
