// A reverse proxy's configuration as one of ours: `navajo import nginx|haproxy|httpd FILE`. The files are only read;
// certificates are named where they are. One thread.
#pragma once

#include <string>

#include "navajo/base/result.h"
#include "navajo/cli/migration/notes.h"
#include "navajo/cli/migration/site.h"

namespace navajo::cli::migration {

using ProxyImporter = base::Status<> (*)(const std::string& file, Site& site, Notes& notes);

// Each in the file of its name. The error begins with FILE:LINE.
base::Status<> import_nginx(const std::string& file, Site& site, Notes& notes);
base::Status<> import_haproxy(const std::string& file, Site& site, Notes& notes);
base::Status<> import_httpd(const std::string& file, Site& site, Notes& notes);

// target: not there, or empty. The result has been checked there.
base::Result<ProxyReport> import_proxy(ProxyImporter importer, const std::string& file, const std::string& target);

}  // namespace navajo::cli::migration
