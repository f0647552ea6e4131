// Queries and form bodies as text: parameters whose names are delegated are cut out, all else stays byte for byte.
#pragma once

#include <memory_resource>
#include <string>
#include <string_view>

#include "navajo/base/function_ref.h"

namespace navajo::filters::delegation {

// Whether a backend could take the client's parameter for the delegated one: as fields (http/delegated_fields.h), and
// PHP also drops blanks in front and makes an array of "name[x]". sent: decoded.
bool same_parameter(std::string_view sent, std::string_view delegated);

// Appends text without the pairs whose decoded name drops() answers true for. Pairs end at '&', and for backends that
// know no better at ';' as well. Whether one was left out.
bool append_without(std::string_view text, base::FunctionRef<bool(std::string_view name)> drops, std::pmr::string& out,
                    std::pmr::memory_resource& memory);

}  // namespace navajo::filters::delegation
