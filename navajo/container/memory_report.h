// What the log says of the configuration's shared memory: at start, and every Timer period. Facts:
// nevisproxy-container-servlets.md section 9, nevisproxy-filters-ops.md 6.3. By the parent.
#pragma once

#include <cstdint>
#include <string>

namespace navajo::container {

struct MemoryUse {
  uint64_t configured, used;  // bytes
  uint64_t available() const { return configured > used ? configured - used : 0; }
};

void tell_memory_at_start(const std::string& service, const MemoryUse& memory);
// INFO; NOTICE from 90 %, ERROR from 95 % on.
void tell_memory_in_use(const std::string& service, const MemoryUse& memory);

}  // namespace navajo::container
