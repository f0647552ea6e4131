// Reads the text of an nginx configuration with what it includes. Format: nginx's manual, "Configuration file's
// structure". One thread.
#pragma once

#include "navajo/cli/migration/source_files.h"

namespace navajo::cli::migration {

// The error begins with FILE:LINE. `include` stands for what it includes, relative to the folder of `path`.
base::Result<std::vector<Directive>> read_nginx(const std::string& path);

}  // namespace navajo::cli::migration
