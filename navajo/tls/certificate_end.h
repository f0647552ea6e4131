// When a certificate in a PEM file ends, for metrics. Called in the parent, when a configuration is put to work.
#pragma once

#include <cstdint>
#include <string>

#include "navajo/base/result.h"

namespace navajo::tls {

// Seconds since 1970 of the first certificate in the file: the one that is served, its issuers come behind it.
base::Result<int64_t> certificate_end(const std::string& path);

}  // namespace navajo::tls
