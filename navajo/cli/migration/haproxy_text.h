// Reads the text of an HAProxy configuration: a directive with a block for each section, one in it for each line.
// Format: HAProxy's configuration manual, section 2. One thread.
#pragma once

#include "navajo/cli/migration/source_files.h"

namespace navajo::cli::migration {

// The error begins with FILE:LINE.
base::Result<std::vector<Directive>> read_haproxy(const std::string& path);

}  // namespace navajo::cli::migration
