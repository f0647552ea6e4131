// A request's way through httpd's phases into the container: which context it belongs to is decided once
// (translate_name), the directory walk is skipped for such requests only, and the handler runs the chain.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {

int decide_mapping(request_rec* r);          // translate_name
int skip_directory_walk(request_rec* r);     // map_to_storage
int choose_handler(request_rec* r);          // fixups
int handle_request(request_rec* r);          // handler

}  // namespace navajo::glue
