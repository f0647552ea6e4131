// Trailer fields: what may stand behind a body, and the lines a ChunkedDecoder has kept.
// A recipient may take a trailer field for a header field, so none passes that frames, routes, selects, authenticates
// or controls the message, describes its content, or is one the proxy makes (in any spelling: '_' counts as '-').
// Source: RFC 9110 section 6.5.
#pragma once

#include <string_view>

#include "navajo/http/headers.h"

namespace navajo::http {

bool may_follow_body(std::string_view name);

// The fields of "Name: value\r\n" lines that a ChunkedDecoder has checked, with trimmed values.
void for_each_trailer(std::string_view lines, Headers::Visitor visit);

// The client says "TE: trailers".
bool accepts_trailers(const Headers& request);

}  // namespace navajo::http
