// JSON (RFC 8259) into a string, in one pass. Commas and escapes are done here; the caller keeps begin and
// end in balance. Bytes that are not UTF-8 come out as U+FFFD, so the result always parses. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "navajo/base/function_ref.h"

namespace navajo::observe {

// Any bytes as the inside of a JSON string, piece by piece: runs that stand for themselves, which are whole UTF-8
// sequences, and escapes. Escaped is whatever could end a line, the string, or say something to a terminal: control
// characters (C0, DEL and C1) and the line and paragraph separators. What is no UTF-8 is \ufffd, byte for byte. `put`
// answers false when it wants no more.
void json_escaped(std::string_view text, base::FunctionRef<bool(std::string_view piece)> put);

class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& text(std::string_view value);
  JsonWriter& integer(int64_t value);
  JsonWriter& natural(uint64_t value);
  JsonWriter& number(double value);  // null when it is not finite
  JsonWriter& boolean(bool value);

  const std::string& str() const { return out_; }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  void quote(std::string_view text);

  std::string out_;
  bool first_ = true;
  bool after_key_ = false;
};

}  // namespace navajo::observe
