// The attributes of one session: a chain of values, each a chain of blocks. A value is never changed in place: the
// new one is built apart, put into the chain by one store, then the old one's blocks are given back. Every function
// is called with the session's stripe locked, by any process. Links are believed only when they lead to a block of
// this session; one that does not is damage, and the caller drops the session.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "navajo/base/function_ref.h"
#include "navajo/session/block_heap.h"
#include "navajo/session/session_store.h"
#include "navajo/session/store_layout.h"

namespace navajo::session {

class AttributeChain {
 public:
  AttributeChain(const StoreMemory& memory, BlockHeap& heap, uint32_t head)
      : memory_(memory), heap_(heap), head_(head) {}

  struct Found {
    uint32_t block;  // of the attribute
    Word* link;      // the word that leads to it
  };
  enum class Search : uint8_t { found, absent, damaged };
  Search find(std::string_view name, Found& found) const;

  // False: damaged.
  bool read_value(uint32_t block, AttributeValue& value) const;
  bool read_all(std::pmr::vector<Attribute>& into) const;

  // Blocks of an attribute of that size.
  static uint32_t blocks_for(size_t name_length, size_t value_length);
  // Blocks of one that is there; 0: damaged.
  uint32_t blocks_of(uint32_t block) const;

  struct NewValue {
    std::string_view name, bytes;
    AttributeType type;
    uint32_t version, writer;
  };
  // Puts it in place of `old` (null: there is none). False: no memory; nothing has changed.
  bool store(const NewValue& value, const Found* old, uint64_t now_ms);
  void remove(const Found& found);
  // Everything, for a session nobody can find any more.
  void give_back_all();

  // Calls visit for every block of every attribute, until it returns false (then the chain is not whole) or a link is
  // bad. True: the chain is whole.
  bool each_block(base::FunctionRef<bool(uint32_t block)> visit) const;

 private:
  // Longest chain there can be: a ring, made by damage, ends here.
  uint32_t limit() const { return memory_.committed() + 1; }
  bool read_bytes(uint32_t block, size_t skip, size_t length, base::FunctionRef<void(std::string_view)> take) const;
  bool name_equals(uint32_t block, std::string_view name) const;
  void give_back_value(uint32_t block);
  Word& more_of(uint32_t block, bool first) const {
    return first ? memory_.attribute(block).more : memory_.piece(block).more;
  }

  const StoreMemory& memory_;
  BlockHeap& heap_;
  uint32_t head_;
};

}  // namespace navajo::session
