// A token for the admin API and the console: 256 random bits, of which TokenFile has the SHA-256 alone. Values.
#pragma once

#include <string>

#include "navajo/base/result.h"

namespace navajo::cli {

struct AdminToken {
  std::string token;  // shown once
  std::string line;   // of TokenFile, with its newline
};

base::Result<AdminToken> make_admin_token(const std::string& role, const std::string& name);

}  // namespace navajo::cli
