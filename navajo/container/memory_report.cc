#include "navajo/container/memory_report.h"

#include <cinttypes>

#include "navajo/observe/log.h"

namespace navajo::container {

void tell_memory_at_start(const std::string& service, const MemoryUse& memory) {
  observe::log(observe::id::memory_at_start,
               "Service '%s' memory configured %" PRIu64 " used %" PRIu64 " available %" PRIu64, service.c_str(),
               memory.configured, memory.used, memory.available());
}

void tell_memory_in_use(const std::string& service, const MemoryUse& memory) {
  const uint64_t percent = memory.configured ? memory.used * 100 / memory.configured : 100;
  const observe::LogId id = percent >= 95   ? observe::id::memory_used_up
                            : percent >= 90 ? observe::id::memory_nearly_used
                                            : observe::id::memory_in_use;
  observe::log(id,
               "Service '%s' memory configured %" PRIu64 " used %" PRIu64 " (%" PRIu64 "%%) available %" PRIu64 "%s",
               service.c_str(), memory.configured, memory.used, percent, memory.available(),
               percent >= 95 ? ": set Core memorySize higher [NVSV,0070]" : "");
}

}  // namespace navajo::container
