#include "navajo/cli/init/first_password.h"

#include <crypt.h>
#include <openssl/rand.h>

#include <memory>

namespace navajo::cli::init {
namespace {

// 58 characters that are not taken for one another; bytes from 232 on are drawn again, so that all are equally likely.
constexpr char kAlphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-";
constexpr size_t kLength = 20;
constexpr unsigned long kCost = 12;

}  // namespace

base::Result<FirstPassword> make_first_password() {
  constexpr size_t kLetters = sizeof kAlphabet - 1;
  constexpr unsigned kFair = 256 - 256 % kLetters;
  FirstPassword made;
  while (made.password.size() < kLength) {
    unsigned char byte = 0;
    if (RAND_bytes(&byte, 1) != 1) return base::Failed{base::Error{"no random numbers for a password"}};
    if (byte < kFair) made.password += kAlphabet[byte % kLetters];
  }
  unsigned char seed[16];
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];
  const auto data = std::make_unique<crypt_data>();
  if (RAND_bytes(seed, sizeof seed) != 1 ||
      !crypt_gensalt_rn("$2b$", kCost, reinterpret_cast<const char*>(seed), sizeof seed, setting, sizeof setting))
    return base::Failed{base::Error{"the C library has no bcrypt"}};
  const char* const hash = crypt_r(made.password.c_str(), setting, data.get());
  if (!hash || hash[0] != '$') return base::Failed{base::Error{"the C library has no bcrypt"}};
  made.hash = hash;
  return made;
}

}  // namespace navajo::cli::init
