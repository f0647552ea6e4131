// What a configuration names, looked at where it is: ports, certificates and keys, files with secrets, databases.
#pragma once

#include <ctime>

#include "navajo/cli/doctor/finding.h"
#include "navajo/cli/inventory/inventory.h"

namespace navajo::cli::doctor {

// running: whether the instance of this configuration serves now, so that its ports are to be taken.
void look_at_ports(const inventory::Inventory& inventory, bool running, Findings& findings);
void look_at_certificates(const inventory::Inventory& inventory, time_t now, Findings& findings);
// Who may read what is secret; whether databases can be read, and are ones.
void look_at_files(const inventory::Inventory& inventory, time_t now, Findings& findings);

}  // namespace navajo::cli::doctor
