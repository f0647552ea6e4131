#include "navajo/config/file_text.h"

#include <fstream>

#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::config;

TEST_GROUP(FileText) { TemporaryFolder folder; };

TEST(FileText, reads_a_file_and_one_byte_more_than_allowed) {
  const std::string path = folder.write("a.xml", "12345");
  STRCMP_EQUAL("12345", read_file_text(path, 100)->c_str());
  CHECK_EQUAL(4u, read_file_text(path, 3)->size());
}

TEST(FileText, refuses_what_is_not_a_file) {
  STRCMP_EQUAL("is not a file", read_file_text("/", 100).error().text.c_str());
  CHECK_FALSE(read_file_text(folder.write("a", "") + "/nothing", 100).ok());
}

TEST(FileText, answers_from_a_record_after_the_file_has_changed) {
  FileTexts record;
  const std::string path = folder.write("a.xml", "good");
  {
    const ReadingScope scope(&record, nullptr);
    CHECK(read_file_text(path, 100).ok());
  }
  folder.write("a.xml", "broken");
  STRCMP_EQUAL("broken", read_file_text(path, 100)->c_str());
  const ReadingScope scope(nullptr, &record);
  STRCMP_EQUAL("good", read_file_text(path, 100)->c_str());
  CHECK_FALSE(read_file_text(path + ".other", 100).ok());
}
