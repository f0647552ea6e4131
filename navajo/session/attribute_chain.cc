#include "navajo/session/attribute_chain.h"

#include <algorithm>
#include <cstring>

namespace navajo::session {

uint32_t AttributeChain::blocks_for(size_t name_length, size_t value_length) {
  const size_t bytes = name_length + value_length;
  if (bytes <= AttributeShm::kRoom) return 1;
  return static_cast<uint32_t>(1 + (bytes - AttributeShm::kRoom + PieceShm::kRoom - 1) / PieceShm::kRoom);
}

// Gives bytes [skip, skip + length) of an attribute's name and value, piece by piece. False: the chain ends before.
bool AttributeChain::read_bytes(uint32_t block, size_t skip, size_t length,
                                base::FunctionRef<void(std::string_view)> take) const {
  const AttributeShm& attribute = memory_.attribute(block);
  std::string_view room(attribute.bytes, AttributeShm::kRoom);
  uint32_t next = attribute.more.load(std::memory_order_relaxed);
  for (;;) {
    const size_t passed = std::min(skip, room.size());
    skip -= passed;
    room.remove_prefix(passed);
    const size_t taken = std::min(length, room.size());
    if (taken > 0) take(room.substr(0, taken));
    length -= taken;
    if (length == 0) return true;
    if (next == 0 || !memory_.belongs(next - 1, head_)) return false;
    const PieceShm& piece = memory_.piece(next - 1);
    room = std::string_view(piece.bytes, PieceShm::kRoom);
    next = piece.more.load(std::memory_order_relaxed);
  }
}

bool AttributeChain::name_equals(uint32_t block, std::string_view name) const {
  if (memory_.attribute(block).name_length != name.size()) return false;
  bool equal = true;
  const bool whole = read_bytes(block, 0, name.size(), [&](std::string_view part) {
    equal = equal && name.substr(0, part.size()) == part;
    name.remove_prefix(part.size());
  });
  return whole && equal;
}

AttributeChain::Search AttributeChain::find(std::string_view name, Found& found) const {
  Word* link = &memory_.head(head_).attributes;
  for (uint32_t steps = limit(); steps > 0; steps--) {
    const uint32_t next = link->load(std::memory_order_acquire);
    if (next == 0) return Search::absent;
    if (!memory_.belongs(next - 1, head_)) return Search::damaged;
    if (name_equals(next - 1, name)) {
      found = {next - 1, link};
      return Search::found;
    }
    link = &memory_.attribute(next - 1).next;
  }
  return Search::damaged;
}

bool AttributeChain::read_value(uint32_t block, AttributeValue& value) const {
  const AttributeShm& attribute = memory_.attribute(block);
  const uint64_t most = uint64_t{memory_.committed()} * kBlockSize;
  if (attribute.value_length > most) return false;
  value.type = static_cast<AttributeType>(attribute.type);
  value.bytes.clear();
  value.bytes.reserve(attribute.value_length);
  return read_bytes(block, attribute.name_length, attribute.value_length,
                    [&value](std::string_view part) { value.bytes.append(part); });
}

bool AttributeChain::read_all(std::pmr::vector<Attribute>& into) const {
  std::pmr::memory_resource* memory = into.get_allocator().resource();
  uint32_t next = memory_.head(head_).attributes.load(std::memory_order_acquire);
  for (uint32_t steps = limit(); next != 0; steps--) {
    if (steps == 0 || !memory_.belongs(next - 1, head_)) return false;
    Attribute one{std::pmr::string(memory), {AttributeType::text, std::pmr::string(memory)}};
    const AttributeShm& attribute = memory_.attribute(next - 1);
    if (!read_bytes(next - 1, 0, attribute.name_length, [&one](std::string_view part) { one.name.append(part); }) ||
        !read_value(next - 1, one.value))
      return false;
    into.push_back(std::move(one));
    next = attribute.next.load(std::memory_order_acquire);
  }
  return true;
}

uint32_t AttributeChain::blocks_of(uint32_t block) const {
  const AttributeShm& attribute = memory_.attribute(block);
  return blocks_for(attribute.name_length, attribute.value_length);
}

bool AttributeChain::store(const NewValue& value, const Found* old, uint64_t now_ms) {
  const auto first = heap_.take_any(head_, now_ms);
  if (!first) return false;
  AttributeShm& attribute = memory_.attribute(*first);
  attribute.more.store(0, std::memory_order_relaxed);
  attribute.version = value.version;
  attribute.writer = value.writer;
  attribute.name_length = static_cast<uint16_t>(value.name.size());
  attribute.value_length = static_cast<uint32_t>(value.bytes.size());
  attribute.type = static_cast<uint8_t>(value.type);
  std::string_view rest[] = {value.name, value.bytes};
  const auto fill = [&rest](char* room, size_t size) {
    for (std::string_view& source : rest) {
      const size_t part = std::min(size, source.size());
      if (part > 0) memcpy(room, source.data(), part);
      source.remove_prefix(part);
      room += part;
      size -= part;
    }
  };
  fill(attribute.bytes, AttributeShm::kRoom);
  Word* end = &attribute.more;
  while (!rest[0].empty() || !rest[1].empty()) {
    const auto block = heap_.take_any(head_, now_ms);
    if (!block) {
      give_back_value(*first);
      return false;
    }
    PieceShm& piece = memory_.piece(*block);
    piece.more.store(0, std::memory_order_relaxed);
    fill(piece.bytes, PieceShm::kRoom);
    end->store(*block + 1, std::memory_order_relaxed);
    end = &piece.more;
  }
  Word& link = old ? *old->link : memory_.head(head_).attributes;
  const uint32_t after = old ? memory_.attribute(old->block).next.load(std::memory_order_relaxed)
                             : link.load(std::memory_order_relaxed);
  attribute.next.store(after, std::memory_order_relaxed);
  publish(link, *first + 1);
  if (old) give_back_value(old->block);
  return true;
}

void AttributeChain::remove(const Found& found) {
  publish(*found.link, memory_.attribute(found.block).next.load(std::memory_order_relaxed));
  give_back_value(found.block);
}

// A block that is given back may be somebody else's at once: where it led to is read before.
void AttributeChain::give_back_value(uint32_t block) {
  uint32_t next = block + 1;
  for (bool first = true; next != 0 && memory_.belongs(next - 1, head_); first = false) {
    const uint32_t current = next - 1;
    next = more_of(current, first).load(std::memory_order_relaxed);
    heap_.give_back(current);
  }
}

void AttributeChain::give_back_all() {
  Word& link = memory_.head(head_).attributes;
  uint32_t next = link.load(std::memory_order_acquire);
  publish(link, 0);
  while (next != 0 && memory_.belongs(next - 1, head_)) {
    const uint32_t current = next - 1;
    next = memory_.attribute(current).next.load(std::memory_order_relaxed);
    give_back_value(current);
  }
}

bool AttributeChain::each_block(base::FunctionRef<bool(uint32_t)> visit) const {
  uint32_t steps = limit();
  uint32_t next = memory_.head(head_).attributes.load(std::memory_order_acquire);
  while (next != 0) {
    const uint32_t attribute = next - 1;
    uint32_t expected = 0;
    if (memory_.belongs(attribute, head_)) expected = blocks_of(attribute);
    uint32_t piece = next;
    for (bool first = true; piece != 0; first = false) {
      if (steps-- == 0 || expected-- == 0 || !memory_.belongs(piece - 1, head_) || piece - 1 == head_ ||
          !visit(piece - 1))
        return false;
      piece = more_of(piece - 1, first).load(std::memory_order_relaxed);
    }
    if (expected != 0) return false;
    next = memory_.attribute(attribute).next.load(std::memory_order_acquire);
  }
  return true;
}

}  // namespace navajo::session
