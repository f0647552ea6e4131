#include "navajo/http/hop_by_hop.h"

#include <string>

#include "navajo/http/field_kind.h"
#include "navajo/http/syntax.h"

namespace navajo::http {
namespace {

bool is_option(std::string_view name) {
  return same_name(name, "keep-alive") || same_name(name, "close") || same_name(name, "upgrade");
}

}  // namespace

ConnectionOptions::ConnectionOptions(const Headers& headers) {
  if (!headers.get("Connection")) return;
  headers.for_each([this](std::string_view name, std::string_view value) {
    if (field_kind(name) != FieldKind::connection) return true;
    ListWalker walk(value);
    while (const auto element = walk.next()) {
      if (is_option(*element)) continue;
      if (count_ == kMaxNames) {
        too_many_ = true;
        return false;
      }
      names_[count_++] = *element;
    }
    return true;
  });
}

bool ConnectionOptions::names(std::string_view field) const {
  for (size_t i = 0; i < count_; i++)
    if (same_name(names_[i], field)) return true;
  return false;
}

namespace {

// Without them the rest of the server would see another message: a body that nobody reads becomes the next request.
bool frames_or_routes(std::string_view field) {
  return same_name(field, "Content-Length") || same_name(field, "Transfer-Encoding") || same_name(field, "Host") ||
         same_name(field, "Connection");
}

}  // namespace

bool drop_fields_named_by_connection(Headers& headers) {
  if (!headers.get("Connection")) return true;
  std::array<std::string, ConnectionOptions::kMaxNames> named;
  size_t count = 0;
  std::string options;
  bool too_many = false;
  headers.for_each([&](std::string_view name, std::string_view value) {
    if (field_kind(name) != FieldKind::connection) return true;
    ListWalker walk(value);
    while (const auto element = walk.next()) {
      if (is_option(*element)) {
        if (options.size() < 64) options.append(options.empty() ? "" : ", ").append(*element);
      } else if (frames_or_routes(*element)) {
        continue;
      } else if (count == named.size()) {
        too_many = true;
        return false;
      } else {
        named[count++] = *element;
      }
    }
    return true;
  });
  if (too_many) return false;
  if (count == 0) return true;
  for (size_t i = 0; i < count; i++) headers.remove(named[i]);
  if (options.empty())
    headers.remove("Connection");
  else
    headers.set("Connection", options);
  return true;
}

}  // namespace navajo::http
