#include "navajo/cli/migration/values.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::cli::migration;

TEST_GROUP(ImportedValues){
    static std::string time(const char* text, const char* unit = "s"){return time_text(text, unit).value_or("-");
}
}
;

TEST(ImportedValues, times_with_and_without_units) {
  STRCMP_EQUAL("60s", time("60").c_str());
  STRCMP_EQUAL("90s", time("1m30s").c_str());
  STRCMP_EQUAL("1500ms", time("1500", "ms").c_str());
  STRCMP_EQUAL("5s", time("5s", "ms").c_str());
  for (const char* bad : {"", "0", "x", "5y", "s", "99999999999", "2d"}) STRCMP_EQUAL("-", time(bad).c_str());
}

TEST(ImportedValues, sizes) {
  STRCMP_EQUAL("10M", size_text("10m")->c_str());
  STRCMP_EQUAL("512000", size_text("512000")->c_str());
  STRCMP_EQUAL("any", size_text("0")->c_str());
  CHECK_FALSE(size_text("1x").has_value());
}

TEST(ImportedValues, addresses_and_endpoints) {
  STRCMP_EQUAL("app:80", address_text("app", 80)->c_str());
  STRCMP_EQUAL("[::1]:8080", address_text("[::1]:8080", 80)->c_str());
  for (const char* bad : {"", "a b", "app:x", "app:70000", "[::1", "$app", "app:0"})
    CHECK_FALSE(address_text(bad, 80).has_value());
  for (const char* all : {"443", "*:443", ":443"}) STRCMP_EQUAL("0.0.0.0", endpoint(all, 80)->address.c_str());
  STRCMP_EQUAL("[::]", endpoint("[::]:443", 80)->address.c_str());
  LONGS_EQUAL(80, endpoint("192.0.2.1", 80)->port);
  CHECK_FALSE(endpoint("unix:/run/x", 80).has_value());
}

TEST(ImportedValues, urls) {
  const auto url = target_url("HTTPS://app:8443/x/");
  STRCMP_EQUAL("https app:8443 /x/", (url->scheme + " " + url->place + " " + url->path).c_str());
  for (const char* bad : {"app", "http://", "http://u:p@app/", "http://app/$uri", "http://app/?a=b"})
    CHECK_FALSE(target_url(bad).has_value());
}
