#include <strings.h>

#include <string>

#include "navajo/base/ascii.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::base;

TEST_GROUP(Ascii){};

TEST(Ascii, lower_changes_the_letters_of_ascii_only) {
  for (int c = 0; c < 256; c++) {
    const char byte = static_cast<char>(c);
    CHECK_EQUAL(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : byte, lower(byte));
  }
}

TEST(Ascii, texts_of_different_length_differ) {
  CHECK_TRUE(same_ignoring_case("", ""));
  CHECK_FALSE(same_ignoring_case("a", ""));
  CHECK_FALSE(same_ignoring_case("Content-Length", "Content-Lengths"));
}

// Every pair of bytes at every place of texts of every length up to three words, against the plain definition.
TEST(Ascii, only_the_case_of_letters_is_ignored_wherever_it_stands) {
  const auto known = [](int x, int y) { return lower(static_cast<char>(x)) == lower(static_cast<char>(y)); };
  for (size_t size = 1; size <= 25; size++) {
    for (size_t at = 0; at < size; at++) {
      std::string a(size, 'X'), b(size, 'x');
      const int step = at == 0 || at + 1 == size ? 1 : 7;
      for (int x = 0; x < 256; x += step) {
        for (int y = 0; y < 256; y++) {
          if (known(x, y) || (x ^ y) == 0x20 || (x ^ y) == 0x80 || y % 31 == 0) {
            a[at] = static_cast<char>(x);
            b[at] = static_cast<char>(y);
            CHECK_EQUAL(known(x, y), same_ignoring_case(a, b));
          }
        }
      }
    }
  }
}
