#include "navajo/reactor/timer_wheel.h"

#include <bit>

namespace navajo::reactor {

void TimerWheel::insert(Timer& timer, TimePoint due) {
  const Duration since = due - origin_;
  const uint64_t tick = since.count() <= 0 ? 0 : (since + kTick - Duration(1)) / kTick;
  timer.due_tick_ = tick > current_ ? tick : current_ + 1;
  place(timer);
}

void TimerWheel::place(Timer& timer) {
  constexpr uint64_t horizon = (1ull << (kBits * kLevels)) - 1;
  const uint64_t distance = timer.due_tick_ - current_;
  // Past the horizon (37 hours) a timer waits in the farthest slot and is dealt out again from there.
  const uint64_t tick = distance > horizon ? current_ + horizon : timer.due_tick_;
  int level = 0;
  while (level + 1 < kLevels && (tick - current_) >> (kBits * (level + 1)) != 0) level++;
  const int slot = (tick >> (kBits * level)) & (kSlots - 1);
  slots_[level][slot].push_back(timer.link_);
  occupied_[level] |= 1ull << slot;
}

uint64_t TimerWheel::next_tick() {
  uint64_t best = UINT64_MAX;
  for (int level = 0; level < kLevels; level++) {
    const int shift = kBits * level;
    const uint64_t here = current_ >> shift;
    while (occupied_[level]) {
      // Slots come round in the order here+1 ... here+64.
      const int offset = static_cast<int>((here + 1) & (kSlots - 1));
      const int ahead = std::countr_zero(std::rotr(occupied_[level], offset));
      const int slot = (offset + ahead) & (kSlots - 1);
      if (slots_[level][slot].empty()) {  // disarming leaves the bit behind
        occupied_[level] &= ~(1ull << slot);
        continue;
      }
      const uint64_t tick = (here + 1 + ahead) << shift;
      if (tick < best) best = tick;
      break;
    }
  }
  return best;
}

TimePoint TimerWheel::next_due() {
  const uint64_t tick = next_tick();
  return tick == UINT64_MAX ? TimePoint::max() : origin_ + kTick * static_cast<int64_t>(tick);
}

void TimerWheel::turn_to(uint64_t tick) {
  current_ = tick;
  for (int level = kLevels - 1; level > 0; level--) {
    const int shift = kBits * level;
    if (tick & ((1ull << shift) - 1)) continue;
    const int slot = (tick >> shift) & (kSlots - 1);
    List<Timer> dealt;
    dealt.take_all(slots_[level][slot]);
    occupied_[level] &= ~(1ull << slot);
    while (Timer* timer = dealt.pop_front()) {
      if (timer->due_tick_ <= tick) {
        slots_[0][tick & (kSlots - 1)].push_back(timer->link_);
      } else {
        place(*timer);
      }
    }
  }
  List<Timer> due;
  due.take_all(slots_[0][tick & (kSlots - 1)]);
  occupied_[0] &= ~(1ull << (tick & (kSlots - 1)));
  while (Timer* timer = due.pop_front()) timer->callback_(timer->context_);
}

void TimerWheel::advance(TimePoint now) {
  if (now < origin_) return;
  const uint64_t target = static_cast<uint64_t>((now - origin_) / kTick);
  while (current_ < target) {
    const uint64_t tick = next_tick();
    if (tick > target) {
      current_ = target;
      return;
    }
    turn_to(tick);
  }
}

}  // namespace navajo::reactor
