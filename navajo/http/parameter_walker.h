// A field like `multipart/form-data; boundary="a b"` or `form-data; name=x`: what stands before the first semicolon,
// and the parameters (RFC 9110 section 5.6.6, RFC 6266 section 4.1). Strict: what could be read in two ways is
// malformed.
//
//   ParameterWalker walk(value);  walk.head();
//   while (walk.next()) ... walk.name(), walk.value()
//   if (walk.malformed()) ...
//
// Views of the field, which outlives the walker. One thread.
#pragma once

#include <string_view>

namespace navajo::http {

class ParameterWalker {
 public:
  explicit ParameterWalker(std::string_view field);
  // Trimmed.
  std::string_view head() const { return head_; }
  // False: none is left, or the rest is malformed.
  bool next();
  std::string_view name() const { return name_; }
  // Without its quotes; backslashes inside of quotes stay where they are.
  std::string_view value() const { return value_; }
  bool malformed() const { return malformed_; }

 private:
  bool refuse();

  std::string_view head_, rest_, name_, value_;
  bool malformed_ = false;
};

}  // namespace navajo::http
