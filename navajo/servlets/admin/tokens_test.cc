#include "navajo/servlets/admin/tokens.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "navajo/base/clock.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::servlets::admin;

namespace {

// Of "secret".
constexpr char kSecretDigest[] = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

}  // namespace

TEST_GROUP(AdminTokens) {
  config::Diagnostics faults;
  std::string path = (std::filesystem::temp_directory_path() / ("tokens-" + std::to_string(getpid()))).string();

  void teardown() override { unlink(path.c_str()); }
  Tokens parsed(const std::string& text) {
    faults = {};
    return parse_tokens(text, "tokens.txt", faults);
  }
  void refuses(const std::string& text, const char* why) {
    parsed(text);
    CHECK_FALSE(faults.ok());
    STRCMP_CONTAINS(why, faults.faults()[0].line().c_str());
    CHECK_TRUE(faults.faults()[0].line().find("secret") == std::string::npos);
  }
  void write(const std::string& text, mode_t mode) {
    FILE* file = fopen(path.c_str(), "w");
    fputs(text.c_str(), file);
    fclose(file);
    chmod(path.c_str(), mode);
  }
};

TEST(AdminTokens, are_a_role_a_name_and_a_digest) {
  const Tokens tokens = parsed(std::string("# who\n\n  operator  anna@example.org\t") + kSecretDigest + "\r\n");
  LONGS_EQUAL(1, tokens.size());
  CHECK_TRUE(tokens[0].role == Role::operator_);
  STRCMP_EQUAL("anna@example.org", tokens[0].name.c_str());
  POINTERS_EQUAL(&tokens[0], find_token(tokens, "secret"));
  POINTERS_EQUAL(nullptr, find_token(tokens, "Secret"));
  POINTERS_EQUAL(nullptr, find_token(tokens, ""));
}

TEST(AdminTokens, with_faults_are_told_without_repeating_them) {
  refuses("admin anna secret\n", "tokens.txt:1:1");
  refuses("admin anna secret\n", "no SHA-256 in the third place");
  refuses("\nroot secret 00\n", "tokens.txt:2:1");
  refuses("admin secret\n", "three words");
  refuses(std::string("admin a/secret ") + kSecretDigest + "\n", "no name");
  refuses("# nobody\n", "has no token");
}

TEST(AdminTokens, are_taken_of_no_file_that_others_can_write) {
  const std::string text = std::string("viewer v ") + kSecretDigest + "\n";
  for (const mode_t mode : {0602, 0666, 0642}) {
    write(text, mode);
    config::Diagnostics wrong;
    const TokenFile file(path, {}, wrong);
    CHECK_FALSE(wrong.ok());
  }
  for (const mode_t mode : {0600, 0640, 0400, 0644}) {
    write(text, mode);
    config::Diagnostics none;
    TokenFile file(path, {}, none);
    CHECK_TRUE(none.ok());
    LONGS_EQUAL(1, file.tokens(base::system_clock().now())->size());
  }
}

TEST(AdminTokens, are_read_again_when_the_file_has_changed_and_kept_when_it_is_wrong) {
  base::ManualClock clock;
  write(std::string("viewer v ") + kSecretDigest + "\n", 0600);
  TokenFile file(path, {}, faults);
  write(std::string("viewer v ") + kSecretDigest + "\nadmin a " + kSecretDigest + "\n", 0600);
  clock.advance(std::chrono::seconds(2));
  LONGS_EQUAL(2, file.tokens(clock.now())->size());
  write("nonsense that is longer\n", 0600);
  clock.advance(std::chrono::seconds(2));
  LONGS_EQUAL(2, file.tokens(clock.now())->size());
}
