#include "navajo/container/shared_services.h"

#include "navajo/config/navajo_xml.h"
#include "navajo/container/memory_service.h"

namespace navajo::container {

std::unique_ptr<SharedServices> SharedServices::make(const config::NavajoXml& navajo,
                                                     config::Diagnostics& diagnostics) {
  (void)diagnostics;
  auto services = std::make_unique<SharedServices>();
  services->memory = make_memory_observer(navajo.service.memory_observer);
  return services;
}

void SharedServices::start_child() { memory->start_child(); }

void SharedServices::stop_child() { memory->stop_child(); }

void SharedServices::report(api::StatusWriter& writer) const { memory->report(writer); }

}  // namespace navajo::container
