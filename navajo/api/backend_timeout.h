// How long whoever asks a backend for this request may wait for its answer, in milliseconds, as a request attribute:
// set by elements of the chain (a rule, say), honoured by connectors in place of their own RequestTimeout.
#pragma once

#include <string_view>

namespace navajo::api {

inline constexpr std::string_view kBackendTimeoutAttribute = "navajo.backend.timeout";

}  // namespace navajo::api
