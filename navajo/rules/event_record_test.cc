#include "navajo/rules/event_record.h"

#include <cmath>
#include <limits>
#include <memory_resource>
#include <random>
#include <string>
#include <string_view>

#include "CppUTest/TestHarness.h"
#include "navajo/rules/json_check.h"

using namespace navajo;
using namespace navajo::rules;

TEST_GROUP(EventRecord) {
  Redaction redaction = std::move(*Redaction::make({}));
  std::pmr::monotonic_buffer_resource memory;
  EventRecord record{redaction, memory};

  // Also judges it.
  std::string finished() { return finished(record); }
  std::string finished(EventRecord& one) {
    const std::string_view text = one.finish();
    CHECK(text.ends_with("\n"));
    CHECK(text.substr(0, text.size() - 1).find('\n') == std::string_view::npos);
    if (!test::JsonCheck::is_object(text.substr(0, text.size() - 1)))
      FAIL(("no JSON: " + std::string(text.substr(0, 2000))).c_str());
    return std::string(text);
  }
};

TEST(EventRecord, is_one_line_of_json_with_the_members_in_their_order) {
  record.literal("rule", "old-api");
  record.text("path", "/a");
  record.number("status", 200);
  record.decimal("ms", 1.5);
  record.begin("timing");
  record.number("total", -3);
  record.boolean("kept", true);
  record.end();
  record.text("last", "x");
  STRCMP_EQUAL("{\"rule\":\"old-api\",\"path\":\"/a\",\"status\":200,\"ms\":1.5,"
               "\"timing\":{\"total\":-3,\"kept\":true},\"last\":\"x\"}\n",
               finished().c_str());
}

TEST(EventRecord, is_an_object_when_there_is_nothing_in_it) { STRCMP_EQUAL("{}\n", finished().c_str()); }

TEST(EventRecord, closes_what_is_still_open) {
  record.begin("a");
  record.begin("b");
  STRCMP_EQUAL("{\"a\":{\"b\":{}}}\n", finished().c_str());
}

TEST(EventRecord, escapes_what_could_end_a_line_or_speak_to_a_terminal) {
  record.text("x", std::string_view("a\r\n{\"y\":1}\t\0\x1b[2J\x7f\xc2\x9b\xe2\x80\xa8", 22));
  STRCMP_EQUAL("{\"x\":\"a\\u000d\\u000a{\\\"y\\\":1}\\u0009\\u0000\\u001b[2J\\u007f\\u009b\\u2028\"}\n",
               finished().c_str());
}

TEST(EventRecord, puts_the_replacement_character_for_bytes_that_are_no_utf8) {
  record.text("x", "\xc3\xa9\xff\xc3(\xed\xa0\x80\xf5");
  STRCMP_EQUAL("{\"x\":\"\xc3\xa9\\ufffd\\ufffd(\\ufffd\\ufffd\\ufffd\\ufffd\"}\n", finished().c_str());
}

TEST(EventRecord, writes_numbers_that_are_none_as_null) {
  record.decimal("a", std::nan(""));
  record.decimal("b", std::numeric_limits<double>::infinity());
  record.decimal("c", 1e300);
  record.number("d", std::numeric_limits<int64_t>::min());
  STRCMP_EQUAL("{\"a\":null,\"b\":null,\"c\":1e+300,\"d\":-9223372036854775808}\n", finished().c_str());
}

TEST(EventRecord, applies_the_patterns_to_texts_and_not_to_what_is_our_own) {
  record.text("target", "/a?token=secret");
  record.literal("rule", "token=secret");
  STRCMP_EQUAL("{\"target\":\"/a?token=[redacted]\",\"rule\":\"token=secret\"}\n", finished().c_str());
}

TEST(EventRecord, is_cut_and_says_so_when_a_text_is_too_long) {
  record.text("before", "x");
  std::string body;
  while (body.size() < EventRecord::kMaxRecord * 2) body += "a word and another ";
  record.text("body", body);
  record.text("after", "y");
  const std::string text = finished();
  CHECK(text.size() <= EventRecord::kMaxRecord);
  CHECK(text.size() > EventRecord::kMaxRecord - 200);
  CHECK(text.ends_with("\"truncated\":true}\n"));
}

TEST(EventRecord, stays_within_its_limit_whatever_comes) {
  std::mt19937 random(7);
  for (int turn = 0; turn < 40; turn++) {
    EventRecord one(redaction, memory);
    int open = 0;
    for (int i = 0; i < 300; i++) {
      std::string text(random() % 5000, 0);
      for (char& c : text) c = static_cast<char>(turn % 2 ? random() : 0x80 + random() % 64);
      const std::string name = text.substr(0, random() % 20);
      switch (random() % 6) {
        case 0:
          one.begin(name);
          open++;
          break;
        case 1:
          if (open-- > 0) one.end();
          break;
        case 2: one.number(name, static_cast<int64_t>(random())); break;
        default: one.text(name, text);
      }
    }
    CHECK(finished(one).size() <= EventRecord::kMaxRecord);
  }
}

TEST(EventRecord, never_cuts_a_character_in_the_middle) {
  for (size_t shift = 0; shift < 4; shift++) {
    EventRecord one(redaction, memory);
    std::string text(shift, 'x');
    while (text.size() < EventRecord::kMaxRecord + 8) text += "\xf0\x9f\x98\x80";
    one.text("x", text);
    const std::string line = finished(one);
    CHECK(line.find("\\ufffd") == std::string::npos);
  }
}

TEST(EventRecord, has_the_header_fields_asked_for_under_the_names_asked_for) {
  http::HeaderList fields;
  fields.add("Accept", "a/b");
  fields.add("x-many", "1");
  fields.add("X-Many", "2");
  fields.add("Host", "h");
  record.headers("headers", fields, std::vector<std::string>{"X-Many", "accept", "X-None", "x-many"});
  STRCMP_EQUAL("{\"headers\":{\"X-Many\":[\"1\",\"2\"],\"accept\":\"a/b\"}}\n", finished().c_str());
}

TEST(EventRecord, has_all_header_fields_once_for_a_star_and_hides_the_secret_ones) {
  http::HeaderList fields;
  fields.add("Cookie", "a=hunter2");
  fields.add("X-Many", "1");
  fields.add("cookie", "b=hunter2");
  fields.add("Referer", "/x?password=hunter2");
  record.headers("headers", fields, std::vector<std::string>{"*"});
  STRCMP_EQUAL("{\"headers\":{\"Cookie\":[\"[redacted]\",\"[redacted]\"],\"X-Many\":\"1\","
               "\"Referer\":\"/x?password=[redacted]\"}}\n",
               finished().c_str());
}

TEST(EventRecord, shows_a_secret_field_in_full_when_told_to) {
  RedactionOptions options;
  options.show_headers = {"Authorization"};
  const Redaction open = std::move(*Redaction::make(options));
  EventRecord one(open, memory);
  http::HeaderList fields;
  fields.add("Authorization", "Bearer abcdefghijk");
  one.headers("headers", fields, std::vector<std::string>{"Authorization"});
  STRCMP_EQUAL("{\"headers\":{\"Authorization\":\"Bearer abcdefghijk\"}}\n", finished(one).c_str());
}

TEST(EventRecord, leaves_out_fields_for_which_there_is_no_room) {
  http::HeaderList fields;
  for (int i = 0; i < 300; i++) fields.add("X-" + std::to_string(i), std::string(8000, 'v'));
  for (int i = 0; i < 300; i++) fields.add("X-Same", std::string(8000, 'v'));
  record.headers("headers", fields, std::vector<std::string>{"X-Same", "*"});
  EventRecord same(redaction, memory);
  same.headers("headers", fields, std::vector<std::string>{"X-Same"});
  for (EventRecord* one : {&record, &same}) {
    const std::string text = finished(*one);
    CHECK(text.size() <= EventRecord::kMaxRecord);
    CHECK(text.ends_with(",\"truncated\":true}\n"));
  }
}
