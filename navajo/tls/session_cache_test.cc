#include <ctime>

#include "navajo/tls/session_cache.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using tls::SessionCache;
using tls::SessionHandle;

TEST_GROUP(SessionCache) {
  // One that could be resumed: it has an id and is young.
  SessionHandle session(long age = 0) {
    SessionHandle made(SSL_SESSION_new());
    const unsigned char id[] = {1, 2, 3};
    SSL_SESSION_set1_id(made.get(), id, sizeof id);
    SSL_SESSION_set_time(made.get(), static_cast<long>(time(nullptr)) - age);
    return made;
  }
};

TEST(SessionCache, the_newest_of_a_key_is_given_again_and_again) {
  SessionCache cache(2);
  SessionHandle first = session(), second = session();
  const SSL_SESSION* newest = second.get();
  cache.put("a", 0, std::move(first));
  cache.put("a", 0, std::move(second));
  CHECK_TRUE(cache.get("a").get() == newest);
  CHECK_TRUE(cache.get("a").get() == newest);
  CHECK_TRUE(cache.get("b") == nullptr);
  CHECK_EQUAL(1u, cache.numbers().kept);
}

TEST(SessionCache, the_one_unused_for_longest_gives_way) {
  SessionCache cache(2);
  cache.put("a", 0, session());
  cache.put("b", 0, session());
  CHECK_TRUE(cache.get("a") != nullptr);
  cache.put("c", 0, session());
  CHECK_TRUE(cache.get("b") == nullptr);
  CHECK_TRUE(cache.get("a") != nullptr);
  CHECK_EQUAL(2u, cache.numbers().kept);
  CHECK_EQUAL(1u, cache.numbers().evicted);
}

TEST(SessionCache, what_is_too_old_is_dropped) {
  SessionCache cache(2);
  cache.put("old", 0, session(100000));
  CHECK_TRUE(cache.get("old") == nullptr);
  CHECK_EQUAL(0u, cache.numbers().kept);
}

TEST(SessionCache, a_new_generation_begins_empty_and_takes_none_of_the_one_before) {
  SessionCache cache(2);
  cache.put("a", 0, session());
  cache.begin_generation(1);
  CHECK_TRUE(cache.get("a") == nullptr);
  cache.put("a", 0, session());
  CHECK_TRUE(cache.get("a") == nullptr);
  cache.put("a", 1, session());
  CHECK_TRUE(cache.get("a") != nullptr);
}

TEST(SessionCache, without_a_limit_or_a_key_nothing_is_kept) {
  SessionCache none(0), some(1);
  none.put("a", 0, session());
  some.put("", 0, session());
  CHECK_EQUAL(0u, none.numbers().kept + some.numbers().kept);
  some.put("a", 0, session());
  some.remove("a");
  some.remove("a");
  CHECK_EQUAL(0u, some.numbers().kept);
}
