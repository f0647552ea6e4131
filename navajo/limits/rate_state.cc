#include "navajo/limits/rate_state.h"

#include <algorithm>
#include <cmath>

namespace navajo::limits {
namespace {

constexpr unsigned kCountBits = 36;
constexpr uint64_t kMaxCount = (uint64_t{1} << kCountBits) - 1;
constexpr uint64_t kNumberMask = (uint64_t{1} << (64 - kCountBits)) - 1;
constexpr uint64_t kNsPerMs = 1'000'000;
// A request whose clock was read this many windows before another one's is counted in that one's window.
constexpr int64_t kLate = 65536;

uint64_t limit_word(const RateSpec& spec) {
  return uint64_t{spec.mark} << kCountBits | std::min(spec.limit, kMaxCount);
}

uint64_t pack(uint64_t window, uint64_t count) {
  return (window & kNumberMask) << kCountBits | std::min(count, kMaxCount);
}
uint64_t count_of(uint64_t word) { return word & kMaxCount; }
// How many windows the word is ahead of `window`; negative: behind.
int64_t ahead(uint64_t word, uint64_t window) {
  return static_cast<int64_t>(((word >> kCountBits) - window) << kCountBits) >> kCountBits;
}

std::chrono::milliseconds up_to_ms(double ns) {
  return std::chrono::milliseconds(static_cast<int64_t>(std::ceil(std::max(ns, 0.0) / kNsPerMs)));
}

struct Lengths {
  uint64_t window_ns, limit;
  explicit Lengths(const RateSpec& spec)
      : window_ns(static_cast<uint64_t>(std::max<int64_t>(spec.window.count(), 1)) * kNsPerMs),
        limit(std::clamp<uint64_t>(spec.limit, 1, kMaxCount)) {}
};

struct Bucket {
  uint64_t interval, burst, size;  // ns per token, tokens, ns of all tokens
  explicit Bucket(const RateSpec& spec) {
    const Lengths lengths(spec);
    interval = std::max<uint64_t>((lengths.window_ns + lengths.limit - 1) / lengths.limit, 1);
    burst = std::min(spec.burst ? spec.burst : lengths.limit, uint64_t{INT64_MAX} / 2 / interval);
    size = interval * burst;
  }
};

void slow_down(RateDecision& decision, const RateSpec& spec) {
  const uint64_t used = decision.limit - decision.remaining;
  if (!decision.allowed || spec.soft_limit == 0 || used <= spec.soft_limit || spec.soft_limit >= decision.limit) return;
  decision.delay = std::chrono::milliseconds(
      static_cast<int64_t>(static_cast<double>(spec.max_delay.count()) * static_cast<double>(used - spec.soft_limit) /
                           static_cast<double>(decision.limit - spec.soft_limit)));
}

// The two windows as they are at a time.
struct Windows {
  uint64_t window, elapsed, previous, current_word;
  uint64_t current;

  Windows(const RateStateShm& state, uint64_t window_ns, uint64_t now_ns) {
    window = now_ns / window_ns;
    elapsed = now_ns % window_ns;
    const uint64_t words[2] = {state.words[0].load(std::memory_order_acquire),
                               state.words[1].load(std::memory_order_acquire)};
    for (const uint64_t word : words) {
      const int64_t newer = count_of(word) == 0 ? 0 : ahead(word, window);
      if (newer <= 0 || newer >= kLate) continue;
      window += static_cast<uint64_t>(newer);
      elapsed = 0;
    }
    current_word = words[window & 1];
    current = ahead(current_word, window) == 0 ? count_of(current_word) : 0;
    const uint64_t before = words[~window & 1];
    previous = ahead(before, window) == -1 ? count_of(before) : 0;
  }
  uint64_t used(uint64_t window_ns) const {
    if (previous == 0) return current;
    const double share = static_cast<double>(window_ns - elapsed) / static_cast<double>(window_ns);
    return current + static_cast<uint64_t>(static_cast<double>(previous) * share);
  }
};

RateDecision take_of_windows(RateStateShm& state, const RateSpec& spec, uint64_t now_ns, uint64_t cost) {
  const Lengths lengths(spec);
  RateDecision decision;
  decision.limit = lengths.limit;
  for (;;) {
    const Windows now(state, lengths.window_ns, now_ns);
    const uint64_t used = now.used(lengths.window_ns);
    const uint64_t left = lengths.limit - std::min(used, lengths.limit);
    decision.allowed = cost <= left && (cost != 0 || left != 0);
    decision.remaining = left - (decision.allowed ? cost : 0);
    if (decision.allowed && cost != 0) {
      uint64_t expected = now.current_word;
      if (!state.words[now.window & 1].compare_exchange_strong(expected, pack(now.window, now.current + cost),
                                                               std::memory_order_acq_rel))
        continue;
    }
    const auto window = static_cast<double>(lengths.window_ns);
    const auto rest = static_cast<double>(lengths.window_ns - now.elapsed);
    const uint64_t current = now.current + (decision.allowed ? cost : 0);
    decision.reset_after = up_to_ms(current > 0 ? rest + window : now.previous > 0 ? rest : 0);
    if (!decision.allowed) {
      const uint64_t wanted = std::max<uint64_t>(cost, 1);
      const auto room = static_cast<double>(lengths.limit - std::min(wanted, lengths.limit));
      // Of this window's count, or the one's before, as much has to go out of sight as leaves room.
      if (static_cast<double>(current) <= room)
        decision.retry_after = up_to_ms(rest - window * (room - static_cast<double>(current) + 1) /
                                                   static_cast<double>(std::max<uint64_t>(now.previous, 1)));
      else
        decision.retry_after = up_to_ms(rest + window * (1 - (room + 1) / static_cast<double>(current)));
      decision.retry_after += std::chrono::milliseconds(1);
    }
    slow_down(decision, spec);
    return decision;
  }
}

RateDecision take_of_bucket(RateStateShm& state, const RateSpec& spec, uint64_t now_ns, uint64_t cost) {
  const Bucket bucket(spec);
  RateDecision decision;
  decision.limit = bucket.burst;
  if (state.words[1].load(std::memory_order_relaxed) != bucket.size)
    state.words[1].store(bucket.size, std::memory_order_relaxed);
  const uint64_t price = std::min(cost, bucket.burst + 1) * bucket.interval;
  for (;;) {
    uint64_t full_at = state.words[0].load(std::memory_order_acquire);
    // A bucket that was larger by a spec of before is empty, not more than empty.
    const uint64_t debt = full_at > now_ns ? std::min(full_at - now_ns, bucket.size) : 0;
    const uint64_t after = debt + (cost != 0 ? price : bucket.interval);
    decision.allowed = after <= bucket.size;
    if (decision.allowed && cost != 0 &&
        !state.words[0].compare_exchange_strong(full_at, now_ns + after, std::memory_order_acq_rel))
      continue;
    const uint64_t now_owed = decision.allowed && cost != 0 ? after : debt;
    decision.remaining = (bucket.size - now_owed) / bucket.interval;
    decision.reset_after = up_to_ms(static_cast<double>(now_owed));
    if (!decision.allowed) decision.retry_after = up_to_ms(static_cast<double>(after - bucket.size));
    slow_down(decision, spec);
    return decision;
  }
}

bool is_bucket(uint64_t word) { return (word >> 48 & 0xff) == static_cast<uint64_t>(RateAlgorithm::token_bucket); }
uint64_t window_of(uint64_t word) { return (word & 0xffffffffffff) * kNsPerMs; }

// How many are counted, in units of the state's own limit.
double counted(const RateStateShm& state, uint64_t now_ns) {
  const uint64_t spec = state.spec.load(std::memory_order_acquire);
  if (spec == 0) return 0;
  const uint64_t window_ns = window_of(spec);
  if (!is_bucket(spec)) return static_cast<double>(Windows(state, window_ns, now_ns).used(window_ns));
  const uint64_t full_at = state.words[0].load(std::memory_order_acquire);
  const auto interval = static_cast<double>(window_ns) / static_cast<double>(limit_of(state));
  return full_at > now_ns ? static_cast<double>(full_at - now_ns) / interval : 0;
}

void add(RateStateShm& state, const RateSpec& spec, uint64_t count, uint64_t now_ns) {
  if (count == 0) return;
  if (spec.algorithm == RateAlgorithm::token_bucket) {
    const Bucket bucket(spec);
    const uint64_t price = std::min(count, bucket.burst) * bucket.interval;
    uint64_t before = state.words[0].load(std::memory_order_acquire);
    while (!state.words[0].compare_exchange_weak(before, std::max(before, now_ns) + price)) {}
    return;
  }
  const Lengths lengths(spec);
  for (;;) {
    const Windows now(state, lengths.window_ns, now_ns);
    uint64_t expected = now.current_word;
    if (state.words[now.window & 1].compare_exchange_strong(expected, pack(now.window, now.current + count))) return;
  }
}

RateSpec spec_of(const RateStateShm& state) {
  const uint64_t word = state.spec.load(std::memory_order_acquire);
  RateSpec spec;
  spec.limit = limit_of(state);
  spec.mark = static_cast<uint32_t>(state.limit.load(std::memory_order_relaxed) >> kCountBits);
  spec.window = std::chrono::milliseconds(static_cast<int64_t>(window_of(word) / kNsPerMs));
  spec.algorithm = is_bucket(word) ? RateAlgorithm::token_bucket : RateAlgorithm::two_window;
  return spec;
}

}  // namespace

uint32_t policy_mark(std::string_view policy) {
  uint32_t sum = 2166136261;  // FNV-1a
  for (const char byte : policy) sum = (sum ^ static_cast<unsigned char>(byte)) * 16777619;
  return std::max<uint32_t>((sum >> 28 ^ sum) & 0xfffffff, 1);
}

uint64_t limit_of(const RateStateShm& state) {
  return std::max<uint64_t>(state.limit.load(std::memory_order_relaxed) & kMaxCount, 1);
}

RateUse use_of(const RateStateShm& state, uint64_t now_ns) {
  RateUse use;
  const RateSpec spec = spec_of(state);
  use.mark = spec.mark;
  use.algorithm = spec.algorithm;
  use.window = spec.window;
  use.limit = spec.limit;
  use.share = used_share(state, now_ns);
  if (spec.algorithm == RateAlgorithm::token_bucket) {
    // What may come at once, not what is refilled in a window.
    use.limit = std::max<uint64_t>(state.words[1].load(std::memory_order_relaxed) / Bucket(spec).interval, 1);
    use.used = static_cast<uint64_t>(std::ceil(use.share * static_cast<double>(use.limit)));
  } else {
    use.used = static_cast<uint64_t>(counted(state, now_ns));
  }
  return use;
}

uint64_t spec_word(const RateSpec& spec) {
  const auto window = static_cast<uint64_t>(std::max<int64_t>(spec.window.count(), 1));
  return uint64_t{1} << 63 | static_cast<uint64_t>(spec.algorithm) << 48 | (window & 0xffffffffffff);
}

RateDecision take(RateStateShm& state, const RateSpec& spec, uint64_t now_ns, uint64_t cost) {
  if (const uint64_t word = limit_word(spec); state.limit.load(std::memory_order_relaxed) != word)
    state.limit.store(word, std::memory_order_relaxed);
  return spec.algorithm == RateAlgorithm::token_bucket ? take_of_bucket(state, spec, now_ns, cost)
                                                       : take_of_windows(state, spec, now_ns, cost);
}

double used_share(const RateStateShm& state, uint64_t now_ns) {
  const uint64_t spec = state.spec.load(std::memory_order_acquire);
  if (spec == 0) return 0;
  if (is_bucket(spec)) {
    const uint64_t full_at = state.words[0].load(std::memory_order_acquire);
    const uint64_t size = std::max<uint64_t>(state.words[1].load(std::memory_order_relaxed), 1);
    return full_at > now_ns ? static_cast<double>(full_at - now_ns) / static_cast<double>(size) : 0;
  }
  const uint64_t window_ns = window_of(spec);
  const Windows now(state, window_ns, now_ns);
  // A count that has just become less than one is not over yet.
  if (now.current == 0 && now.previous == 0) return 0;
  const auto limit = static_cast<double>(limit_of(state));
  return std::max(static_cast<double>(now.used(window_ns)) / limit, 1e-9);
}

void begin(RateStateShm& state, const RateSpec& spec, const RateStateShm* before, uint64_t now_ns) {
  state.words[0].store(0, std::memory_order_relaxed);
  state.words[1].store(0, std::memory_order_relaxed);
  state.limit.store(limit_word(spec), std::memory_order_relaxed);
  state.spec.store(spec_word(spec), std::memory_order_release);
  if (!before) return;
  const double length = static_cast<double>(Lengths(spec).window_ns) /
                        static_cast<double>(std::max<uint64_t>(window_of(before->spec.load()), 1));
  add(state, spec, static_cast<uint64_t>(std::ceil(counted(*before, now_ns) * std::min(length, 1.0))), now_ns);
}

void merge(RateStateShm& state, const RateStateShm& other, uint64_t now_ns) {
  add(state, spec_of(state), static_cast<uint64_t>(std::ceil(counted(other, now_ns))), now_ns);
}

}  // namespace navajo::limits
