#include "navajo/container/generation.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::container;

namespace {

class Rows final : public api::StatusWriter {
 public:
  std::string text_;
  void begin(std::string_view object) override { text_ += std::string(object) + "{"; }
  void end() override { text_ += "}"; }
  void number(std::string_view name, double value) override {
    text_ += std::string(name) + "=" + std::to_string(static_cast<long>(value)) + " ";
  }
  void text(std::string_view name, std::string_view value) override {
    text_ += std::string(name) + "=" + std::string(value) + " ";
  }
};

}  // namespace

TEST_GROUP(Generation) {};

TEST(Generation, knows_the_files_it_was_read_from) {
  auto arena = shm::Arena::create(65536);
  CHECK_TRUE(arena.ok());
  const std::string longer(300, 'x');
  GenerationShm* generation = record_generation(*arena, {{"/etc/navajo.xml", "abc"}, {longer, ""}});
  CHECK_TRUE(generation != nullptr);
  generation->number = 3;
  LONGS_EQUAL(2, generation->file_count);
  LONGS_EQUAL(FileShm::kPathSize - 1, strlen(generation->files[1].path));
  Rows rows;
  report(*generation, rows);
  STRCMP_CONTAINS("configuration{number=3 since=0 file /etc/navajo.xml{size=3 checksum=e71fa2190541574b }",
                  rows.text_.c_str());
}

TEST(Generation, has_to_fit) {
  auto arena = shm::Arena::create(4096);
  config::FileTexts files;
  for (int i = 0; i < 100; i++) files["/f" + std::to_string(i)] = "";
  CHECK_TRUE(record_generation(*arena, files) == nullptr);
  CHECK_TRUE(arena->refused_bytes() > 0);
}
