// The event logs of a configuration, as its EventLog elements say (container/shared_services.h). Parent, while the
// configuration is read. Faults go to diagnostics.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "navajo/config/navajo_xml.h"
#include "navajo/rules/event_log.h"

namespace navajo::container {

std::map<std::string, std::shared_ptr<rules::EventLog>, std::less<>> make_event_logs(
    const std::vector<config::EventLogElement>& elements, config::Diagnostics& diagnostics);

}  // namespace navajo::container
