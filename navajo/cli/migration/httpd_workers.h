// Workers of httpd's mod_proxy as backends of a connector: URLs, their parameters, and balancers. For httpd.cc.
#pragma once

#include <string>

#include "navajo/cli/migration/site.h"

namespace navajo::cli::migration {

// False: of a scheme that connectors do not speak, with TLS where others are without, or no address.
bool take_httpd_server(const std::string& scheme, const std::string& place, Route& route, bool spare = false);
// "timeout=5"
void take_httpd_param(const Directive& d, const std::string& word, Route& route, Notes& notes);
// <Proxy balancer://name>
void take_httpd_balancer(const Directive& block, Route& route, Notes& notes);

}  // namespace navajo::cli::migration
