// One stored password hash: bcrypt ("$2b$12$..."), or argon2 ("$argon2id$...") where it is built in. Checked when
// read, so that a hash nobody can verify, or one that would cost a minute, is a fault of the file and not of a login.
// Immutable; any thread. Sources: crypt(5) of libxcrypt; the argon2 reference's encoded form.
#pragma once

#include <string>
#include <string_view>

#include "navajo/base/result.h"

namespace navajo::identity {

class PasswordHash {
 public:
  // The error says why, in words for a fault's line.
  static base::Result<PasswordHash> parse(std::string_view text);
  // A hash that no password has, with the cost of a good one: to spend the same time on a user who does not exist.
  static PasswordHash nobody();

  // Takes 50 to 300 ms of a processor: never on a reactor (reactor/offload.h).
  bool verify(std::string_view password) const;
  const std::string& text() const { return text_; }

  static bool has_argon2();

 private:
  enum class Kind : unsigned char { bcrypt, argon2 };
  PasswordHash(Kind kind, std::string_view text) : kind_(kind), text_(text) {}
  Kind kind_;
  std::string text_;
};

}  // namespace navajo::identity
