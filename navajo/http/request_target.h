// The path that goes to a backend must be the path that was decided on: mappings and filters look at the decoded,
// normalised one, so a spelling that a backend could read as another path is not forwarded as it came.
// Source: RFC 3986 sections 2 and 3.3, RFC 9112 section 3.2.
#pragma once

#include <memory_resource>
#include <optional>
#include <string_view>

namespace navajo::http {

// Starts with "/" (or is "*"), and every byte may stand in a request line: no control byte, space or '#',
// nothing above 0x7e.
bool is_request_target(std::string_view target);

// The end of `encoded` (a percent-encoded path, without query) that spells decoded.substr(tail), if the whole of
// `encoded` says the same path as `decoded`, octet by octet: no dot segment, no empty segment, no encoded slash
// was removed on the way ("%2F" may spell itself: AllowEncodedSlashes NoDecode). None: forward a new spelling.
std::optional<std::string_view> spelling_of_tail(std::string_view encoded, std::string_view decoded, size_t tail);

// A new spelling: prefix + path, percent-encoded, + '?' + query. Bytes that may not stand in a target are encoded in
// the query, too. Lives in memory.
std::string_view encode_target(std::string_view prefix, std::string_view path, std::string_view query,
                               std::pmr::memory_resource& memory);

}  // namespace navajo::http
