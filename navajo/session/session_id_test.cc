#include "navajo/session/session_id.h"

#include <set>
#include <string>

#include "navajo/base/random.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::session;

TEST_GROUP(SessionId) {
  IdSecretShm secret{};
  void setup() override { CHECK(navajo::base::random_bytes(&secret, sizeof secret)); }
};

TEST(SessionId, carries_its_place_through_text) {
  for (const uint32_t place : {0u, 1u, 77u, 0x7ffffffdu}) {
    const auto made = SessionId::make(secret, place);
    const auto parsed = SessionId::parse(made->text());
    LONGS_EQUAL(SessionId::kLength, made->text().size());
    LONGS_EQUAL(place, parsed->place(secret));
    CHECK(made->digest(secret).digest == parsed->digest(secret).digest);
  }
}

TEST(SessionId, of_one_place_never_looks_alike) {
  std::set<std::string> all, ends;
  for (int i = 0; i < 1000; i++) {
    const std::string text = SessionId::make(secret, 5)->text();
    all.insert(text);
    ends.insert(text.substr(26));
  }
  LONGS_EQUAL(1000, all.size());
  CHECK(ends.size() > 990);
}

TEST(SessionId, has_another_digest_in_every_store) {
  IdSecretShm other{};
  CHECK(navajo::base::random_bytes(&other, sizeof other));
  const auto id = SessionId::make(secret, 5);
  CHECK_FALSE(id->digest(secret).digest == id->digest(other).digest);
  CHECK(id->digest(secret).serial != id->digest(other).serial);
}

TEST(SessionId, with_one_character_changed_has_another_digest) {
  const auto id = SessionId::make(secret, 5);
  for (size_t i = 0; i < SessionId::kLength; i++) {
    std::string text = id->text();
    text[i] = text[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(SessionId::parse(text)->digest(secret).digest == id->digest(secret).digest);
  }
}

TEST(SessionId, is_refused_in_any_other_shape) {
  const std::string good = SessionId::make(secret, 5)->text();
  CHECK(SessionId::parse(good).has_value());
  CHECK_FALSE(SessionId::parse("").has_value());
  CHECK_FALSE(SessionId::parse(good.substr(1)).has_value());
  CHECK_FALSE(SessionId::parse(good + "A").has_value());
  for (const char wrong : {'=', '+', '/', ' ', '\0', '\x80', '\xff'}) {
    std::string text = good;
    text[7] = wrong;
    CHECK_FALSE(SessionId::parse(text).has_value());
  }
}
