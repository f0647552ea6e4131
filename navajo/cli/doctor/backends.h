// Whether backends are there: their names, a connection, and TLS with all that is verified. Everything at once, each
// within `patience`; nothing is sent but handshakes.
#pragma once

#include <chrono>
#include <ctime>

#include "navajo/cli/doctor/finding.h"
#include "navajo/cli/inventory/inventory.h"

namespace navajo::cli::doctor {

void look_at_backends(const inventory::Inventory& inventory, std::chrono::milliseconds patience, time_t now,
                      Findings& findings);

}  // namespace navajo::cli::doctor
