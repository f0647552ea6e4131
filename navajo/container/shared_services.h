// What elements of the Service make for all applications and forward proxies of a configuration: rule stores, limits,
// event logs, the memory observer. Made in the parent while the configuration is read, before the applications, whose
// filters look them up by name in their make(); started and stopped with every child; die with the configuration, after
// the applications.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/tls/served_certificate.h"

namespace navajo::rules {
class RuleStore;
class EventLog;
struct EventLogParent;
}  // namespace navajo::rules

namespace navajo::route {
class HealthChecker;
class Router;
}  // namespace navajo::route

namespace navajo::connector {
class Drains;
struct BackendOptions;
}  // namespace navajo::connector

namespace navajo::limits {
class Limits;
class MemoryObserver;
}  // namespace navajo::limits

namespace navajo::telemetry {
class Telemetry;
}

namespace navajo::config {
struct NavajoXml;
class Diagnostics;
enum class LimitFields : uint8_t;
}  // namespace navajo::config

namespace navajo::container {

struct ComponentContext;

struct SharedServices {
  std::map<std::string, std::shared_ptr<rules::RuleStore>, std::less<>> rule_stores;  // by Rules name
  std::map<std::string, std::shared_ptr<rules::EventLog>, std::less<>> event_logs;    // by EventLog name
  std::map<std::string, std::shared_ptr<route::Router>, std::less<>> routers;         // by Routing name
  std::vector<std::shared_ptr<route::HealthChecker>> health_checkers;                 // one for each router
  std::shared_ptr<limits::Limits> limits;           // never null after make(): without a Limits element its defaults
  config::LimitFields limit_fields{};               // what answers say of rates and credits
  std::shared_ptr<connector::Drains> drains;        // null: there was no memory for them
  std::shared_ptr<limits::MemoryObserver> memory;   // never null after make()
  std::shared_ptr<telemetry::Telemetry> telemetry;  // null without an OpenTelemetry element
  std::vector<tls::ServedCertificate> certificates;  // that listeners serve, or that others are signed with
  std::string user_of_children;                     // empty: who the parent is (container/file_access.h)
  // The file, and beside it.
  bool children_may_write(const std::string& path) const;

  // Faults go to diagnostics.
  static std::unique_ptr<SharedServices> make(const config::NavajoXml& navajo, config::Diagnostics& diagnostics);
  // In the parent, when the configuration is put to work, before it forks.
  void put_to_work(const rules::EventLogParent& parent);
  // In the parent, every ten seconds or so.
  void watch();
  void start_child();
  // When it takes no more connections but has some yet: what one child does for all is for another one to do.
  void drain_child();
  void stop_child();
  void report(api::StatusWriter& writer) const;
};

// For a servlet's make(): operators can take its backends out of service under its name. Nothing in unit tests.
void make_drainable(const ComponentContext& context, connector::BackendOptions& options);

}  // namespace navajo::container
