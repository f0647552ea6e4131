#include "navajo/container/shared_services.h"

#include "navajo/config/navajo_xml.h"

namespace navajo::container {

std::unique_ptr<SharedServices> SharedServices::make(const config::NavajoXml& navajo,
                                                     config::Diagnostics& diagnostics) {
  (void)diagnostics;
  auto services = std::make_unique<SharedServices>();
  services->limit_fields = *navajo.service.limits.fields;
  return services;
}

void SharedServices::start_child() {}

void SharedServices::stop_child() {}

void SharedServices::report(api::StatusWriter& writer) const { (void)writer; }

}  // namespace navajo::container
