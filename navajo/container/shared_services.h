// What elements of the Service make for all applications and forward proxies of a configuration: rule stores, limits,
// event logs, the memory observer. Made in the parent while the configuration is read, before the applications, whose
// filters look them up by name in their make(); started and stopped with every child; die with the configuration, after
// the applications.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "navajo/api/servlet.h"

namespace navajo::rules {
class RuleStore;
class EventLog;
}  // namespace navajo::rules

namespace navajo::limits {
class Limits;
class MemoryObserver;
}  // namespace navajo::limits

namespace navajo::config {
struct NavajoXml;
class Diagnostics;
}  // namespace navajo::config

namespace navajo::container {

struct SharedServices {
  std::map<std::string, std::shared_ptr<rules::RuleStore>, std::less<>> rule_stores;  // by Rules name
  std::map<std::string, std::shared_ptr<rules::EventLog>, std::less<>> event_logs;    // by EventLog name
  std::shared_ptr<limits::Limits> limits;          // never null after make(): without a Limits element its defaults
  std::shared_ptr<limits::MemoryObserver> memory;  // never null after make()

  // Faults go to diagnostics.
  static std::unique_ptr<SharedServices> make(const config::NavajoXml& navajo, config::Diagnostics& diagnostics);
  // In the parent, when the configuration is good, before children are forked.
  void put_to_work();
  void start_child();
  void stop_child();
  void report(api::StatusWriter& writer) const;
};

}  // namespace navajo::container
