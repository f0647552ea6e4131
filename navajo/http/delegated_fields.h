// Fields whose value is the proxy's own word (who the user is): a field that is delegated has exactly one origin, and
// whatever came under its name, in any spelling a backend could take for it, is gone. Any thread.
#pragma once

#include <memory_resource>
#include <string_view>

#include "navajo/http/headers.h"

namespace navajo::http {

// Whether a backend that makes variables of field names (CGI, WSGI, PHP) could take one for the other: case does not
// matter, nor which character stands where there is no letter or digit ("X_User" and "X.User" for "X-User").
bool same_folded_name(std::string_view a, std::string_view b);

// Removes every field of that folded name.
void remove_folded(Headers& fields, std::string_view name, std::pmr::memory_resource& memory);

enum class MessageKind : uint8_t { request, response };
// Null: configuration may set the field. Else why not, to stand behind its name: those of the connection, the framing
// and the routing are made by httpd and the connector.
const char* why_not_delegated(std::string_view name, MessageKind of);

}  // namespace navajo::http
