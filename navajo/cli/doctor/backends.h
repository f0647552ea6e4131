// Whether backends are there: their names, a connection, TLS with all that is verified, and whether their clocks go as
// ours does: those that speak HTTP are sent one `HEAD /`, whose answer's Date is looked at. Everything at once, each
// within `patience`.
#pragma once

#include <chrono>
#include <ctime>
#include <string>
#include <string_view>

#include "navajo/cli/doctor/finding.h"
#include "navajo/cli/inventory/inventory.h"

namespace navajo::cli::doctor {

// What the head of an answer says of the clock of who sent it; now: when it came.
void judge_date(const std::string& name, std::string_view head, time_t now, Findings& findings);

void look_at_backends(const inventory::Inventory& inventory, std::chrono::milliseconds patience, time_t now,
                      Findings& findings);

}  // namespace navajo::cli::doctor
