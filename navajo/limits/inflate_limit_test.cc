#include "navajo/limits/inflate_limit.h"

#include <zlib.h>

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::limits;

namespace {

std::string compressed(const std::string& text, int window) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  std::string out(compressBound(text.size()) + 64, 0);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}
std::string gzip(const std::string& text) { return compressed(text, 31); }

// Compresses to about a half.
std::string prose(size_t size) {
  std::string out;
  uint32_t state = 1;
  while (out.size() < size) {
    state = state * 1664525 + 1013904223;
    out += static_cast<char>('a' + (state >> 24) % 16);
  }
  return out;
}

}  // namespace

TEST_GROUP(InflatePrefix) {
  std::pmr::string out;
  Inflated inflate(const std::string& text, Coding coding = Coding::gzip, InflateLimits limits = {}) {
    return inflate_prefix(text, coding, limits, out);
  }
};

TEST(InflatePrefix, gives_back_what_was_compressed_in_any_of_three_ways) {
  const std::string text = prose(40000);
  CHECK(inflate(gzip(text)) == Inflated::complete);
  CHECK(std::string_view(out) == text);
  CHECK(inflate(compressed(text, 15), Coding::deflate) == Inflated::complete);
  CHECK(std::string_view(out) == text);
  CHECK(inflate(compressed(text, -15), Coding::deflate) == Inflated::complete);
  CHECK(std::string_view(out) == text);
  CHECK(inflate(gzip("")) == Inflated::complete);
  CHECK(out.empty());
}

TEST(InflatePrefix, ends_at_the_absolute_limit) {
  const std::string text = prose(40000);
  CHECK(inflate(gzip(text), Coding::gzip, {.bytes = 1000}) == Inflated::cut);
  CHECK(std::string_view(out) == std::string_view(text).substr(0, 1000));
}

TEST(InflatePrefix, a_bomb_is_seen_after_a_few_kilobytes) {
  const std::string bomb = gzip(std::string(10 << 20, '\0'));
  CHECK(inflate(bomb, Coding::gzip, {.bytes = 1 << 30}) == Inflated::bomb);
  CHECK(out.size() <= 64 << 10);
  CHECK(inflate(bomb, Coding::gzip, {.bytes = 20 << 20, .ratio = 0}) == Inflated::complete);
}

TEST(InflatePrefix, a_short_run_of_the_same_byte_is_no_bomb) {
  CHECK(inflate(gzip(std::string(10000, ' '))) == Inflated::complete);
}

TEST(InflatePrefix, a_second_layer_is_refused) {
  CHECK(inflate(gzip(gzip(prose(1000)))) == Inflated::nested);
}

TEST(InflatePrefix, what_breaks_off_gives_its_beginning) {
  const std::string text = prose(40000), whole = gzip(text);
  CHECK(inflate(whole.substr(0, whole.size() / 2)) == Inflated::cut);
  CHECK(out.size() > 10000);
  CHECK(std::string_view(text).starts_with(out));
}

TEST(InflatePrefix, what_is_not_compressed_or_goes_on_is_malformed) {
  CHECK(inflate("hello, this is no gzip") == Inflated::malformed);
  CHECK(inflate(gzip("one") + gzip("two")) == Inflated::malformed);
  CHECK(inflate(gzip("one"), Coding::identity) == Inflated::malformed);
  CHECK(inflate(gzip("one"), Coding::unknown) == Inflated::malformed);
  std::string damaged = gzip(prose(1000));
  damaged[damaged.size() - 6] ^= 1;  // of its checksum
  CHECK(inflate(damaged) == Inflated::malformed);
}

TEST(InflatePrefix, knows_the_names_of_codings_and_no_lists_of_them) {
  CHECK(coding_of("") == Coding::identity);
  CHECK(coding_of(" Identity ") == Coding::identity);
  CHECK(coding_of("GZIP") == Coding::gzip);
  CHECK(coding_of("x-gzip") == Coding::gzip);
  CHECK(coding_of("deflate") == Coding::deflate);
  for (const char* text : {"br", "gzip, gzip", "gzip,deflate", "zstd", "gzip;q=1"})
    CHECK_TRUE_TEXT(coding_of(text) == Coding::unknown, text);
}
