#include "navajo/container/shared_services.h"

#include "navajo/config/navajo_xml.h"
#include "navajo/config/text.h"
#include "navajo/rules/rule_store.h"

namespace navajo::container {
namespace {

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
