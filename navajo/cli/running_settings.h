// The settings a running instance was given, kept in its run directory: what `navajo diff` compares with. Written when
// it is started and reloaded by navajo; no secrets in it, and for its owner alone.
#pragma once

#include <vector>

#include "navajo/cli/configuration.h"
#include "navajo/cli/effective/settings.h"
#include "navajo/cli/instance.h"

namespace navajo::cli {

void remember_settings(const Instance& instance, const Configuration& configuration);
base::Result<std::vector<effective::Setting>> remembered_settings(const Instance& instance);

}  // namespace navajo::cli
