// A certificate that a new server can begin with: signed by itself, for the names it is reached by. OpenSSL's random
// numbers, CPU only.
#pragma once

#include <ctime>
#include <string>
#include <vector>

#include "navajo/base/result.h"

namespace navajo::cli::init {

struct SelfSigned {
  std::string certificate_pem;
  std::string key_pem;  // the owner overwrites it: OPENSSL_cleanse()
};

// names: DNS names and addresses, each judged before; the first one is the subject.
base::Result<SelfSigned> make_self_signed(const std::vector<std::string>& names, unsigned days, time_t now);

}  // namespace navajo::cli::init
