// How a delegated value is written where it goes: none, base64, url, utf8->latin1. A value that cannot be written so,
// or holds a control character (which only base64 can carry), is not written at all: half a value may mean something
// else.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>

namespace navajo::filters::delegation {

enum class Encoding : uint8_t { none, base64, url, latin1 };

// By the word in a rule.
std::optional<Encoding> encoding_of(std::string_view word);

void append_base64(std::string_view bytes, std::pmr::string& out);
// False: what is in out by then is of no use.
[[nodiscard]] bool append_encoded(std::string_view value, Encoding encoding, std::pmr::string& out);

}  // namespace navajo::filters::delegation
