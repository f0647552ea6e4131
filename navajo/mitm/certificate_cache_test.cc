#include "navajo/mitm/certificate_cache.h"

#include <string>

#include "navajo/observe/status_segment.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::mitm;
using namespace std::chrono_literals;

TEST_GROUP(CertificateCache) {
  navajo::base::ManualClock clock;
  static CertificateId id(uint64_t number) { return {{number * 0x9e3779b97f4a7c15ull, number}}; }
  LeafPointer leaf(navajo::base::Duration life = 1h) {
    auto made = std::make_shared<Leaf>();
    made->expires = clock.now() + life;
    return made;
  }
  static int64_t bytes() { return navajo::observe::gauge(navajo::observe::Gauge::certificate_bytes).load(); }
};

TEST(CertificateCache, finds_what_was_put_in) {
  CertificateCache cache(10);
  const LeafPointer one = leaf();
  CHECK(cache.find(id(1), clock.now()) == nullptr);
  cache.insert(id(1), one);
  CHECK(cache.find(id(1), clock.now()) == one);
  CHECK(cache.find(id(2), clock.now()) == nullptr);
}

TEST(CertificateCache, forgets_what_is_too_old) {
  CertificateCache cache(10);
  cache.insert(id(1), leaf(1h));
  clock.advance(59min);
  CHECK(cache.find(id(1), clock.now()) != nullptr);
  clock.advance(1min);
  CHECK(cache.find(id(1), clock.now()) == nullptr);
  LONGS_EQUAL(0, cache.size());
}

TEST(CertificateCache, never_holds_more_than_its_capacity) {
  for (const size_t capacity : {1, 2, 7, 100}) {
    const int64_t before = bytes();
    CertificateCache cache(capacity);
    for (uint64_t i = 0; i < 1000; i++) {
      cache.insert(id(i), leaf());
      (void)cache.find(id(i / 2), clock.now());
      CHECK(cache.size() <= capacity);
    }
    LONGS_EQUAL(capacity, cache.size());
    LONGS_EQUAL(before + static_cast<int64_t>(capacity * CertificateCache::kBytesEach), bytes());
  }
  LONGS_EQUAL(0, bytes());
}

TEST(CertificateCache, lets_invented_names_drive_each_other_out) {
  CertificateCache cache(100);
  for (uint64_t i = 0; i < 50; i++) {
    cache.insert(id(i), leaf());
    (void)cache.find(id(i), clock.now());
  }
  for (uint64_t i = 1000; i < 21000; i++) cache.insert(id(i), leaf());
  for (uint64_t i = 0; i < 50; i++) CHECK(cache.find(id(i), clock.now()) != nullptr);
}

TEST(CertificateCache, lets_new_hosts_become_known_when_it_is_full_of_known_ones) {
  CertificateCache cache(10);
  for (uint64_t i = 0; i < 30; i++) {
    cache.insert(id(i), leaf());
    CHECK(cache.find(id(i), clock.now()) != nullptr);
  }
  CHECK(cache.find(id(29), clock.now()) != nullptr);
  CHECK(cache.find(id(0), clock.now()) == nullptr);
}
