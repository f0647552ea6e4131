// The memory observer of a configuration, as MemoryObserver of navajo.xml says (container/shared_services.h). Parent,
// while the configuration is read.
#pragma once

#include <memory>

#include "navajo/config/navajo_xml.h"
#include "navajo/limits/memory_observer.h"

namespace navajo::container {

std::shared_ptr<limits::MemoryObserver> make_memory_observer(const config::MemoryObserverElement& element);

}  // namespace navajo::container
