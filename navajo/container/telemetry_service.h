// Traces and metrics for a collector, as the OpenTelemetry element says (container/shared_services.h). Parent, while
// the configuration is read. Faults go to diagnostics.
#pragma once

#include <memory>
#include <string>

#include "navajo/config/navajo_xml.h"
#include "navajo/telemetry/telemetry.h"

namespace navajo::container {

// Null without the element, or after a fault.
std::shared_ptr<telemetry::Telemetry> make_telemetry(const config::NavajoXml& navajo,
                                                     const std::string& user_of_children,
                                                     config::Diagnostics& diagnostics);

}  // namespace navajo::container
