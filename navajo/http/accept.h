// What a client would rather have, by its Accept field (RFC 9110 section 12.5.1). Any thread.
#pragma once

#include "navajo/http/headers.h"

namespace navajo::http {

// JSON rather than HTML: the client asks by XMLHttpRequest, or Accept says so.
bool prefers_json(const Headers& headers);

// A page can be shown to whoever sent these fields: a browser that goes to a page, not a script of one, and not for a
// picture or a style of one (Fetch Metadata, Sec-Fetch-Mode).
bool can_show_page(const Headers& headers);

}  // namespace navajo::http
