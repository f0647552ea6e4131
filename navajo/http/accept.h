// What a client would rather have: the fields Accept and Accept-Language with their weights (RFC 9110 section 12,
// RFC 4647 section 3.4). Pure functions, any thread; a field is read up to a limit, whatever its length.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "navajo/http/headers.h"

namespace navajo::http {

// Whether the client would rather have JSON: it asks by XMLHttpRequest, or Accept prefers it to HTML.
bool prefers_json(const Headers& headers);

// A page can be shown to whoever sent these fields: a browser that goes to a page, not a script of one, and not for a
// picture or a style of one (Fetch Metadata, Sec-Fetch-Mode).
bool can_show_page(const Headers& headers);

// Index of the language ("de", "pt-BR") that suits best; 0 when none does or nothing is said. A range "de-CH" is
// content with "de", and "de" with "de-CH".
size_t preferred_language(std::string_view accept_language, std::span<const std::string_view> offered);

}  // namespace navajo::http
