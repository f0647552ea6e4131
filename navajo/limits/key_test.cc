#include "navajo/limits/key.h"

#include <set>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::limits;

TEST_GROUP(Key) {
  KeySecret secret{{0x0706050403020100, 0x0f0e0d0c0b0a0908}};
  std::string bytes(size_t length) {
    std::string out;
    for (size_t i = 0; i < length; i++) out += static_cast<char>(i);
    return out;
  }
  Key digest(size_t length) { return digest_of(secret, bytes(length).data(), length); }
};

// The vectors of the reference implementation, 128 bits of output.
TEST(Key, digests_are_those_of_siphash_2_4_128) {
  CHECK_TRUE((digest(0) == Key{.high = 0x930255c71472f66d, .low = 0xe6a825ba047f81a3}));
  CHECK_TRUE((digest(1) == Key{.high = 0x45fc229b11597634, .low = 0x44af996bd8c187da}));
}

TEST(Key, parts_do_not_run_into_each_other) {
  std::set<std::pair<uint64_t, uint64_t>> seen;
  const auto add = [&](KeyBuilder builder) {
    const Key key = builder.finish();
    seen.insert({key.high, key.low});
  };
  add(KeyBuilder(secret).part("a").part("bc"));
  add(KeyBuilder(secret).part("ab").part("c"));
  add(KeyBuilder(secret).part("abc"));
  add(KeyBuilder(secret).part("abc").part(""));
  add(KeyBuilder(secret).part("").part("abc"));
  add(KeyBuilder(secret).part("abc").missing());
  add(KeyBuilder(secret).part(std::string_view("abc\0", 4)));
  add(KeyBuilder(secret).part("12345678").part("9"));
  add(KeyBuilder(secret).part("123456789"));
  LONGS_EQUAL(9, seen.size());
}

TEST(Key, the_secret_decides) {
  CHECK_FALSE(KeyBuilder(secret).part("a").finish() == KeyBuilder(KeySecret{{1, 2}}).part("a").finish());
  CHECK_TRUE(KeyBuilder(secret).part("a").finish() == KeyBuilder(secret).part("a").finish());
}

TEST(Key, a_client_is_an_address_or_the_first_bits_of_one) {
  std::array<uint8_t, 16> v4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7};
  CHECK_TRUE(client_of(v4, 64) == v4);
  std::array<uint8_t, 16> v6{0x20, 1, 0xd, 0xb8, 1, 2, 3, 0xff, 5, 6, 7, 8, 9, 10, 11, 12};
  std::array<uint8_t, 16> net = v6;
  for (size_t i = 8; i < 16; i++) net[i] = 0;
  CHECK_TRUE(client_of(v6, 64) == net);
  net[7] = 0xf0;
  CHECK_TRUE(client_of(v6, 60) == net);
  CHECK_TRUE(client_of(v6, 128) == v6);
  CHECK_TRUE((client_of(v6, 0) == std::array<uint8_t, 16>{}));
}
