// Every servlet of libnavajo, joined to a catalogue by whoever builds a container: mod_navajo and the command line.
// One row per servlet folder (tests/guards/wired checks it).
#pragma once

#include "navajo/container/catalogue.h"

namespace navajo::servlets {

void add_to(container::Catalogue& catalogue);

}  // namespace navajo::servlets
