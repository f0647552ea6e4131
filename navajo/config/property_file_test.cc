#include "navajo/config/property_file.h"

#include <cstdlib>
#include <string>

#include "CppUTest/TestHarness.h"
#include "navajo/config/temporary_folder.h"

using namespace navajo::config;
namespace id = navajo::observe::id;

TEST_GROUP(PropertyFile) {
  Diagnostics diagnostics;

  // Each property as "name=value@line:column of the value;".
  std::string parsed(std::string_view text) {
    std::string out;
    for (const Property& property : parse_properties("bc.properties", text, diagnostics))
      out += property.name + "=" + property.value.text + "@" + std::to_string(property.value.where.line) + ":" +
             std::to_string(property.value.where.column) + ";";
    return out;
  }
  std::string first_fault() { return diagnostics.ok() ? "" : diagnostics.faults()[0].line(); }
};

TEST(PropertyFile, separates_name_and_value_by_equals_colon_or_blank) {
  STRCMP_EQUAL("a=1@1:3;b=2@2:4;c=3@3:3;d=4@4:8;e=@5:1;f==5@6:5;",
               parsed("a=1\nb: 2\nc 3\n\td  = \t4\ne\nf = =5").c_str());
  CHECK_TRUE(diagnostics.ok());
}

TEST(PropertyFile, skips_comments_and_blank_lines_whatever_ends_a_line) {
  STRCMP_EQUAL("a=1@3:3;b=2@6:3;c=#3@7:3;", parsed("# x=1\r\n  ! y=2\\\r\na=1\r\r \nb=2\nc=#3").c_str());
}

TEST(PropertyFile, continues_a_line_that_ends_with_an_odd_number_of_backslashes) {
  STRCMP_EQUAL("a=one, two@1:5;b=x\\@3:3;c=1@4:3;d=#no comment@6:1;e=@7:2;",
               parsed("a = one, \\\n    two\nb=x\\\\\nc=1\nd=\\\n#no comment\ne=\\").c_str());
}

TEST(PropertyFile, resolves_escapes_in_names_and_values) {
  STRCMP_EQUAL("a b=c=d\t\n@1:6;k:=\"\xc3\xa9\xf0\x9f\x90\xb4@2:6;",
               parsed("a\\ b=c\\=d\\t\\n\nk\\:= \\\"\\u00e9\\uD83D\\uDC34").c_str());
}

TEST(PropertyFile, keeps_blanks_at_the_end_of_a_value) { STRCMP_EQUAL("a=b  @1:3;", parsed("a=b  \n").c_str()); }

TEST(PropertyFile, takes_a_file_that_is_not_utf8_for_latin1) {
  STRCMP_EQUAL("a=\xc3\xbc@1:3;", parsed("a=\xfc").c_str());
  STRCMP_EQUAL("a=\xc3\xbc x@1:3;", parsed("a=\xc3\xbc x").c_str());
  STRCMP_EQUAL("a=1@1:3;", parsed("\xef\xbb\xbf" "a=1").c_str());
}

TEST(PropertyFile, counts_columns_in_characters) {
  STRCMP_EQUAL("\xc3\xbc\xc3\xbc=1@1:4;", parsed("\xc3\xbc\xc3\xbc=1").c_str());
}

TEST(PropertyFile, names_the_place_of_a_bad_escape) {
  parsed("a=1\nb=x\\u12g4");
  STRCMP_EQUAL("bc.properties:2:4: NVJ1301 \\u needs four hexadecimal digits", first_fault().c_str());
}

TEST(PropertyFile, refuses_half_a_pair_zero_bytes_and_values_without_a_name) {
  for (const char* text : {"a=\\ud800", "a=\\ud800\\u0041", "a=\\udc00x", "a=\\u0000", "=1", ": x"}) {
    Diagnostics each;
    (void)parse_properties("f", text, each);
    CHECK_FALSE_TEXT(each.ok(), text);
    CHECK_EQUAL(1, each.faults()[0].where.line);
  }
  CHECK_TRUE(parse_properties("f", std::string_view("a=1\0b", 5), diagnostics).empty());
  CHECK_FALSE(diagnostics.ok());
}

TEST(PropertyFile, tells_a_file_that_is_not_there_from_an_empty_one) {
  const TemporaryFolder folder;
  CHECK_FALSE(read_properties(folder.file("none"), Missing::tolerated, diagnostics).has_value());
  CHECK_TRUE(diagnostics.ok());
  CHECK_TRUE(read_properties(folder.write("empty", ""), Missing::fault, diagnostics).has_value());
  CHECK_TRUE(diagnostics.ok());
  CHECK_FALSE(read_properties(folder.file("none"), Missing::fault, diagnostics).has_value());
  CHECK_EQUAL(id::config_unreadable.number, diagnostics.faults()[0].id.number);
}

TEST(PropertyFile, replaces_variables_in_values) {
  const TemporaryFolder folder;
  setenv("NAVAJO_TEST_WORD", "horse", 1);
  const auto read = read_properties(folder.write("p", "a=${env:NAVAJO_TEST_WORD}\n b = ${env:NAVAJO_TEST_NOT}"),
                                    Missing::fault, diagnostics);
  STRCMP_EQUAL("horse", (*read)[0].value.text.c_str());
  CHECK_EQUAL(1, diagnostics.count());
  CHECK_EQUAL(2, diagnostics.faults()[0].where.line);
  CHECK_EQUAL(6, diagnostics.faults()[0].where.column);
}
