#include "navajo/container/shared_services.h"

#include "navajo/config/navajo_xml.h"
#include "navajo/container/event_log_service.h"

namespace navajo::container {

std::unique_ptr<SharedServices> SharedServices::make(const config::NavajoXml& navajo,
                                                     config::Diagnostics& diagnostics) {
  (void)diagnostics;
  auto services = std::make_unique<SharedServices>();
  services->limit_fields = *navajo.service.limits.fields;
  auto services = std::make_unique<SharedServices>();
  services->event_logs = make_event_logs(navajo.service.event_logs, diagnostics);
  return services;
}

void SharedServices::put_to_work(const rules::EventLogParent& parent) {
  for (const auto& [name, log] : event_logs) log->put_to_work(parent);
}

void SharedServices::watch() {
  for (const auto& [name, log] : event_logs) log->watch();
}

void SharedServices::start_child() {
  for (const auto& [name, log] : event_logs) log->start_child();
}

void SharedServices::stop_child() {
  for (const auto& [name, log] : event_logs) log->stop_child();
}

void SharedServices::report(api::StatusWriter& writer) const {
  for (const auto& [name, log] : event_logs) log->report(writer);
}

}  // namespace navajo::container
