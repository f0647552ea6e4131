#include "navajo/filters/charset/charset_filter.h"

#include <string>

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::filters;
using charset::Converter;

TEST_GROUP(CharsetFilter) {
  std::map<std::string, config::ParamValue, std::less<>> given{{"ConvertFrom", {"ISO-8859-1", {"web.xml", 2, 1}}},
                                                               {"ConvertTo", {"UTF-8", {"web.xml", 3, 1}}}};
  config::Diagnostics diagnostics;
  api::FakeRequest request{"POST", "/x"};
  api::FakeResponse response;
  api::FakeChain chain;
  std::string body, target, query, length_field, type_field, attribute;
  bool has_parameters = false;
  std::optional<uint64_t> length;

  void setup() override {
    chain.rest = [this](api::Request& seen, api::Response&) {
      char piece[16];
      while (true) {
        const api::BodyRead got = seen.body().read(piece);
        if (got.status != api::BodyStatus::data) break;
        body.append(piece, got.bytes);
      }
      attribute = std::string(seen.attribute(api::Request::kBodyAttribute).value_or("-"));
      has_parameters = seen.parameters() != nullptr;
      length = seen.body().declared_length();
      target = seen.target();
      query = seen.query();
      length_field = std::string(seen.headers().get("Content-Length").value_or("-"));
      type_field = std::string(seen.headers().get("Content-Type").value_or("-"));
      return api::Outcome::answered();
    };
    form("");
  }
  void set(const char* name, const char* value) { given[name] = {value, {"web.xml", 9, 1}}; }
  void ask(const std::string& path, const std::string& query_text) {
    request.the_method = "GET";
    request.the_target = path + "?" + query_text;
    request.the_query = query_text;
    request.fields.remove("Content-Type");
  }
  void form(const char* charset) {
    request.fields.set("Content-Type", std::string("application/x-www-form-urlencoded") + charset);
  }
  std::unique_ptr<api::Filter> make() {
    const container::FilterRow& row = charset_rows()[0];
    const config::Params params("filter 'c'", {"web.xml", 1, 1}, row.params, given, diagnostics);
    container::ComponentContext context{.name = "c"};
    auto made = diagnostics.ok() ? row.make(context, params) : nullptr;
    return diagnostics.ok() ? std::move(made) : nullptr;
  }
  int filtered() {
    const auto filter = make();
    return filter->filter(request, response, chain).status;
  }
  std::string converted(const char* from, const char* to, std::string_view text) {
    auto converter = Converter::open(from, to);
    std::pmr::string out;
    converter->append(text, out);
    return std::string(out);
  }
};

TEST(CharsetFilter, converts_a_form_and_tells_its_new_length) {
  request.with_body("name=M%FCller&city=Z%fcrich+HB&x").with("Content-Length", "32");
  LONGS_EQUAL(0, filtered());
  STRCMP_EQUAL("name=M%C3%BCller&city=Z%C3%BCrich+HB&x", body.c_str());
  LONGS_EQUAL(body.size(), *length);
  STRCMP_EQUAL(std::to_string(body.size()).c_str(), length_field.c_str());
  STRCMP_EQUAL("application/x-www-form-urlencoded", type_field.c_str());
}

TEST(CharsetFilter, nobody_behind_it_sees_what_was_read_of_the_form_before) {
  const http::Parameters before(request.arena);
  request.the_parameters = &before;
  request.set_attribute(api::Request::kBodyAttribute, "a=%FC");
  request.with_body("a=%FC");
  LONGS_EQUAL(0, filtered());
  STRCMP_EQUAL("a=%C3%BC", attribute.c_str());
  CHECK_FALSE(has_parameters);
}

TEST(CharsetFilter, what_cannot_be_converted_becomes_a_question_mark) {
  set("ConvertFrom", "UTF-8");
  set("ConvertTo", "ISO-8859-1");
  request.with_body("a=%E2%82%AC%C3%BC%FF%C3&b=%F0%9F%98%80%zz");
  LONGS_EQUAL(0, filtered());
  STRCMP_EQUAL("a=%3F%FC%3F%3F&b=%3F%25zz", body.c_str());
}

TEST(CharsetFilter, the_query_is_converted_when_asked_for) {
  ask("/a%20b", "q=%E4&%FC=1");
  set("ConvertQuery", "true");
  LONGS_EQUAL(0, filtered());
  STRCMP_EQUAL("/a%20b?q=%C3%A4&%C3%BC=1", target.c_str());
  STRCMP_EQUAL("q=%C3%A4&%C3%BC=1", query.c_str());
}

TEST(CharsetFilter, the_query_stays_otherwise) {
  ask("/a", "q=%E4");
  LONGS_EQUAL(0, filtered());
  STRCMP_EQUAL("/a?q=%E4", target.c_str());
}

TEST(CharsetFilter, another_charset_that_is_named_is_converted_from) {
  form("; charset=\"windows-1252\"");
  request.with_body("p=%80");
  LONGS_EQUAL(0, filtered());
  STRCMP_EQUAL("p=%E2%82%AC", body.c_str());
  STRCMP_EQUAL("application/x-www-form-urlencoded; charset=UTF-8", type_field.c_str());
}

TEST(CharsetFilter, another_charset_may_be_ignored_or_kept) {
  form(";charset=utf-8");
  set("IncomingCharsetStrategy", "IGNORE");
  request.with_body("p=%FC");
  LONGS_EQUAL(0, filtered());
  STRCMP_EQUAL("p=%C3%BC", body.c_str());
  body.clear();
  set("IncomingCharsetStrategy", "KEEP");
  form(";charset=utf-8");
  request.the_body = {};
  request.with_body("p=%FC");
  LONGS_EQUAL(0, filtered());
  STRCMP_EQUAL("p=%FC", body.c_str());
  STRCMP_EQUAL("application/x-www-form-urlencoded;charset=utf-8", type_field.c_str());
}

TEST(CharsetFilter, a_charset_no_browser_uses_is_refused) {
  for (const char* name : {"; charset=ISO-2022-CN-EXT", "; charset=x", "; charset=../../tmp/x"}) {
    form(name);
    request.the_body = {};
    request.with_body("p=1");
    LONGS_EQUAL_TEXT(415, filtered(), name);
    LONGS_EQUAL(0, chain.calls);
  }
}

TEST(CharsetFilter, other_bodies_are_not_touched) {
  request.fields.set("Content-Type", "text/plain");
  request.with_body("M\xfcller");
  LONGS_EQUAL(0, filtered());
  STRCMP_EQUAL("M\xfcller", body.c_str());
  body.clear();
  form("");
  request.fields.set("Content-Encoding", "gzip");
  request.the_body = {};
  request.with_body("\x1f\x8b");
  LONGS_EQUAL(0, filtered());
  STRCMP_EQUAL("\x1f\x8b", body.c_str());
}

TEST(CharsetFilter, a_body_over_the_buffer_is_refused) {
  request.with_body(std::string(65537, 'x'));
  LONGS_EQUAL(413, filtered());
  LONGS_EQUAL(0, request.the_body.reads);
  request.the_body = {};
  request.with_chunks({std::string(60000, 'x'), std::string(6000, 'y')});
  LONGS_EQUAL(413, filtered());
  LONGS_EQUAL(0, chain.calls);
}

TEST(CharsetFilter, a_broken_body_is_refused_as_such) {
  request.with_chunks({"a=b"});
  request.the_body.last = api::BodyStatus::malformed;
  LONGS_EQUAL(400, filtered());
  request.the_body = {};
  request.with_chunks({"a=b"});
  request.the_body.last = api::BodyStatus::timed_out;
  LONGS_EQUAL(408, filtered());
}

TEST(CharsetFilter, an_unknown_charset_is_a_fault) {
  set("ConvertTo", "UTF-88");
  CHECK_FALSE(make());
  STRCMP_CONTAINS("'UTF-88' is no character set this system knows", diagnostics.faults()[0].line().c_str());
}

TEST(CharsetFilter, a_character_of_two_bytes_costs_one_question_mark) {
  STRCMP_EQUAL("?a", converted("SHIFT_JIS", "ISO-8859-1", "\x93\xfa\x61").c_str());
  STRCMP_EQUAL("?", converted("UTF-8", "US-ASCII", "\xc3\xbc").c_str());
  STRCMP_EQUAL(std::string(3000, 'x').c_str(), converted("UTF-8", "ISO-8859-15", std::string(3000, 'x')).c_str());
  LONGS_EQUAL(9000, converted("ISO-8859-15", "UTF-8", std::string(3000, '\xa4')).size());
}
