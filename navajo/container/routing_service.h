// The routers of a configuration, as its Routing elements say (container/shared_services.h). Parent, while the
// configuration is read.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "navajo/config/navajo_xml.h"
#include "navajo/route/health_checker.h"
#include "navajo/route/router.h"

namespace navajo::container {

std::map<std::string, std::shared_ptr<route::Router>, std::less<>> make_routers(
    const std::vector<config::RoutingElement>& elements, config::Diagnostics& diagnostics);
// One for each router, also without a HealthCheck: rows may have checks of their own.
std::vector<std::shared_ptr<route::HealthChecker>> make_health_checkers(
    const std::vector<config::RoutingElement>& elements,
    const std::map<std::string, std::shared_ptr<route::Router>, std::less<>>& routers,
    config::Diagnostics& diagnostics);

}  // namespace navajo::container
