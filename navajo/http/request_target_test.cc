#include <memory_resource>
#include <string>

#include "navajo/http/request_target.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::http;

TEST_GROUP(RequestTarget) {
  std::pmr::monotonic_buffer_resource memory;
  std::string tail(std::string_view encoded, std::string_view decoded, size_t from = 0) {
    const auto found = spelling_of_tail(encoded, decoded, from);
    return found ? std::string(*found) : "(none)";
  }
};

TEST(RequestTarget, the_clients_spelling_is_kept_when_it_says_the_decided_path) {
  STRCMP_EQUAL("/a/b;v=1", tail("/a/b;v=1", "/a/b;v=1").c_str());
  STRCMP_EQUAL("/%41%c3%A4%20", tail("/%41%c3%A4%20", "/A\xc3\xa4 ").c_str());
  STRCMP_EQUAL("/%252e", tail("/%252e", "/%2e").c_str());
}

TEST(RequestTarget, a_spelling_that_was_normalised_away_is_not_forwarded) {
  STRCMP_EQUAL("(none)", tail("/public/../admin", "/admin").c_str());
  STRCMP_EQUAL("(none)", tail("/public/%2e%2e/admin", "/admin").c_str());
  STRCMP_EQUAL("(none)", tail("//a", "/a").c_str());
  STRCMP_EQUAL("(none)", tail("/a/./b", "/a/b").c_str());
  STRCMP_EQUAL("(none)", tail("/a", "/a/").c_str());
  STRCMP_EQUAL("(none)", tail("/a/", "/a").c_str());
}

TEST(RequestTarget, an_encoded_slash_spells_only_itself) {
  STRCMP_EQUAL("(none)", tail("/a%2Fb", "/a/b").c_str());
  STRCMP_EQUAL("/a%2fb", tail("/a%2fb", "/a%2fb").c_str());
  STRCMP_EQUAL("/a%2fb", tail("/a%2fb", "/a%2Fb").c_str());
  STRCMP_EQUAL("/a%252Fb", tail("/a%252Fb", "/a%2Fb").c_str());
}

TEST(RequestTarget, broken_escapes_and_raw_bytes_spell_nothing) {
  for (const char* encoded : {"/%", "/%4", "/%zz", "/\x80", "/a b", "/a#b"})
    STRCMP_EQUAL("(none)", tail(encoded, encoded).c_str());
}

TEST(RequestTarget, the_spelling_of_the_path_info_is_cut_at_its_octet) {
  STRCMP_EQUAL("/%78", tail("/%61pp/%78", "/app/x", 4).c_str());
  STRCMP_EQUAL("", tail("/app", "/app", 4).c_str());
  STRCMP_EQUAL("(none)", tail("/app", "/app", 5).c_str());
  STRCMP_EQUAL("(none)", tail("/a%2Fb", "/a%2Fb", 3).c_str());
}

TEST(RequestTarget, a_new_spelling_encodes_all_that_may_not_stand_there) {
  STRCMP_EQUAL("/p/a%20b%3F%23%25%C3%A4?q=%C3%A4%23&x=%41",
               std::string(encode_target("/p", "/a b?#%\xc3\xa4", "q=\xc3\xa4#&x=%41", memory)).c_str());
  STRCMP_EQUAL("/", std::string(encode_target("", "", "", memory)).c_str());
  STRCMP_EQUAL("/a%252Fb", std::string(encode_target("", "/a%2Fb", "", memory)).c_str());
}

TEST(RequestTarget, what_it_encodes_is_a_target) {
  std::string all(1, '/');
  for (int c = 0; c < 256; c++) all += static_cast<char>(c);
  CHECK_TRUE(is_request_target(encode_target("/x", all, all, memory)));
}

TEST(RequestTarget, the_asterisk_is_a_target) {
  CHECK_TRUE(is_request_target("*"));
  CHECK_FALSE(is_request_target("**"));
}
