// Reads the text of an httpd configuration with what it includes; what Define has defined is put in its place. Names
// are in small letters, of sections without brackets. Format: httpd's manual, "Configuration Files". One thread.
#pragma once

#include "navajo/cli/migration/source_files.h"

namespace navajo::cli::migration {

// The error begins with FILE:LINE. Includes are relative to ServerRoot, else to the folder of `path`.
base::Result<std::vector<Directive>> read_httpd(const std::string& path);

}  // namespace navajo::cli::migration
