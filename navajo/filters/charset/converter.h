// Text from one character set to another, with '?' for what cannot be said in the other one or is no text at all.
// Over UTF-32, so that a character that does not exist in the target costs exactly itself. One fiber or thread per
// object; the names of character sets are those of iconv(1).
#pragma once

#include <iconv.h>

#include <memory_resource>
#include <string>
#include <string_view>

#include "navajo/base/result.h"

namespace navajo::filters::charset {

class Converter {
 public:
  // The error says which name iconv does not know.
  static base::Result<Converter> open(const std::string& from, const std::string& to);
  Converter(Converter&& other) noexcept;
  Converter& operator=(Converter&& other) noexcept;
  ~Converter();

  void append(std::string_view text, std::pmr::string& out);
  // The names and values of a form or a query, percent-encoded before and after.
  void append_form(std::string_view form, std::pmr::string& out);

 private:
  Converter(iconv_t decoder, iconv_t encoder) : decoder_(decoder), encoder_(encoder) {}
  void encode(const char* wide, size_t bytes, std::pmr::string& out);
  void close();

  iconv_t decoder_, encoder_;  // to and from UTF-32
};

// Whether a client may name this character set: one that web pages use and that keeps no state.
bool is_client_charset(std::string_view name);
// Whether both names mean the same, as far as case, '-' and '_' go.
bool same_charset(std::string_view a, std::string_view b);

}  // namespace navajo::filters::charset
