#include "navajo/session/local_session_store.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "navajo/observe/log.h"
#include "navajo/session/attribute_chain.h"

namespace navajo::session {
namespace {

using base::Failed;
using Result = base::Result<SetResult, Refusal>;

constexpr size_t kMaxName = 1024;

uint32_t live_word(uint32_t key) { return static_cast<uint32_t>(HeadState::live) | key << 8; }

uint32_t seconds_of(std::chrono::seconds limit) {
  return static_cast<uint32_t>(std::clamp<int64_t>(limit.count(), 0, UINT32_MAX));
}

void write_limits(HeadShm& head, const SessionLimits& limits) {
  if (const uint32_t lifetime = seconds_of(limits.max_lifetime))
    head.max_lifetime.store(lifetime, std::memory_order_relaxed);
  if (const uint32_t inactive = seconds_of(limits.max_inactive_interval))
    head.max_inactive.store(inactive, std::memory_order_relaxed);
}

void write_key(HeadShm& head, uint32_t key, const IdDigest& digest) {
  head.keys[key].digest[0].store(digest.half[0], std::memory_order_relaxed);
  head.keys[key].digest[1].store(digest.half[1], std::memory_order_relaxed);
}

// Which of the session's ids it is, if it is one that still counts. All are compared, whichever it is.
std::optional<uint32_t> key_of(const HeadShm& head, uint32_t current, const IdDigest& digest, uint64_t now) {
  std::optional<uint32_t> found;
  for (uint32_t key = 0; key < kKeys; key++) {
    const HeadShm::KeyShm& k = head.keys[key];
    const IdDigest kept{{k.digest[0].load(std::memory_order_relaxed), k.digest[1].load(std::memory_order_relaxed)}};
    if (kept == digest && (key == current || now < k.valid_until.load(std::memory_order_relaxed))) found = key;
  }
  return found;
}

uint32_t current_key(const HeadShm& head) { return head.state.load(std::memory_order_acquire) >> 8 & 0xff; }

// Changed by somebody else after the request found the session. Versions wrap.
bool is_newer(const AttributeShm& attribute, const SessionRef& session) {
  return static_cast<int32_t>(attribute.version - session.seen) > 0 && attribute.writer != session.writer;
}

}  // namespace

bool LocalSessionStore::is(const SessionRef& session) const {
  return core_.is_live(session.index) &&
         core_.memory().head(session.index).serial.load(std::memory_order_relaxed) == session.serial;
}

base::Result<CreatedSession, Refusal> LocalSessionStore::create(const SessionLimits& limits) {
  core_.watch_level();
  if (core_.level() >= 2) {
    core_.tally(kRefusedNew);
    return Failed{core_.level() >= 3 ? Refusal::store_frozen : Refusal::store_full};
  }
  const StoreMemory& memory = core_.memory();
  const uint64_t now = core_.now_ms();
  // Threads start to look at different places; which one has which does not matter.
  static thread_local const auto lane = static_cast<uint32_t>(gettid());
  while (const auto block = core_.heap().look_for_free(lane, now)) {
    StripeGuard guard(memory, *block);
    if (!guard) break;
    if (!core_.heap().take(*block, kBuilding | (*block + 1))) continue;
    const auto id = SessionId::make(memory.header().secret, *block);
    if (!id) {
      core_.heap().give_back(*block);
      break;
    }
    const Digested digested = id->digest(memory.header().secret);
    HeadShm& head = memory.head(*block);
    memset(static_cast<void*>(&head), 0, sizeof head);
    head.created.store(now, std::memory_order_relaxed);
    head.touched.store(now, std::memory_order_relaxed);
    head.serial.store(digested.serial, std::memory_order_relaxed);
    head.blocks.store(1, std::memory_order_relaxed);
    write_limits(head, limits);
    write_key(head, 0, digested.digest);
    head.check.store(memory.head_check(*block), std::memory_order_relaxed);
    head.state.store(live_word(0), std::memory_order_relaxed);
    publish(memory.owner(*block), *block + 1);
    memory.header().active.fetch_add(1, std::memory_order_relaxed);
    core_.tally(kCreated);
    return CreatedSession{id->text(), {*block, 0, digested.serial, 0, false}};
  }
  core_.tally(kRefusedMemory);
  return Failed{Refusal::store_full};
}

std::optional<SessionRef> LocalSessionStore::find(std::string_view id_text, std::chrono::milliseconds min_interval) {
  const StoreMemory& memory = core_.memory();
  const auto id = SessionId::parse(id_text);
  if (!id) return std::nullopt;
  const uint32_t block = id->place(memory.header().secret);
  if (block >= memory.committed()) return std::nullopt;
  HeadShm& head = memory.head(block);
  // The digest takes about as long as memory needs to answer.
  __builtin_prefetch(&memory.owner(block));
  __builtin_prefetch(&head);
  __builtin_prefetch(reinterpret_cast<const char*>(&head) + 64);
  __builtin_prefetch(&memory.stripe_of(block), 1);
  const IdDigest digest = id->digest(memory.header().secret).digest;
  const uint64_t now = core_.now_ms();
  std::optional<SessionRef> found;
  bool ended = false;
  {
    StripeGuard guard(memory, block);
    if (!guard) return std::nullopt;
    const auto key = core_.is_live(block) ? key_of(head, current_key(head), digest, now) : std::nullopt;
    if (key && head.check.load(std::memory_order_relaxed) != memory.head_check(block)) {
      core_.drop_damaged(block);
    } else if (key) {
      const StoreCore::Life life = core_.life(block, now);
      ended = life != StoreCore::Life::lasts;
      if (ended) {
        core_.end(block, life == StoreCore::Life::idle_too_long ? kExpiredIdle : kExpiredLifetime);
      } else {
        const uint64_t touched = head.touched.load(std::memory_order_relaxed);
        if (min_interval != kNoTouch && now >= touched + static_cast<uint64_t>(min_interval.count()))
          head.touched.store(now, std::memory_order_relaxed);
        const uint64_t count = guard.stripe().found.load(std::memory_order_relaxed) + 1;
        guard.stripe().found.store(count, std::memory_order_relaxed);
        found = SessionRef{block, head.version.load(std::memory_order_relaxed),
                           head.serial.load(std::memory_order_relaxed), static_cast<uint32_t>(count),
                           *key != current_key(head)};
      }
    }
    if (!found)
      guard.stripe().missed.store(guard.stripe().missed.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  if (ended) core_.watch_level();
  return found;
}

bool LocalSessionStore::touch(const SessionRef& session, std::chrono::milliseconds min_interval) {
  if (!known(session)) return false;
  const uint64_t now = core_.now_ms();
  {
    const StripeGuard guard(core_.memory(), session.index);
    if (!guard || !is(session)) return false;
    const StoreCore::Life life = core_.life(session.index, now);
    if (life == StoreCore::Life::lasts) {
      std::atomic<uint64_t>& touched = core_.memory().head(session.index).touched;
      const uint64_t last = touched.load(std::memory_order_relaxed);
      if (min_interval != kNoTouch && now >= last + static_cast<uint64_t>(min_interval.count()))
        touched.store(now, std::memory_order_relaxed);
      return true;
    }
    core_.end(session.index, life == StoreCore::Life::idle_too_long ? kExpiredIdle : kExpiredLifetime);
  }
  core_.watch_level();
  return false;
}

bool LocalSessionStore::is_outdated(std::string_view id_text) {
  const StoreMemory& memory = core_.memory();
  const auto id = SessionId::parse(id_text);
  if (!id) return false;
  const uint32_t block = id->place(memory.header().secret);
  if (block >= memory.committed()) return false;
  const IdDigest digest = id->digest(memory.header().secret).digest;
  const uint64_t now = core_.now_ms();
  const StripeGuard guard(memory, block);
  if (!guard || !core_.is_live(block) || core_.life(block, now) != StoreCore::Life::lasts) return false;
  const HeadShm& head = memory.head(block);
  const uint32_t current = current_key(head);
  // At the time 0 every key it ever had counts that has not been given up for another one.
  return key_of(head, current, digest, 0).has_value() && !key_of(head, current, digest, now);
}

bool LocalSessionStore::get(const SessionRef& session, std::string_view name, AttributeValue& value) {
  if (!known(session)) return false;
  const StripeGuard guard(core_.memory(), session.index);
  if (!guard || !is(session)) return false;
  const AttributeChain chain(core_.memory(), core_.heap(), session.index);
  AttributeChain::Found found{};
  const auto search = chain.find(name, found);
  if (search == AttributeChain::Search::absent) return false;
  if (search == AttributeChain::Search::found && chain.read_value(found.block, value)) return true;
  core_.drop_damaged(session.index);
  return false;
}

std::pmr::vector<Attribute> LocalSessionStore::attributes(const SessionRef& session,
                                                          std::pmr::memory_resource& memory) {
  std::pmr::vector<Attribute> all(&memory);
  if (!known(session)) return all;
  const StripeGuard guard(core_.memory(), session.index);
  if (!guard || !is(session)) return all;
  if (AttributeChain(core_.memory(), core_.heap(), session.index).read_all(all)) return all;
  core_.drop_damaged(session.index);
  all.clear();
  return all;
}

Result LocalSessionStore::set(const SessionRef& session, std::string_view name, AttributeType type,
                              std::string_view bytes) {
  if (core_.level() >= 3) core_.watch_level();
  if (core_.level() >= 3) {
    core_.tally(kRefusedChange);
    return Failed{Refusal::store_frozen};
  }
  if (!known(session)) return Failed{Refusal::no_session};
  Result result = SetResult::stored;
  {
    const StripeGuard guard(core_.memory(), session.index);
    if (!guard || !is(session)) return Failed{Refusal::no_session};
    AttributeChain chain(core_.memory(), core_.heap(), session.index);
    HeadShm& head = core_.memory().head(session.index);
    AttributeChain::Found found{};
    const auto search = chain.find(name, found);
    if (search == AttributeChain::Search::damaged) {
      core_.drop_damaged(session.index);
      return Failed{Refusal::no_session};
    }
    const bool replaces = search == AttributeChain::Search::found;
    if (replaces && is_newer(core_.memory().attribute(found.block), session)) {
      core_.tally(kKeptNewer);
      return SetResult::kept_newer;
    }
    const uint64_t size = uint64_t{name.size()} + bytes.size();
    const uint32_t before = head.blocks.load(std::memory_order_relaxed) - (replaces ? chain.blocks_of(found.block) : 0);
    if (name.size() > kMaxName || size > uint64_t{max_blocks_} * kBlockSize ||
        before + AttributeChain::blocks_for(name.size(), bytes.size()) > max_blocks_) {
      core_.tally(kRefusedSize);
      return Failed{Refusal::too_large};
    }
    const uint32_t version = head.version.load(std::memory_order_relaxed) + 1;
    head.version.store(version, std::memory_order_relaxed);
    if (chain.store({name, bytes, type, version, session.writer}, replaces ? &found : nullptr, core_.now_ms())) {
      head.blocks.store(before + AttributeChain::blocks_for(name.size(), bytes.size()), std::memory_order_relaxed);
    } else {
      core_.tally(kRefusedMemory);
      result = Result(Failed{Refusal::store_frozen});
    }
  }
  core_.watch_level();
  return result;
}

bool LocalSessionStore::remove(const SessionRef& session, std::string_view name) {
  if (!known(session)) return false;
  {
    const StripeGuard guard(core_.memory(), session.index);
    if (!guard || !is(session)) return false;
    AttributeChain chain(core_.memory(), core_.heap(), session.index);
    AttributeChain::Found found{};
    const auto search = chain.find(name, found);
    if (search == AttributeChain::Search::absent) return false;
    if (search == AttributeChain::Search::damaged) {
      core_.drop_damaged(session.index);
      return false;
    }
    HeadShm& head = core_.memory().head(session.index);
    const uint32_t blocks = chain.blocks_of(found.block);
    head.version.fetch_add(1, std::memory_order_relaxed);
    chain.remove(found);
    head.blocks.fetch_sub(blocks, std::memory_order_relaxed);
  }
  core_.watch_level();
  return true;
}

bool LocalSessionStore::set_limits(const SessionRef& session, const SessionLimits& limits) {
  if (!known(session)) return false;
  const StripeGuard guard(core_.memory(), session.index);
  if (!guard || !is(session)) return false;
  write_limits(core_.memory().head(session.index), limits);
  return true;
}

base::Result<std::string, Refusal> LocalSessionStore::renew(const SessionRef& session,
                                                            std::chrono::milliseconds grace) {
  const StoreMemory& memory = core_.memory();
  if (!known(session)) return Failed{Refusal::no_session};
  // Needs no memory, so it works at any level: a login must never go on with the id from before.
  const auto id = SessionId::make(memory.header().secret, session.index);
  if (!id) return Failed{Refusal::store_frozen};
  const IdDigest digest = id->digest(memory.header().secret).digest;
  const StripeGuard guard(memory, session.index);
  if (!guard || !is(session)) return Failed{Refusal::no_session};
  HeadShm& head = memory.head(session.index);
  const uint32_t current = current_key(head), next = (current + 1) % kKeys;
  head.keys[next].valid_until.store(0, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  write_key(head, next, digest);
  const uint64_t until = core_.now_ms() + static_cast<uint64_t>(std::max<int64_t>(grace.count(), 0));
  head.keys[current % kKeys].valid_until.store(until, std::memory_order_relaxed);
  publish(head.state, live_word(next));
  core_.tally(kRenewed);
  return id->text();
}

bool LocalSessionStore::invalidate(const SessionRef& session) {
  if (!known(session)) return false;
  {
    const StripeGuard guard(core_.memory(), session.index);
    if (!guard || !is(session)) return false;
    core_.end(session.index, kInvalidated);
  }
  core_.watch_level();
  return true;
}

void LocalSessionStore::visit_from(uint32_t index, base::FunctionRef<bool(const SessionView&)> visitor) {
  const StoreMemory& memory = core_.memory();
  for (uint32_t block = index; block < memory.committed(); block++) {
    if (!memory.is_head(block)) continue;
    SessionView view;
    {
      const StripeGuard guard(memory, block);
      const uint64_t now = core_.now_ms();
      if (!guard || !core_.is_live(block) || core_.life(block, now) != StoreCore::Life::lasts) continue;
      const HeadShm& head = memory.head(block);
      const auto since = [now](const Wide& then) {
        const uint64_t at = then.load(std::memory_order_relaxed);
        return std::chrono::milliseconds(now > at ? now - at : 0);
      };
      view.session = {block, head.version.load(std::memory_order_relaxed), head.serial.load(std::memory_order_relaxed),
                      0, false};
      view.age = since(head.created);
      view.idle = since(head.touched);
      view.limits = {std::chrono::seconds(head.max_lifetime.load(std::memory_order_relaxed)),
                     std::chrono::seconds(head.max_inactive.load(std::memory_order_relaxed))};
      view.bytes = uint64_t{head.blocks.load(std::memory_order_relaxed)} * kBlockSize;
    }
    if (!visitor(view)) return;
  }
}

}  // namespace navajo::session
