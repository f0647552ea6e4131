#include "navajo/cli/admin_token.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdio>

namespace navajo::cli {
namespace {

std::string hex(const unsigned char* bytes, size_t count) {
  std::string out;
  char digits[3];
  for (size_t i = 0; i < count; i++) {
    snprintf(digits, sizeof digits, "%02x", bytes[i]);
    out += digits;
  }
  return out;
}

}  // namespace

base::Result<AdminToken> make_admin_token(const std::string& role, const std::string& name) {
  unsigned char random[32], digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (RAND_bytes(random, sizeof random) != 1) return base::Failed{base::Error{"there is no randomness to be had"}};
  AdminToken out;
  out.token = hex(random, sizeof random);
  if (EVP_Digest(out.token.data(), out.token.size(), digest, &length, EVP_sha256(), nullptr) != 1)
    return base::Failed{base::Error{"SHA-256 cannot be computed"}};
  out.line = role + " " + name + " " + hex(digest, length) + "\n";
  return out;
}

}  // namespace navajo::cli
