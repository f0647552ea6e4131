#include "navajo/rules/redaction.h"

#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo::rules;

namespace {

Redaction with(const RedactionOptions& options = {}) {
  auto made = Redaction::make(options);
  CHECK(made.ok());
  return std::move(*made);
}

std::string scrub(const Redaction& redaction, std::string_view value) {
  std::pmr::string out;
  redaction.append(value, out);
  return std::string(out);
}

// Made before the tests, which look for leaks.
const Redaction kDefault = std::move(*Redaction::make({}));

std::string scrub(std::string_view value) { return scrub(kDefault, value); }

// The secret in each of these is the word hunter2, or begins with it.
constexpr std::string_view kWithASecret[] = {
    "/login?user=anna&password=hunter2&next=/",
    "/login?passwd=hunter2",
    "user=anna&pass=hunter2",
    "pwd=hunter2;x=1",
    "/a?access_token=hunter2abc#x",
    "/a?user_password_confirmation=hunter2",
    "user[password]=hunter2",
    "user%5Bpassword%5D=hunter2",
    "/sso?next=%2Fa%3Fpassword%3Dhunter2%26b%3D1",
    "/maps?key=hunter2abcdef",
    "/cb?code=hunter2&state=xyz",
    "/s3/x?X-Amz-Algorithm=A&X-Amz-Credential=hunter2%2F2026&X-Amz-Date=1",
    "/s3/x?X-Amz-Signature=hunter2",
    "/blob?sv=2024&sig=hunter2%3D&se=1",
    "/x;jsessionid=hunter2?a=b",
    "PHPSESSID=hunter2",
    "SAMLResponse=hunter2%2Babc&RelayState=x",
    R"({"user":"anna","password":"hunter2"})",
    R"({"password" : "hunter2 with blanks, and a comma"})",
    R"({"password":"a\"hunter2"})",
    R"({"password":"hunter2)",  // the record has only the first bytes of a body
    R"({"apiKey":"hunter2","x":1})",
    R"({"api_key":"hunter2"})",
    R"({"client_secret":"hunter2"})",
    R"({"accessToken":"hunter2","expires_in":3600})",
    R"({"token_type":"x","refresh_token":"hunter2"})",
    R"({"tokens":["hunter2","b"]})",
    R"({"credentials":{"user":"anna","inner":{"a":1},"x":"hunter2"}})",
    R"({"otp":2026,"passwordHash":"hunter2"})",
    R"({"log":"{\"password\":\"hunter2\"}"})",
    "{'password': 'hunter2'}",
    "password: hunter2",
    "password = hunter2",
    "db.password=hunter2\nx=1",
    "<login><user>anna</user><password>hunter2</password></login>",
    R"(<wsse:Password Type="http://docs/#PasswordText">hunter2</wsse:Password>)",
    "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--b--",
    "--b\r\nContent-Disposition: form-data; name=\"password\"\r\nContent-Type: text/plain\r\n\r\nhunter2\r\n--b--",
    "Authorization: Bearer hunter2.abcdef",
    "curl -H 'Authorization: Basic hunter2abc='",
    "bearer hunter2abcdef",
    "https://anna:hunter2@example.org/x",
    "postgresql://anna:hunter2@db:5432/x",
    "https%3A%2F%2Fanna%3Ahunter2@example.org",
    "-----BEGIN RSA PRIVATE KEY-----\nhunter2\nabc\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2",
};

// Nothing of these may stay but their first few characters.
constexpr std::string_view kKeys[] = {
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJVadQ",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "github_pat_11ABCDEFG0aaaaaaaaaaaaaaaaaaaaaaaaa",
    "glpat-ABCDEFGHIJKLMNOPQRST",
    "xoxb-123456789012-1234567890123-abcdefghijkl",
    "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789",
    "npm_abcdefghijklmnopqrstuvwxyz0123456789",
    "hvs.CAESIJabcdefghijklmnop",
};

// Nothing of these is a secret.
constexpr std::string_view kPlain[] = {
    "/shop/items?page=2&sort=price&q=compass",
    "/search?keyword=monkey&author=anna&bypass=1",
    R"({"status":"ok","code":404,"status_code":200,"total_tokens":1234})",
    "hello world, 100% plain",
    "text/html; charset=utf-8",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "https://example.org/a:b/c@d",
    "",
};

}  // namespace

TEST_GROUP(Redaction){};

TEST(Redaction, leaves_nothing_of_the_secrets_of_real_requests) {
  for (const std::string_view text : kWithASecret) {
    const std::string out = scrub(text);
    if (out.find("hunter2") != std::string::npos) FAIL(("left: " + std::string(text) + " as " + out).c_str());
    if (out.find("[redacted]") == std::string::npos) FAIL(std::string(text).c_str());
  }
}

TEST(Redaction, finds_keys_by_their_form_wherever_they_stand) {
  for (const std::string_view view : kKeys) {
    const std::string key(view);
    for (const std::string& text : {key, "a " + key + " b", "x=\"" + key + "\""}) {
      const std::string out = scrub(text);
      if (out.find(key.substr(8)) != std::string::npos) FAIL(out.c_str());
    }
  }
}

TEST(Redaction, leaves_what_is_no_secret_as_it_is) {
  for (const std::string_view text : kPlain) STRCMP_EQUAL(std::string(text).c_str(), scrub(text).c_str());
}

TEST(Redaction, takes_the_value_out_and_leaves_its_surroundings) {
  STRCMP_EQUAL("/a?user=anna&password=[redacted]&next=/", scrub("/a?user=anna&password=hunter2&next=/").c_str());
  STRCMP_EQUAL(R"({"a":1,"password":"[redacted]","b":2})", scrub(R"({"a":1,"password":"x","b":2})").c_str());
  STRCMP_EQUAL("password=[redacted]&token=[redacted]", scrub("password=a&token=b").c_str());
}

TEST(Redaction, has_the_groups_of_a_pattern_of_ones_own_blacked_out_or_all_of_it) {
  RedactionOptions options;
  options.redact_patterns = {R"(iban ([A-Z]{2})\d+)", R"(\b756\.\d{4}\.\d{4}\.\d{2}\b)"};
  const Redaction redaction = with(options);
  STRCMP_EQUAL("iban [redacted]930076 and [redacted]",
               scrub(redaction, "iban CH930076 and 756.1234.5678.97").c_str());
}

TEST(Redaction, leaves_an_empty_value_as_it_is) {
  STRCMP_EQUAL(R"({"password":"","token":''})", scrub(R"({"password":"","token":''})").c_str());
  STRCMP_EQUAL("/a?token=&x=1", scrub("/a?token=&x=1").c_str());
}

TEST(Redaction, names_the_pattern_that_is_none) {
  RedactionOptions options;
  options.redact_patterns = {"(open"};
  const auto made = Redaction::make(options);
  CHECK_FALSE(made.ok());
  STRCMP_CONTAINS("'(open': ", made.error().text.c_str());
}

TEST(Redaction, hides_all_of_a_value_when_a_pattern_gives_up) {
  RedactionOptions options;
  options.redact_patterns = {"^(a+)+$"};
  STRCMP_EQUAL("[redacted]", scrub(with(options), std::string(40, 'a') + "!").c_str());
}

TEST(Redaction, gets_over_a_pattern_that_finds_nothing_at_every_place) {
  RedactionOptions options;
  options.redact_patterns = {"x*"};
  STRCMP_EQUAL("ab[redacted]cd", scrub(with(options), "abxxcd").c_str());
}

// With a part of free length before a name, each of these would take minutes.
TEST(Redaction, takes_a_long_text_in_one_go) {
  for (const char* piece : {"a", "a.", "password", "password[", "pass ", "name=", "name=\"a", "{\"", "eyJ", "://", ":",
                            "-----BEGIN PRIVATE KEY-----", "\\\"", "token ", "<password ", "key:", "%3d"}) {
    std::string text;
    while (text.size() < 100'000) text += piece;
    scrub(text);
  }
}

TEST(Redaction, takes_any_bytes) {
  std::string text;
  for (int i = 0; i < 256; i++) text += static_cast<char>(i);
  STRCMP_EQUAL(std::string(text.substr(1)).c_str(), scrub(text.substr(1)).c_str());
  LONGS_EQUAL(256, scrub(text).size());
}

TEST(Redaction, hides_header_fields_by_name_and_by_what_their_name_says) {
  const Redaction redaction = with();
  for (const char* name : {"authorization", "Cookie", "SET-COOKIE", "X-Api-Key", "X-Vault-Token", "x-my-secret",
                           "X-Amz-Security-Token", "Ocp-Apim-Subscription-Key", "X-Forwarded-Authorization",
                           "X-Session-Id"})
    CHECK_TRUE(redaction.hides_header(name));
  for (const char* name : {"Accept", "User-Agent", "Host", "Sec-WebSocket-Key", "Idempotency-Key", "X-Request-Id"})
    CHECK_FALSE(redaction.hides_header(name));
}

TEST(Redaction, hides_and_shows_the_fields_it_is_told_to) {
  RedactionOptions options;
  options.redact_headers = {"X-Patient"};
  options.show_headers = {"authorization"};
  const Redaction redaction = with(options);
  CHECK_TRUE(redaction.hides_header("x-patient"));
  CHECK_FALSE(redaction.hides_header("Authorization"));
  CHECK_TRUE(redaction.shows_header("Authorization"));
  CHECK_TRUE(redaction.hides_header("Cookie"));
}
