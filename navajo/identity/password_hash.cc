#include "navajo/identity/password_hash.h"

#include <crypt.h>
#include <openssl/crypto.h>

#include <charconv>
#include <cstring>
#include <memory>

#include "navajo/base/build_config.h"
#if NAVAJO_HAVE_ARGON2
#include <argon2.h>
#endif

namespace navajo::identity {
namespace {

// Each step of bcrypt doubles its time: 10 is about 50 ms, 14 about a second.
constexpr unsigned kLeastCost = 10, kMostCost = 14;
constexpr size_t kBcryptLength = 60;
// Of argon2: KiB and passes.
constexpr unsigned kLeastMemory = 8 * 1024, kMostMemory = 256 * 1024, kMostPasses = 16;
constexpr size_t kLongestPassword = 1024;

bool is_bcrypt_text(std::string_view text) {
  for (const char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '/'))
      return false;
  return true;
}

// The number behind "m=" of "$argon2id$v=19$m=65536,t=3,p=4$...".
bool argon2_number(std::string_view text, std::string_view key, unsigned& into) {
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return false;
  const char* const begin = text.data() + at + key.size();
  return std::from_chars(begin, text.data() + text.size(), into).ec == std::errc();
}

base::Error problem(const char* text) { return base::Error{text}; }

}  // namespace

bool PasswordHash::has_argon2() { return NAVAJO_HAVE_ARGON2; }

base::Result<PasswordHash> PasswordHash::parse(std::string_view text) {
  if (text.starts_with("$2b$") || text.starts_with("$2y$") || text.starts_with("$2a$")) {
    unsigned cost = 0;
    if (text.size() != kBcryptLength || text[6] != '$' || !is_bcrypt_text(text.substr(7)) ||
        std::from_chars(text.data() + 4, text.data() + 6, cost).ptr != text.data() + 6)
      return base::Failed{problem("is no whole bcrypt hash")};
    if (cost < kLeastCost) return base::Failed{problem("is a bcrypt hash of a cost below 10, too cheap to guess")};
    if (cost > kMostCost)
      return base::Failed{problem("is a bcrypt hash of a cost above 14, each login would take seconds")};
    return PasswordHash(Kind::bcrypt, text);
  }
  if (text.starts_with("$argon2")) {
    if (!has_argon2()) return base::Failed{problem("is an argon2 hash, and this Navajo was built without libargon2")};
    unsigned memory = 0, passes = 0;
    if (!argon2_number(text, "m=", memory) || !argon2_number(text, "t=", passes) ||
        !(text.starts_with("$argon2id$") || text.starts_with("$argon2i$")))
      return base::Failed{problem("is no whole argon2id or argon2i hash")};
    if (memory < kLeastMemory || memory > kMostMemory || passes == 0 || passes > kMostPasses)
      return base::Failed{problem("is an argon2 hash outside 8 to 256 MB and 1 to 16 passes")};
    return PasswordHash(Kind::argon2, text);
  }
  return base::Failed{
      problem("is neither bcrypt (\"$2b$\") nor argon2 (\"$argon2id$\"): `htpasswd -nBC 12 USER` makes one")};
}

PasswordHash PasswordHash::nobody() {
  // Any salt; the odds that a password has this digest are those of guessing a key.
  return PasswordHash(Kind::bcrypt, "$2b$12$wqdq5c9EjBGuqEXPm/4n/uw2PBNsO7hGPllGi0Nkkm7jaRczwdGGi");
}

bool PasswordHash::verify(std::string_view password) const {
  // bcrypt itself ends at a NUL byte: "a\0b" must not pass for "a".
  if (password.size() > kLongestPassword || password.find('\0') != std::string_view::npos) return false;
  const std::string terminated(password);
#if NAVAJO_HAVE_ARGON2
  if (kind_ == Kind::argon2) {
    const argon2_type type = text_.starts_with("$argon2id$") ? Argon2_id : Argon2_i;
    return argon2_verify(text_.c_str(), terminated.data(), terminated.size(), type) == ARGON2_OK;
  }
#endif
  const auto data = std::make_unique<crypt_data>();
  const char* made = crypt_r(terminated.c_str(), text_.c_str(), data.get());
  return made && strlen(made) == text_.size() && CRYPTO_memcmp(made, text_.data(), text_.size()) == 0;
}

}  // namespace navajo::identity
