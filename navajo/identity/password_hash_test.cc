#include "navajo/identity/password_hash.h"

#include <string>

#include "CppUTest/TestHarness.h"

using navajo::identity::PasswordHash;

namespace {
// Of "correct horse", cost 10.
const char* const kHash = "$2b$10$R25bxT7i3YeECUhljBrM6.H5SauyiyqXmibYRbWEHEB6x3vZoIAxu";

std::string refusal(const char* text) {
  const auto parsed = PasswordHash::parse(text);
  return parsed.ok() ? "" : parsed.error().text;
}
}  // namespace

TEST_GROUP(PasswordHash){};

TEST(PasswordHash, the_right_password_and_no_other) {
  const auto hash = PasswordHash::parse(kHash);
  CHECK(hash.ok());
  CHECK(hash->verify("correct horse"));
  CHECK_FALSE(hash->verify("correct horsf"));
  CHECK_FALSE(hash->verify(""));
  CHECK_FALSE(hash->verify(std::string_view("correct horse\0x", 15)));
  CHECK_FALSE(hash->verify(std::string(5000, 'a')));
}

TEST(PasswordHash, nobody_knows_the_password_of_nobody) {
  const auto parsed = PasswordHash::parse(PasswordHash::nobody().text());
  CHECK(parsed.ok());
  CHECK_FALSE(PasswordHash::nobody().verify("password"));
}

TEST(PasswordHash, what_nobody_can_verify_or_should_is_refused) {
  STRCMP_CONTAINS("neither bcrypt", refusal("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=").c_str());
  STRCMP_CONTAINS("neither bcrypt", refusal("$apr1$abc$def").c_str());
  STRCMP_CONTAINS("neither bcrypt", refusal("secret").c_str());
  STRCMP_CONTAINS("no whole bcrypt", refusal("$2b$12$tooshort").c_str());
  std::string other = kHash;
  other[4] = '0', other[5] = '4';
  STRCMP_CONTAINS("too cheap", refusal(other.c_str()).c_str());
  other[4] = '1', other[5] = '7';
  STRCMP_CONTAINS("seconds", refusal(other.c_str()).c_str());
}

TEST(PasswordHash, argon2_where_it_was_built_in) {
  const char* const hash = "$argon2id$v=19$m=8192,t=2,p=1$c29tZXNhbHQ$wsgIZtmTpbig+Bpq/hYQwShb19BF4J7v7aZIVnpSuVg";
  if (!PasswordHash::has_argon2()) {
    STRCMP_CONTAINS("without libargon2", refusal(hash).c_str());
    return;
  }
  const auto parsed = PasswordHash::parse(hash);
  CHECK(parsed.ok());
  CHECK(parsed->verify("correct horse"));
  CHECK_FALSE(parsed->verify("correct"));
  STRCMP_CONTAINS("outside", refusal("$argon2id$v=19$m=1048576,t=3,p=4$c2FsdHNhbHQ$aGFzaA").c_str());
}
