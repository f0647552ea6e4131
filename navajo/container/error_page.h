// The answer of a refused request: the application's own page for the status, else a small page in HTML or, for
// programs, problem+json (RFC 9457). It says status, reason and request id, and never what a backend said. Called on
// the request's fiber or thread, with a response that is not committed; takes its memory from the request.
#pragma once

#include "navajo/api/servlet.h"

namespace navajo::container {

struct ErrorPage;

// Fields the refusing component set and that belong to the refusal (Allow, Retry-After, WWW-Authenticate) stay,
// those that describe another body go. own_page may be null.
void render_error(const api::Outcome& refused, const ErrorPage* own_page, api::Request& request,
                  api::Response& response);

}  // namespace navajo::container
