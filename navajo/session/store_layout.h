// How a LocalSessionStore lies in its segment. Plain data; links are block numbers, never pointers.
//
//   header | stripes (locks) | fill of each group | owner of each block | blocks of 128 bytes
//
// Everything a session has is made of equal blocks, so memory cannot fragment: any free block fits any need. Who owns a
// block stands in one word of its own, apart from it:
//
//   0                  free
//   i + 1, block i     block i is the head of a session
//   h + 1, block b     block b belongs to the session whose head is block h (an attribute, or a piece of one)
//   kBuilding | i + 1  block i will be a head when its creator is done
//
// A word is given (compare-and-swap 0 -> owner) and taken back (store 0) only with the lock of the head's stripe held.
// Whatever is built is built in blocks nobody can reach and becomes visible by one store to one word, after all others:
// a process that is killed leaves the state before or after that store, and at worst blocks with an owner that does not
// reach them (store_walk.h finds and frees these). publish() keeps the order.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "navajo/session/session_id.h"
#include "navajo/shm/robust_mutex.h"

namespace navajo::session {

inline constexpr uint32_t kBlockSize = 128;
inline constexpr uint32_t kGroupBlocks = 512;
inline constexpr uint32_t kBuilding = 1u << 31;
inline constexpr uint32_t kMaxBlocks = kBuilding - 2;
inline constexpr uint32_t kCursors = 16;
inline constexpr uint32_t kKeys = 3;

using Word = std::atomic<uint32_t>;
using Wide = std::atomic<uint64_t>;

// The one store that makes something visible or invisible: all before it is done, nothing after it is begun. The fences
// are for the compiler; a kill sees a process's stores in the order the program has them.
inline void publish(Word& word, uint32_t value) {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  word.store(value, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

enum class HeadState : uint8_t { dead = 0, live = 0xA5 };

// Milliseconds are of the monotonic clock, which all processes of a boot share.
struct HeadShm {
  struct KeyShm {
    Wide digest[2];
    Wide valid_until;  // counts for keys that are not the current one
  };
  Word state;       // HeadState | current key << 8: one word publishes a new id
  Word attributes;  // first block of the first attribute, + 1; 0: none
  Wide created;
  Wide touched;
  Word max_inactive;  // seconds
  Word max_lifetime;
  Wide serial;
  Word version;  // of the last change
  Word blocks;   // of this session, with the head; made right by a repair
  KeyShm keys[kKeys];
  Word check;  // over what never changes: a head somebody has written over is known
  Word unused;
};
static_assert(sizeof(HeadShm) == kBlockSize);

struct AttributeShm {
  Word next;  // first block of the next attribute, + 1
  Word more;  // next block of this one, + 1
  uint32_t version, writer;
  uint32_t value_length;
  uint16_t name_length;
  uint8_t type;
  uint8_t unused;
  static constexpr uint32_t kRoom = kBlockSize - 24;
  char bytes[kRoom];  // name, then value, going on in the blocks that follow
};
static_assert(sizeof(AttributeShm) == kBlockSize);

struct PieceShm {
  Word more;
  static constexpr uint32_t kRoom = kBlockSize - 4;
  char bytes[kRoom];
};
static_assert(sizeof(PieceShm) == kBlockSize);

// A session's stripe is its head's number modulo the number of stripes.
struct alignas(64) StripeShm {
  shm::RobustMutexShm mutex;
  Wide found, missed;  // written with the lock, read without
};
static_assert(sizeof(StripeShm) == 64);

enum Tally : uint32_t {
  kCreated, kExpiredIdle, kExpiredLifetime, kInvalidated, kRenewed, kRefusedNew, kRefusedChange, kRefusedSize,
  kRefusedMemory, kKeptNewer, kRepairs, kOrphans, kDamaged, kTallies
};

struct HeaderShm {
  char magic[8];
  uint32_t version;
  uint32_t layout;  // checksum of sizes and offsets
  uint64_t size;
  uint32_t stripes;
  uint32_t blocks;
  IdSecretShm secret;
  shm::RobustMutexShm growing;

  alignas(64) Word used;   // blocks that have an owner
  Word level;              // 0 to 3
  alignas(64) Word active;
  alignas(64) Word committed;  // blocks whose memory is there; the others are never touched
  Word memory_missing;         // 1: the last commit failed
  Wide commit_again;           // not before this time
  Word repair_wanted;          // somebody died inside a stripe
  alignas(64) Wide tallies[kTallies];

  // Reaper
  alignas(64) Wide lease_until;
  Wide lease_holder;
  Word cursor;            // block
  Wide pass_began;        // 0: none is under way
  Wide pass_expired;
  Wide last_pass_ended;
  Wide used_then;         // bytes
  std::atomic<int64_t> growth;  // bytes per hour, smoothed

  struct alignas(64) CursorShm {
    Word block;
  };
  CursorShm cursors[kCursors];
};
static_assert(sizeof(HeaderShm) <= 4096);

// Where everything stands, from the size and the number of stripes alone: computed by each process, so that a segment
// somebody has written over cannot lead anybody astray.
struct Geometry {
  uint64_t size = 0;
  uint32_t stripes = 0;
  uint32_t blocks = 0, groups = 0;
  uint64_t stripes_at = 0, fills_at = 0, owners_at = 0, blocks_at = 0;

  // blocks == 0: too small.
  static Geometry of(uint64_t size, uint32_t stripes);
  // Fewest used blocks at which used memory (everything before the blocks counts) is `percent` of the size or more.
  uint32_t blocks_at_percent(unsigned percent) const;
  uint64_t bytes_used(uint32_t used_blocks) const { return blocks_at + uint64_t{used_blocks} * kBlockSize; }
  uint32_t checksum() const;
};

// The segment through the geometry's eyes.
class StoreMemory {
 public:
  StoreMemory() = default;
  StoreMemory(std::byte* base, const Geometry& geometry) : base_(base), geometry_(geometry) {}

  const Geometry& geometry() const { return geometry_; }
  HeaderShm& header() const { return *reinterpret_cast<HeaderShm*>(base_); }
  StripeShm& stripe_of(uint32_t head) const { return stripe(head % geometry_.stripes); }
  StripeShm& stripe(uint32_t number) const {
    return reinterpret_cast<StripeShm*>(base_ + geometry_.stripes_at)[number];
  }
  Word& fill(uint32_t group) const { return reinterpret_cast<Word*>(base_ + geometry_.fills_at)[group]; }
  Word& owner(uint32_t block) const { return reinterpret_cast<Word*>(base_ + geometry_.owners_at)[block]; }
  std::byte* block(uint32_t number) const { return base_ + geometry_.blocks_at + uint64_t{number} * kBlockSize; }
  HeadShm& head(uint32_t block_number) const { return *reinterpret_cast<HeadShm*>(block(block_number)); }
  AttributeShm& attribute(uint32_t block_number) const {
    return *reinterpret_cast<AttributeShm*>(block(block_number));
  }
  PieceShm& piece(uint32_t block_number) const { return *reinterpret_cast<PieceShm*>(block(block_number)); }

  // Blocks that may be looked at. Never more than there are, whatever the memory says.
  uint32_t committed() const {
    const uint32_t said = header().committed.load(std::memory_order_acquire);
    return said < geometry_.blocks ? said : geometry_.blocks;
  }
  bool is_head(uint32_t block_number) const {
    return owner(block_number).load(std::memory_order_acquire) == block_number + 1;
  }
  // Of an attribute's chain: it exists and is this session's.
  bool belongs(uint32_t block_number, uint32_t head) const {
    return block_number < committed() && owner(block_number).load(std::memory_order_relaxed) == head + 1;
  }
  uint32_t group_size(uint32_t group) const {
    const uint32_t left = geometry_.blocks - group * kGroupBlocks;
    return left < kGroupBlocks ? left : kGroupBlocks;
  }
  uint32_t head_check(uint32_t block_number) const;

 private:
  std::byte* base_ = nullptr;
  Geometry geometry_;
};

}  // namespace navajo::session
