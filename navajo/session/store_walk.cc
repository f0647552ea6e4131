#include "navajo/session/store_walk.h"

#include <cstring>

#include "navajo/session/attribute_chain.h"

namespace navajo::session {
namespace {

constexpr size_t kMaxTexts = 20;

void note(std::vector<std::string>& into, std::string text) {
  if (into.size() < kMaxTexts) into.push_back(std::move(text));
}

void compare(std::vector<std::string>& wrong, const char* what, uint64_t is, uint64_t counted) {
  if (is == counted) return;
  note(wrong, std::string(what) + " is " + std::to_string(is) + ", counted " + std::to_string(counted));
}

class Walk {
 public:
  Walk(const StoreMemory& memory, WalkMode mode)
      : memory_(memory), mode_(mode), end_(memory.committed()), heap_(memory, nullptr), reached_(end_, false) {
    own_.reserve(1024);
  }

  WalkReport run() {
    for (uint32_t block = 0; block < end_; block++)
      if (memory_.is_head(block)) visit_head(block);
    count_owners();
    return std::move(report_);
  }

 private:
  void visit_head(uint32_t block) {
    const HeadShm& head = memory_.head(block);
    const uint32_t state = head.state.load(std::memory_order_acquire);
    if ((state & 0xff) == static_cast<uint32_t>(HeadState::dead)) return;  // its end was interrupted: all orphans
    own_.clear();
    bool whole = (state & 0xff) == static_cast<uint32_t>(HeadState::live) && (state >> 8) < kKeys &&
                 head.check.load(std::memory_order_relaxed) == memory_.head_check(block);
    whole = whole && AttributeChain(memory_, heap_, block).each_block([this](uint32_t piece) {
      if (reached_[piece]) return false;
      reached_[piece] = true;
      own_.push_back(piece);
      return true;
    });
    if (!whole) {
      report_.damaged++;
      for (const uint32_t piece : own_) reached_[piece] = false;
      note(report_.wrong_structure, "the session at block " + std::to_string(block) + " is damaged");
      return;
    }
    reached_[block] = true;
    report_.sessions++;
    const auto blocks = static_cast<uint32_t>(own_.size() + 1);
    report_.blocks += blocks;
    if (head.blocks.load(std::memory_order_relaxed) == blocks) return;
    compare(report_.wrong_sums, "blocks of a session", head.blocks.load(std::memory_order_relaxed), blocks);
    if (mode_ == WalkMode::repair) memory_.head(block).blocks.store(blocks, std::memory_order_relaxed);
  }

  void count_owners() {
    for (uint32_t first = 0, group = 0; first < end_; first += kGroupBlocks, group++) {
      uint32_t fill = 0;
      for (uint32_t block = first; block < first + kGroupBlocks && block < end_; block++) {
        if (memory_.owner(block).load(std::memory_order_relaxed) == 0) continue;
        if (!reached_[block]) {
          report_.orphans++;
          if (mode_ == WalkMode::repair) {
            memset(memory_.block(block), 0, kBlockSize);
            publish(memory_.owner(block), 0);
            continue;
          }
        }
        fill++;
      }
      settle(memory_.fill(group), "fill of a group", fill);
      owned_ += fill;
    }
    settle(memory_.header().used, "used blocks", owned_);
    settle(memory_.header().active, "active sessions", report_.sessions);
  }

  void settle(Word& word, const char* what, uint32_t counted) {
    compare(report_.wrong_sums, what, word.load(std::memory_order_relaxed), counted);
    if (mode_ == WalkMode::repair) word.store(counted, std::memory_order_relaxed);
  }

  const StoreMemory& memory_;
  WalkMode mode_;
  uint32_t end_;
  BlockHeap heap_;
  std::vector<bool> reached_;
  std::vector<uint32_t> own_;
  uint32_t owned_ = 0;
  WalkReport report_;
};

}  // namespace

std::string WalkReport::text() const {
  std::string out = std::to_string(sessions) + " sessions, " + std::to_string(blocks) + " blocks, " +
                    std::to_string(orphans) + " orphans, " + std::to_string(damaged) + " damaged";
  for (const auto* list : {&wrong_structure, &wrong_sums})
    for (const std::string& wrong : *list) out += "; " + wrong;
  return out;
}

WalkReport walk(const StoreMemory& memory, WalkMode mode) { return Walk(memory, mode).run(); }

StoreLocks::StoreLocks(const StoreMemory& memory) : memory_(memory), held_(memory.geometry().stripes, false) {
  for (uint32_t i = 0; i < memory.geometry().stripes; i++) {
    const shm::Locked locked = memory.stripe(i).mutex.lock();
    if (locked == shm::Locked::failed) {
      complete_ = false;
      continue;
    }
    held_[i] = true;
    if (locked != shm::Locked::owner_died) continue;
    found_dead_owner_ = true;
    // Before the lock is whole again: should we die too, somebody else must still know.
    memory.header().repair_wanted.store(1, std::memory_order_seq_cst);
    memory.stripe(i).mutex.mark_consistent();
  }
}

StoreLocks::~StoreLocks() {
  for (uint32_t i = memory_.geometry().stripes; i-- > 0;)
    if (held_[i]) memory_.stripe(i).mutex.unlock();
}

}  // namespace navajo::session
