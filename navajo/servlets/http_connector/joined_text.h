// Parts of text, one behind the other, in memory that goes with the request.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <memory_resource>
#include <string_view>

namespace navajo::servlets::http_connector {

inline std::string_view joined(std::initializer_list<std::string_view> parts, std::pmr::memory_resource& memory) {
  size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  if (size == 0) return {};
  char* start = static_cast<char*>(memory.allocate(size, 1));
  char* out = start;
  for (const std::string_view part : parts) out = std::copy(part.begin(), part.end(), out);
  return {start, size};
}

}  // namespace navajo::servlets::http_connector
