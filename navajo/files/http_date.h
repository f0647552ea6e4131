// HTTP-date in its preferred form, IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7). The two
// obsolete forms are not understood: a condition that carries one counts as absent. Any thread, no locale.
#pragma once

#include <array>
#include <ctime>
#include <optional>
#include <string_view>

namespace navajo::files {

using HttpDate = std::array<char, 29>;

HttpDate format_http_date(time_t seconds);
std::optional<time_t> parse_http_date(std::string_view text);

}  // namespace navajo::files
