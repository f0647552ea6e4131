#include "navajo/files/preconditions.h"

#include <algorithm>
#include <optional>

#include "navajo/http/syntax.h"
#include "navajo/files/http_date.h"

namespace navajo::files {
namespace {

enum class Comparison { weak, strong };

bool lists_etag(std::string_view list, std::string_view etag, Comparison comparison) {
  http::ListWalker walk(list);  // our tags hold no comma: a foreign one that does cannot be taken for ours
  while (const auto element = walk.next()) {
    if (*element == "*") return true;
    std::string_view tag = *element;
    const bool weak = tag.substr(0, 2) == "W/";
    if (weak) tag.remove_prefix(2);
    if (tag == etag && (!weak || comparison == Comparison::weak)) return true;
  }
  return false;
}

std::optional<time_t> date(const http::Headers& fields, std::string_view name) {
  const auto value = fields.get(name);
  return value ? parse_http_date(http::trim(*value)) : std::nullopt;
}

bool if_range_holds(const http::Headers& fields, const Validators& file) {
  const auto value = fields.get("If-Range");
  if (!value) return true;
  const std::string_view validator = http::trim(*value);
  if (!validator.empty() && validator[0] == '"') return validator == file.etag;
  // Two changes within one second have the same date: only one that is old enough says that nothing changed.
  return parse_http_date(validator) == file.modified && time(nullptr) - file.modified > 60;
}

}  // namespace

Precondition check_preconditions(const http::Headers& fields, const Validators& file) {
  if (const auto match = fields.get("If-Match")) {
    if (!lists_etag(*match, file.etag, Comparison::strong)) return Precondition::failed;
  } else if (const auto since = date(fields, "If-Unmodified-Since")) {
    if (file.modified > *since) return Precondition::failed;
  }
  if (const auto none = fields.get("If-None-Match")) {
    if (lists_etag(*none, file.etag, Comparison::weak)) return Precondition::not_modified;
  } else if (const auto since = date(fields, "If-Modified-Since")) {
    if (file.modified <= *since) return Precondition::not_modified;
  }
  return Precondition::met;
}

ByteRange requested_range(const http::Headers& fields, const Validators& file, uint64_t size) {
  const ByteRange whole{RangeKind::whole, 0, size};
  const auto field = fields.get("Range");
  if (!field || !if_range_holds(fields, file)) return whole;
  std::string_view range = http::trim(*field);
  if (range.substr(0, 6) != "bytes=") return whole;
  range = http::trim(range.substr(6));
  const size_t dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return whole;
  const std::string_view from = http::trim(range.substr(0, dash)), to = http::trim(range.substr(dash + 1));
  const auto first = http::parse_decimal(from), last = http::parse_decimal(to);
  if ((!from.empty() && !first) || (!to.empty() && !last) || (!first && !last) || (first && last && *first > *last))
    return whole;
  const ByteRange unsatisfiable{RangeKind::unsatisfiable, 0, 0};
  if (!first) {
    if (*last == 0 || size == 0) return unsatisfiable;
    const uint64_t length = std::min(*last, size);
    return {RangeKind::part, size - length, length};
  }
  if (*first >= size) return unsatisfiable;
  const uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return {RangeKind::part, *first, end - *first + 1};
}

}  // namespace navajo::files
