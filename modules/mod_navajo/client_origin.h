// NavajoTrustedProxies: who the client is behind other proxies, for everybody: useragent_ip of the request is what
// logs, access rules, filters and the connector see. See navajo/http/proxy_chain.h for how it is found.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {

// Hook post_read_request, after mod_remoteip.
int find_client(request_rec* r);

}  // namespace navajo::glue
