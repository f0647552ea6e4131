#include "navajo/container/shared_services.h"

#include "navajo/config/navajo_xml.h"
#include "navajo/container/event_log_service.h"
#include "navajo/limits/limits.h"
#include "navajo/config/text.h"
#include "navajo/rules/rule_store.h"

namespace navajo::container {
namespace {

std::shared_ptr<limits::Limits> make_limits(const config::NavajoXml& navajo, config::Diagnostics& diagnostics) {
  const config::LimitsElement& element = navajo.service.limits;
  auto opened = limits::Limits::open({.memory = *element.memory,
                                      .cleanup_interval = *element.cleanup_interval,
                                      .credits_file = *element.credits_file,
                                      .save_interval = *element.save_interval,
                                      .max_sleepers = static_cast<uint32_t>(*element.max_sleepers)});
  if (opened.ok()) return *opened;
  diagnostics.fault(element.where, observe::id::config_memory_exhausted,
                    "there is no shared memory for Limits: " + opened.error().text);
  return nullptr;
void make_rule_stores(SharedServices& services, const config::NavajoXml& navajo, config::Diagnostics& diagnostics) {
  for (const config::RulesElement& element : navajo.service.rules) {
    rules::RuleStoreOptions options;
    options.name = *element.name;
    options.file = *element.file;
    options.memory = *element.memory;
    options.poll = *element.poll;
    const size_t before = diagnostics.count();
    if (auto store = rules::RuleStore::open(options, diagnostics))
      services.rule_stores.emplace(options.name, std::move(store));
    else if (diagnostics.count() == before)
      diagnostics.fault(element.where, observe::id::config_component_failed,
                        "Rules '" + config::printable(options.name) + "' cannot be made");
  }
}

}  // namespace

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
  auto services = std::make_unique<SharedServices>();
  services->limits = make_limits(navajo, diagnostics);
  return services;
}

void SharedServices::put_to_work() {
  limits->put_to_work();
  limits::Limits::close_unused();
}

void SharedServices::start_child() {
  if (limits) limits->start_child();
}

void SharedServices::stop_child() {
  if (limits) limits->stop_child();
}

void SharedServices::report(api::StatusWriter& writer) const {
  if (limits) limits->report(writer);
  auto services = std::make_unique<SharedServices>();
  make_rule_stores(*services, navajo, diagnostics);
  return services;
}

void SharedServices::put_to_work() {
  for (const auto& [name, store] : rule_stores) store->put_to_work();
}

void SharedServices::start_child() {
  for (const auto& [name, store] : rule_stores) store->start_child();
}

void SharedServices::stop_child() {
  for (const auto& [name, store] : rule_stores) store->stop_child();
}

void SharedServices::report(api::StatusWriter& writer) const {
  for (const auto& [name, store] : rule_stores) store->report(writer);
}

}  // namespace navajo::container
