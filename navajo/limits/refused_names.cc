#include "navajo/limits/refused_names.h"

#include <cstring>

#include "navajo/limits/way_mark.h"

namespace navajo::limits {

void RefusedNames::put(uint64_t id, std::string_view name) {
  auto& entry = layout_.entries[id % kNames];
  uint64_t there = entry.id.load(std::memory_order_acquire);
  // Somebody else is writing: this one is named when it is refused again.
  if (there == id || (there != 0 && !is_key(there))) return;
  if (!entry.id.compare_exchange_strong(there, own_mark())) return;
  char text[kWords * 8] = {};
  name.copy(text, sizeof text);
  for (size_t i = 0; i < kWords; i++) {
    uint64_t part = 0;
    memcpy(&part, text + i * 8, 8);
    entry.text[i].store(part);
  }
  entry.id.store(id);
}

std::string RefusedNames::get(uint64_t id) const {
  const auto& entry = layout_.entries[id % kNames];
  if (id == 0 || entry.id.load() != id) return {};
  char text[kWords * 8];
  for (size_t i = 0; i < kWords; i++) {
    const uint64_t part = entry.text[i].load();
    memcpy(text + i * 8, &part, 8);
  }
  if (entry.id.load() != id) return {};
  return {text, strnlen(text, sizeof text)};
}

void RefusedNames::repair() {
  for (auto& entry : layout_.entries)
    if (uint64_t there = entry.id.load(); there != 0 && !is_key(there) && !taker_lives(there))
      entry.id.compare_exchange_strong(there, 0);
}

}  // namespace navajo::limits
