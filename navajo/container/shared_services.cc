#include "navajo/container/shared_services.h"

#include "navajo/config/navajo_xml.h"
#include "navajo/config/text.h"
#include "navajo/connector/backend_list.h"
#include "navajo/connector/drains.h"
#include "navajo/container/catalogue.h"
#include "navajo/container/event_log_service.h"
#include "navajo/container/file_access.h"
#include "navajo/container/memory_service.h"
#include "navajo/container/routing_service.h"
#include "navajo/container/telemetry_service.h"
#include "navajo/limits/limits.h"
#include "navajo/route/health_checker.h"
#include "navajo/route/router.h"
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
}

void make_rule_stores(SharedServices& services, const config::NavajoXml& navajo, config::Diagnostics& diagnostics) {
  for (const config::RulesElement& element : navajo.service.rules) {
    rules::RuleStoreOptions options;
    options.name = *element.name;
    options.file = *element.file;
    options.memory = *element.memory;
    options.poll = *element.poll;
    const size_t before = diagnostics.count();
    const std::string user = user_of_children(navajo.service.server);
    if (!user.empty() && !may_read(user, options.file))
      diagnostics.notice(element.file.where, observe::id::config_unreadable,
                         "Rules '" + config::printable(options.name) + "': the child processes, user " +
                             config::printable(user) + ", may not read " + config::printable(options.file) +
                             ": once it changes, the rules of before stay");
    if (auto store = rules::RuleStore::open(options, diagnostics))
      services.rule_stores.emplace(options.name, std::move(store));
    else if (diagnostics.count() == before)
      diagnostics.fault(element.where, observe::id::config_component_failed,
                        "Rules '" + config::printable(options.name) + "' cannot be made");
  }
}

// Everything that is started, stopped and reported alike; limits are null after a fault.
template <class Visit>
void for_each_service(const SharedServices& services, Visit visit) {
  if (services.memory) visit(*services.memory);
  if (services.limits) visit(*services.limits);
  for (const auto& [name, log] : services.event_logs) visit(*log);
  for (const auto& [name, store] : services.rule_stores) visit(*store);
  for (const auto& [name, router] : services.routers) visit(*router);
  for (const auto& checker : services.health_checkers) visit(*checker);
  if (services.telemetry) visit(*services.telemetry);
}

// As they are while the configuration is read: whether they are good is for whoever serves them to say.
std::vector<tls::ServedCertificate> read_certificates(const config::ServiceElement& service) {
  std::vector<tls::ServedCertificate> out;
  for (const config::ConnectorElement& connector : service.connectors) {
    if (!connector.ssl) continue;
    for (const config::Directive& directive : connector.ssl->directives)
      if (config::same_word(directive.name, "SSLCertificateFile"))
        out.push_back(tls::read_served_certificate(directive.value, "Connector " + connector.address(), "server"));
  }
  for (const config::TcpConnectorElement& connector : service.tcp_connectors)
    if (!connector.certificate->empty())
      out.push_back(tls::read_served_certificate(*connector.certificate, "TcpConnector " + *connector.name, "server"));
  for (const config::ForwardProxyElement& proxy : service.forward_proxies)
    if (!proxy.ca_certificate->empty())
      out.push_back(tls::read_served_certificate(*proxy.ca_certificate, "ForwardProxy " + *proxy.name, "minting CA"));
  return out;
}

}  // namespace

std::unique_ptr<SharedServices> SharedServices::make(const config::NavajoXml& navajo,
                                                     config::Diagnostics& diagnostics) {
  auto services = std::make_unique<SharedServices>();
  services->user_of_children = container::user_of_children(navajo.service.server);
  services->telemetry = make_telemetry(navajo, services->user_of_children, diagnostics);
  services->memory = make_memory_observer(navajo.service.memory_observer);
  services->limit_fields = *navajo.service.limits.fields;
  services->drains = connector::Drains::open();
  services->limits = make_limits(navajo, diagnostics);
  services->certificates = read_certificates(navajo.service);
  services->event_logs = make_event_logs(navajo.service.event_logs, diagnostics);
  make_rule_stores(*services, navajo, diagnostics);
  services->routers = make_routers(navajo.service.routings, diagnostics);
  services->health_checkers = make_health_checkers(navajo.service.routings, services->routers, diagnostics);
  return services;
}

bool SharedServices::children_may_write(const std::string& path) const { return may_write(user_of_children, path); }

void SharedServices::put_to_work(const rules::EventLogParent& parent) {
  limits->put_to_work();
  limits::Limits::close_unused();
  route::close_unused_routing([this](std::string_view name) { return routers.contains(name); });
  for (const auto& [name, log] : event_logs) log->put_to_work(parent);
  for (const auto& [name, store] : rule_stores) store->put_to_work();
}

void SharedServices::watch() {
  for (const auto& [name, log] : event_logs) log->watch();
}

void SharedServices::start_child() {
  for_each_service(*this, [](auto& service) { service.start_child(); });
}

void SharedServices::drain_child() {
  for (const auto& checker : health_checkers) checker->leave_to_others();
  if (telemetry) telemetry->drain_child();
}

void SharedServices::stop_child() {
  // They write where the routers look.
  for (const auto& checker : health_checkers) checker->stop_child();
  for_each_service(*this, [](auto& service) { service.stop_child(); });
}

void make_drainable(const ComponentContext& context, connector::BackendOptions& options) {
  options.place = {context.host, context.path.empty() ? "/" : context.path, context.name};
  if (context.services) options.drains = context.services->drains;
}

void SharedServices::report(api::StatusWriter& writer) const {
  for_each_service(*this, [&](const auto& service) { service.report(writer); });
}

}  // namespace navajo::container
