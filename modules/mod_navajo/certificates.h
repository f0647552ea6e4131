// Tells the status segment when the certificates of the configuration end: those that connectors serve, and the issuers
// of minted ones. In the parent, in post_config.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"
#include "navajo/observe/status_segment.h"

namespace navajo::glue {

void tell_certificates(apr_pool_t* pool, observe::StatusSegment& segment);

}  // namespace navajo::glue
