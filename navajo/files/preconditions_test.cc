#include "navajo/files/preconditions.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::files;

namespace {
constexpr time_t kModified = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT
const Validators kFile{"\"abc\"", kModified};
}  // namespace

TEST_GROUP(Preconditions) {
  Precondition check(std::initializer_list<std::pair<const char*, const char*>> fields) {
    http::HeaderList list;
    for (const auto& [name, value] : fields) list.set(name, value);
    return check_preconditions(list, kFile);
  }
  ByteRange range(const char* value, const char* if_range = nullptr) {
    http::HeaderList list;
    list.set("Range", value);
    if (if_range) list.set("If-Range", if_range);
    return requested_range(list, kFile, 1000);
  }
  void is_part(const char* value, uint64_t first, uint64_t length) {
    const ByteRange out = range(value);
    CHECK_TRUE_TEXT(out.kind == RangeKind::part, value);
    LONGS_EQUAL(first, out.first);
    LONGS_EQUAL(length, out.length);
  }
};

TEST(Preconditions, nothing_asked_nothing_failed) { CHECK_TRUE(check({}) == Precondition::met); }

TEST(Preconditions, a_known_tag_needs_no_body) {
  for (const char* tags : {"\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "*"})
    CHECK_TRUE_TEXT(check({{"If-None-Match", tags}}) == Precondition::not_modified, tags);
  CHECK_TRUE(check({{"If-None-Match", "\"x\""}}) == Precondition::met);
}

TEST(Preconditions, a_tag_goes_before_a_date) {
  CHECK_TRUE(check({{"If-None-Match", "\"x\""}, {"If-Modified-Since", "Sun, 06 Nov 2050 08:49:37 GMT"}}) ==
             Precondition::met);
}

TEST(Preconditions, a_date_that_is_not_older_needs_no_body) {
  CHECK_TRUE(check({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}) == Precondition::not_modified);
  CHECK_TRUE(check({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"}}) == Precondition::met);
  CHECK_TRUE(check({{"If-Modified-Since", "yesterday"}}) == Precondition::met);
}

TEST(Preconditions, another_version_fails_what_must_match) {
  CHECK_TRUE(check({{"If-Match", "\"abc\""}}) == Precondition::met);
  CHECK_TRUE(check({{"If-Match", "W/\"abc\""}}) == Precondition::failed);
  CHECK_TRUE(check({{"If-Match", "\"x\""}}) == Precondition::failed);
  CHECK_TRUE(check({{"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"}}) == Precondition::failed);
}

TEST(Preconditions, one_range_is_a_part) {
  is_part("bytes=0-0", 0, 1);
  is_part("bytes=10-19", 10, 10);
  is_part("bytes=990-", 990, 10);
  is_part("bytes=990-5000", 990, 10);
  is_part("bytes=-10", 990, 10);
  is_part("bytes=-5000", 0, 1000);
}

TEST(Preconditions, a_range_behind_the_end_cannot_be_had) {
  for (const char* value : {"bytes=1000-", "bytes=5000-6000", "bytes=-0"})
    CHECK_TRUE_TEXT(range(value).kind == RangeKind::unsatisfiable, value);
}

TEST(Preconditions, several_ranges_and_nonsense_are_no_range) {
  for (const char* value : {"bytes=0-1,5-6", "bytes=5-2", "bytes=a-b", "bytes=-", "bytes=1", "items=0-1", "",
                            "bytes=99999999999999999999-", "bytes=--1"})
    CHECK_TRUE_TEXT(range(value).kind == RangeKind::whole, value);
}

TEST(Preconditions, a_range_of_another_version_is_no_range) {
  CHECK_TRUE(range("bytes=0-1", "\"abc\"").kind == RangeKind::part);
  CHECK_TRUE(range("bytes=0-1", "\"x\"").kind == RangeKind::whole);
  CHECK_TRUE(range("bytes=0-1", "W/\"abc\"").kind == RangeKind::whole);
  CHECK_TRUE(range("bytes=0-1", "Sun, 06 Nov 1994 08:49:37 GMT").kind == RangeKind::part);
  CHECK_TRUE(range("bytes=0-1", "Sun, 06 Nov 1994 08:49:38 GMT").kind == RangeKind::whole);
}
