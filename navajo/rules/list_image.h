// Lists of values in an image: exact values and endings of hosts (*.example.org) are looked up, other globs are tried
// one after the other, networks are sorted ranges. What a lookup costs does not depend on the list's length, but for
// those globs.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "navajo/base/result.h"
#include "navajo/config/regex.h"
#include "navajo/rules/glob.h"
#include "navajo/rules/image.h"
#include "navajo/rules/image_writer.h"
#include "navajo/rules/rule_file.h"

namespace navajo::rules {

// Of one list; more is a fault.
inline constexpr size_t kMaxListGlobs = 5000;

// The same list means something else for a path: its globs do.
base::Result<ListShm> write_list(const ValueList& list, GlobKind globs, bool ignore_case, ImageWriter& image);

config::SearchResult list_has(const ImageView& image, const ListShm& list, std::string_view value);
bool list_has(const ImageView& image, const ListShm& list, const std::array<uint8_t, 16>& address);

}  // namespace navajo::rules
