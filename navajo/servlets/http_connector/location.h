// Redirects of a backend as the client must see them: a Location that points to the backend is made to point to
// this server, so that the client neither learns its name nor fails to reach it.
// Source: RFC 9110 sections 8.7, 10.2.2.
#pragma once

#include <string_view>

#include "navajo/api/request.h"
#include "navajo/servlets/http_connector/settings.h"

namespace navajo::servlets::http_connector {

// value: of Location or Content-Location. sent_host: the Host field the backend was given. Answers value itself when
// there is nothing to change; what is new lives in the request's memory.
std::string_view client_location(std::string_view value, const Settings& settings, api::Request& request,
                                 std::string_view sent_host, const connector::BackendAddress& backend);

// What stands before the path info in the client's URL, encoded; empty for the root. In the request's memory.
std::string_view mapped_prefix(api::Request& request);

}  // namespace navajo::servlets::http_connector
