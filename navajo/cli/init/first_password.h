// The password of the user `navajo init --login` makes: random, shown once, kept as a bcrypt hash.
#pragma once

#include <string>

#include "navajo/base/result.h"

namespace navajo::cli::init {

struct FirstPassword {
  std::string password;  // 20 characters, about 117 bits
  std::string hash;      // "$2b$12$..."
};

// Takes some 250 ms of a processor.
base::Result<FirstPassword> make_first_password();

}  // namespace navajo::cli::init
