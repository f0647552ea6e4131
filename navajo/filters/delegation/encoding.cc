#include "navajo/filters/delegation/encoding.h"

#include "navajo/http/form.h"
#include "navajo/http/syntax.h"

namespace navajo::filters::delegation {
namespace {

// UTF-8 of U+0000 to U+00FF only, in its shortest form.
bool append_latin1(std::string_view text, std::pmr::string& out) {
  for (size_t i = 0; i < text.size(); i++) {
    const unsigned char byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      out += text[i];
      continue;
    }
    const unsigned char next = i + 1 < text.size() ? static_cast<unsigned char>(text[++i]) : 0;
    if ((byte != 0xc2 && byte != 0xc3) || (next & 0xc0) != 0x80) return false;
    out += static_cast<char>((byte & 3) << 6 | (next & 0x3f));
  }
  return true;
}

}  // namespace

std::optional<Encoding> encoding_of(std::string_view word) {
  if (word == "none") return Encoding::none;
  if (word == "base64") return Encoding::base64;
  if (word == "url") return Encoding::url;
  if (word == "utf8->latin1") return Encoding::latin1;
  return std::nullopt;
}

void append_base64(std::string_view bytes, std::pmr::string& out) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = [&](size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned three = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    out += kDigits[three >> 18];
    out += kDigits[three >> 12 & 63];
    out += i + 1 < bytes.size() ? kDigits[three >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kDigits[three & 63] : '=';
  }
}

bool append_encoded(std::string_view value, Encoding encoding, std::pmr::string& out) {
  if (encoding == Encoding::base64) {
    append_base64(value, out);
    return true;
  }
  if (!http::is_field_value(value)) return false;
  switch (encoding) {
    case Encoding::none: out += value; return true;
    case Encoding::url: http::form_encode(value, out); return true;
    default: return append_latin1(value, out);
  }
}

}  // namespace navajo::filters::delegation
