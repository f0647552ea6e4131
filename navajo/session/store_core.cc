#include "navajo/session/store_core.h"

#include "navajo/observe/log.h"
#include "navajo/session/attribute_chain.h"

namespace navajo::session {
namespace {

using observe::log;

constexpr unsigned kPercent[3] = {70, 90, 95};
// Back below a threshold counts only this much below it, so that a store that sways around it does not fill the log.
constexpr unsigned kHysteresis = 2;

void say_risen(const std::string& name, unsigned level, uint64_t used, uint64_t size) {
  const auto u = static_cast<unsigned long long>(used), s = static_cast<unsigned long long>(size);
  switch (level) {
    case 1:
      log(observe::id::session_memory_70, "session store %s: 70 %% of its memory are used (%llu of %llu bytes)",
          name.c_str(), u, s);
      break;
    case 2:
      log(observe::id::session_memory_90,
          "CACH-0067 session store %s: 90 %% of its memory are used (%llu of %llu bytes), no new sessions",
          name.c_str(), u, s);
      break;
    default:
      log(observe::id::session_memory_95,
          "CACH-0068 session store %s: 95 %% of its memory are used (%llu of %llu bytes), no session is created or "
          "changed",
          name.c_str(), u, s);
  }
}

void say_fallen(const std::string& name, unsigned from, uint64_t used, uint64_t size) {
  static constexpr const char* kAgain[3] = {"memory is as it should be", "new sessions are created again",
                                            "sessions may be changed again"};
  log(observe::id::session_memory_recovered, "session store %s is below %u %% again (%llu of %llu bytes): %s",
      name.c_str(), kPercent[from - 1], static_cast<unsigned long long>(used), static_cast<unsigned long long>(size),
      kAgain[from - 1]);
}

}  // namespace

StoreCore::StoreCore(std::string name, const StoreMemory& memory, const shm::Segment* segment,
                     const base::Clock& clock)
    : name_(std::move(name)), memory_(memory), heap_(memory_, segment), clock_(clock) {
  for (int i = 0; i < 3; i++) {
    rises_at_[i] = memory_.geometry().blocks_at_percent(kPercent[i]);
    falls_below_[i] = memory_.geometry().blocks_at_percent(kPercent[i] - kHysteresis);
  }
}

uint64_t StoreCore::now_ms() const {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now().time_since_epoch()).count());
}

unsigned StoreCore::level() const {
  const uint32_t level = memory_.header().level.load(std::memory_order_relaxed);
  return level > 3 ? 3 : level;
}

void StoreCore::watch_level() const {
  HeaderShm& header = memory_.header();
  for (;;) {
    const uint32_t used = header.used.load(std::memory_order_relaxed);
    uint32_t now = level();
    const bool rises = now < 3 && used >= rises_at_[now];
    const bool falls = !rises && now > 0 && used < falls_below_[now - 1];
    if (!rises && !falls) return;
    // Who changes the word says so; all others see it changed.
    if (!header.level.compare_exchange_strong(now, rises ? now + 1 : now - 1)) continue;
    const uint64_t bytes = memory_.geometry().bytes_used(used);
    if (rises)
      say_risen(name_, now + 1, bytes, memory_.geometry().size);
    else
      say_fallen(name_, now, bytes, memory_.geometry().size);
  }
}

bool StoreCore::is_live(uint32_t block) const {
  return memory_.is_head(block) && (memory_.head(block).state.load(std::memory_order_acquire) & 0xff) ==
                                       static_cast<uint32_t>(HeadState::live);
}

StoreCore::Life StoreCore::life(uint32_t block, uint64_t now) const {
  const HeadShm& head = memory_.head(block);
  // A touch by another processor may be a tick ahead of this one's clock.
  const auto since = [now](const Wide& then) {
    const uint64_t at = then.load(std::memory_order_relaxed);
    return now > at ? now - at : 0;
  };
  const auto over = [](uint64_t age, const Word& limit) {
    const uint64_t seconds = limit.load(std::memory_order_relaxed);
    return seconds > 0 && age >= seconds * 1000;
  };
  if (over(since(head.created), head.max_lifetime)) return Life::lived_too_long;
  if (over(since(head.touched), head.max_inactive)) return Life::idle_too_long;
  return Life::lasts;
}

void StoreCore::end(uint32_t block, Tally why) {
  publish(memory_.head(block).state, static_cast<uint32_t>(HeadState::dead));
  memory_.header().active.fetch_sub(1, std::memory_order_relaxed);
  AttributeChain(memory_, heap_, block).give_back_all();
  heap_.give_back(block);
  tally(why);
}

void StoreCore::drop_damaged(uint32_t block) {
  publish(memory_.head(block).state, static_cast<uint32_t>(HeadState::dead));
  memory_.header().repair_wanted.store(1, std::memory_order_relaxed);
  tally(kDamaged);
  log(observe::id::session_damaged, "session store %s: a session's memory was written over, the session is dropped",
      name_.c_str());
}

}  // namespace navajo::session
