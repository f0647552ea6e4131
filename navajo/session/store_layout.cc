#include "navajo/session/store_layout.h"

namespace navajo::session {
namespace {

constexpr uint64_t kPage = 4096;

uint64_t aligned(uint64_t offset) { return (offset + kPage - 1) / kPage * kPage; }

}  // namespace

Geometry Geometry::of(uint64_t size, uint32_t stripes) {
  Geometry g;
  g.size = size;
  g.stripes = stripes;
  g.stripes_at = kPage;
  g.fills_at = aligned(g.stripes_at + uint64_t{stripes} * sizeof(StripeShm));
  // With as many owners as could be if blocks were all there is; a little is lost to rounding.
  const auto place = [&g](uint64_t blocks) {
    g.blocks = static_cast<uint32_t>(blocks);
    g.groups = static_cast<uint32_t>((blocks + kGroupBlocks - 1) / kGroupBlocks);
    g.owners_at = aligned(g.fills_at + uint64_t{g.groups} * sizeof(Word));
    g.blocks_at = aligned(g.owners_at + blocks * sizeof(Word));
    return g.blocks_at + blocks * kBlockSize;
  };
  if (stripes == 0 || size < g.fills_at + 4 * kPage) {
    g.blocks = 0;
    return g;
  }
  uint64_t blocks = (size - g.fills_at) / (kBlockSize + sizeof(Word));
  if (blocks > kMaxBlocks) blocks = kMaxBlocks;
  while (blocks > 0 && place(blocks) > size) blocks -= blocks > 64 ? 32 : 1;
  g.blocks = static_cast<uint32_t>(blocks);
  return g;
}

uint32_t Geometry::blocks_at_percent(unsigned percent) const {
  // In two steps: size * percent may not fit for the largest of sizes.
  const uint64_t wanted = size / 100 * percent + (size % 100 * percent + 99) / 100;
  if (wanted <= blocks_at) return 0;
  return static_cast<uint32_t>((wanted - blocks_at + kBlockSize - 1) / kBlockSize);
}

uint32_t Geometry::checksum() const {
  uint64_t sum = 1469598103934665603ull;
  for (const uint64_t part : {size, uint64_t{stripes}, uint64_t{blocks}, stripes_at, fills_at, owners_at, blocks_at,
                              uint64_t{sizeof(HeaderShm)}, uint64_t{sizeof(HeadShm)}, uint64_t{kTallies}}) {
    sum = (sum ^ part) * 1099511628211ull;
  }
  return static_cast<uint32_t>(sum ^ (sum >> 32));
}

uint32_t StoreMemory::head_check(uint32_t block_number) const {
  const HeadShm& h = head(block_number);
  uint64_t sum = h.serial.load(std::memory_order_relaxed) ^ header().secret.mask_key[0];
  sum = (sum + h.created.load(std::memory_order_relaxed)) * 0x9e3779b97f4a7c15ull;
  sum = (sum ^ (sum >> 29) ^ block_number) * 0xbf58476d1ce4e5b9ull;
  return static_cast<uint32_t>(sum >> 32);
}

}  // namespace navajo::session
