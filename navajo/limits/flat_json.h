// One JSON object whose values are texts, numbers, true, false or null (RFC 8259): what an API of a few fields takes.
// Nothing nested, no name twice. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"

namespace navajo::limits {

struct JsonField {
  enum class Kind : uint8_t { text, number, boolean, null };
  std::string name;
  std::string value;  // decoded; of a number as it was written; "true" or "false"
  Kind kind = Kind::null;
};

struct FlatJsonError {
  std::string field;  // empty: it is none of one field
  std::string text;
};

base::Result<std::vector<JsonField>, FlatJsonError> read_flat_json(std::string_view text);

}  // namespace navajo::limits
