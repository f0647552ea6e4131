#include "navajo/container/memory_service.h"

namespace navajo::container {

std::shared_ptr<limits::MemoryObserver> make_memory_observer(const config::MemoryObserverElement& element) {
  limits::MemoryObserverOptions options;
  options.process_high = *element.process_high;
  options.process_critical = *element.process_critical;
  options.process_replace = *element.process_replace;
  options.group_high = *element.group_high;
  options.group_critical = *element.group_critical;
  options.interval = *element.interval;
  options.large_body = *element.large_body;
  options.max_large_bodies = static_cast<uint32_t>(*element.max_large_bodies);
  options.large_body_wait = *element.large_body_wait;
  return limits::MemoryObserver::make(options);
}

}  // namespace navajo::container
