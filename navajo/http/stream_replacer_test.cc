#include "navajo/http/stream_replacer.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using navajo::http::Replacement;
using navajo::http::StreamReplacer;
using Before = Replacement::Before;
using After = Replacement::After;

namespace {

const std::vector<Replacement> kLinks = {
    {"http://app1:8080", "https://www.example.test", Before::any, After::end_of_host},
    {"http://app1:8080/base", "https://www.example.test/app", Before::any, After::end_of_path},
    {"//app1:8080", "//www.example.test", Before::start_of_link, After::end_of_host},
    {"http:\\/\\/app1:8080", "https:\\/\\/www.example.test", Before::any, After::end_of_host},
};

std::string replaced(const std::string& text, const std::vector<size_t>& cuts, const std::vector<Replacement>& table) {
  std::pmr::monotonic_buffer_resource memory;
  StreamReplacer replacer(table, memory);
  std::string out;
  const auto sink = [&](std::span<const char> bytes) {
    out.append(bytes.data(), bytes.size());
    return true;
  };
  size_t from = 0;
  for (const size_t cut : cuts) {
    CHECK_TRUE(replacer.write({text.data() + from, cut - from}, sink));
    from = cut;
  }
  CHECK_TRUE(replacer.write({text.data() + from, text.size() - from}, sink));
  CHECK_TRUE(replacer.finish(sink));
  return out;
}

// Whole, cut once at every place, cut twice at every pair of places, and byte by byte.
void becomes(const std::string& expected, const std::string& text, const std::vector<Replacement>& table = kLinks) {
  STRCMP_EQUAL(expected.c_str(), replaced(text, {}, table).c_str());
  std::vector<size_t> every;
  for (size_t i = 0; i <= text.size(); i++) {
    if (i > 0) every.push_back(i);
    for (size_t j = i; j <= text.size(); j++)
      STRCMP_EQUAL(expected.c_str(), replaced(text, {i, j}, table).c_str());
  }
  STRCMP_EQUAL(expected.c_str(), replaced(text, every, table).c_str());
}

}  // namespace

TEST_GROUP(StreamReplacer) {};

TEST(StreamReplacer, finds_a_text_at_every_split_position) {
  becomes("<a href=\"https://www.example.test/x\">", "<a href=\"http://app1:8080/x\">");
  becomes("https://www.example.test", "http://app1:8080");
  becomes("ahttphttps://www.example.test/http", "ahttphttp://app1:8080/http");
}

TEST(StreamReplacer, case_does_not_matter) {
  becomes("'https://www.example.test/X'", "'HTTP://App1:8080/X'");
}

TEST(StreamReplacer, the_longest_text_that_fits_wins) {
  becomes("https://www.example.test/app/x https://www.example.test/based",
          "http://app1:8080/base/x http://app1:8080/based");
}

TEST(StreamReplacer, a_longer_host_or_another_port_is_another_host) {
  for (const char* other : {"http://app1:80801/", "http://app1:8080.evil.example/", "http://app1:8080@evil.example/",
                            "http://app1:8080-x/", "http://app1:8080%40evil/", "http://app1:808", "http://app1"})
    becomes(other, other);
}

TEST(StreamReplacer, an_encoded_slash_ends_a_host) {
  becomes("https://www.example.test%2Fx", "http://app1:8080%2Fx");
}

TEST(StreamReplacer, a_link_without_scheme_has_to_begin_like_one) {
  becomes("src=\"//www.example.test/a\"", "src=\"//app1:8080/a\"");
  becomes("ftp://app1:8080/a", "ftp://app1:8080/a");
  becomes("//www.example.test", "//app1:8080");
}

TEST(StreamReplacer, what_was_put_in_is_not_looked_at_again) {
  becomes("aab", "ab", {{"a", "aa"}});
  becomes("ba", "ab", {{"a", "b"}, {"b", "a"}});
}

TEST(StreamReplacer, texts_may_vanish) { becomes("xz", "xyz", {{"y", ""}}); }

TEST(StreamReplacer, without_rows_all_is_handed_on) { becomes("anything", "anything", {}); }

TEST(StreamReplacer, a_long_stream_comes_out_whole_from_a_bounded_memory) {
  std::string text, expected;
  for (int i = 0; i < 20000; i++) {
    text += "<p>" + std::to_string(i) + " http://app1:8080/y</p>";
    expected += "<p>" + std::to_string(i) + " https://www.example.test/y</p>";
  }
  for (const size_t step : {1009, 16384, 1 << 20}) {
    std::array<char, 65536> room;
    std::pmr::monotonic_buffer_resource memory(room.data(), room.size(), std::pmr::null_memory_resource());
    StreamReplacer replacer(kLinks, memory);
    std::string out;
    const auto sink = [&](std::span<const char> bytes) {
      out.append(bytes.data(), bytes.size());
      return true;
    };
    for (size_t at = 0; at < text.size(); at += step)
      CHECK_TRUE(replacer.write({text.data() + at, std::min(step, text.size() - at)}, sink));
    CHECK_TRUE(replacer.finish(sink));
    CHECK_TRUE(out == expected);
    LONGS_EQUAL(20000, replacer.replaced());
  }
}

TEST(StreamReplacer, stops_when_nobody_wants_more) {
  std::pmr::monotonic_buffer_resource memory;
  StreamReplacer replacer(kLinks, memory);
  const std::string text(100000, 'x');
  size_t calls = 0;
  CHECK_FALSE(replacer.write({text.data(), text.size()}, [&](std::span<const char>) {
    calls++;
    return false;
  }));
  LONGS_EQUAL(1, calls);
}

TEST(StreamReplacer, replaces_in_a_short_text) {
  std::pmr::monotonic_buffer_resource memory;
  STRCMP_EQUAL("5; url=https://www.example.test/x",
               navajo::http::replace_all("5; url=http://app1:8080/x", kLinks, memory).c_str());
}
