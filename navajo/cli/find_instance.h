// Which instance a command is about: the one of --run-dir, of --config, or the only one that runs.
#pragma once

#include <chrono>

#include "navajo/admin/admin_client.h"
#include "navajo/base/result.h"
#include "navajo/cli/arguments.h"
#include "navajo/cli/instance.h"

namespace navajo::cli {

// Where an instance of this configuration belongs: --run-dir, or the first base.
std::string run_directory_for(const Arguments& arguments, const std::string& absolute_config);

base::Result<Instance> find_instance(const Arguments& arguments);

// To the admin socket of the one that is meant, if it runs. Else why not has been told.
base::Result<admin::AdminClient, ExitCode> connect_to_instance(const Arguments& arguments,
                                                               std::chrono::milliseconds patience);

}  // namespace navajo::cli
