#include "navajo/servlets/http_authentication/identity_cache.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo;
using servlets::http_authentication::IdentityCache;
using std::chrono::seconds;

TEST_GROUP(IdentityCache) {
  base::ManualClock clock;
  IdentityCache cache{2, seconds(10)};

  api::Identity user(std::string name) { return {std::move(name), {"clerk"}, {}}; }
  void put(const char* question, const char* name) { cache.put(*cache.key(question), user(name), clock.now()); }
  std::string found(const char* question) {
    const auto identity = cache.find(*cache.key(question), clock.now());
    return identity ? identity->user : "";
  }
};

TEST(IdentityCache, what_was_put_is_found_until_its_time_is_over) {
  put("a", "anna");
  STRCMP_EQUAL("anna", found("a").c_str());
  STRCMP_EQUAL("", found("b").c_str());
  clock.advance(seconds(10));
  STRCMP_EQUAL("", found("a").c_str());
  CHECK_EQUAL(0u, cache.size());
  CHECK_EQUAL(1u, cache.hits());
}

TEST(IdentityCache, the_oldest_gives_way) {
  put("a", "anna");
  put("b", "bert");
  put("a", "anna");  // again: it is the youngest now
  put("c", "carla");
  STRCMP_EQUAL("", found("b").c_str());
  STRCMP_EQUAL("anna", found("a").c_str());
  CHECK_EQUAL(2u, cache.size());
  CHECK_EQUAL(1u, cache.evictions());
}

TEST(IdentityCache, digests_are_of_this_cache_alone) {
  const IdentityCache other(2, seconds(10));
  CHECK(*cache.key("a") != *other.key("a"));
  CHECK(*cache.key("a") == *cache.key("a"));
  CHECK(*cache.key("a") != *cache.key("b"));
}

TEST(IdentityCache, an_identity_that_is_too_large_is_not_kept) {
  put("a", std::string(IdentityCache::kLargestIdentity, 'x').c_str());
  CHECK_EQUAL(0u, cache.size());
}

TEST(IdentityCache, without_a_time_nothing_is_kept) {
  IdentityCache off(2, seconds(0));
  off.put(*off.key("a"), user("anna"), clock.now());
  CHECK_FALSE(off.keeps());
  CHECK_EQUAL(0u, off.size());
}
