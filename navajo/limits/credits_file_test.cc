#include "navajo/limits/credits_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo::limits;

TEST_GROUP(CreditsFile) {
  char folder[32] = "/tmp/navajo-credits-XXXXXX";
  std::string path;
  KeySecret secret{{1, 2}};
  std::vector<CreditTable::RowShm> rows = std::vector<CreditTable::RowShm>(2000);
  CreditNumbersShm numbers{};
  CreditTable table{rows.data(), 2000, numbers};
  CreditsFile::Loaded loaded;
  std::vector<CreditRecord> records;

  void setup() override {
    CHECK_TRUE(mkdtemp(folder) != nullptr);
    path = std::string(folder) + "/credits";
  }
  void teardown() override { std::filesystem::remove_all(folder); }
  static Key key(uint64_t n) { return {n * 0x9e3779b97f4a7c15, n * 0xd1342543de82ef95 + 12345}; }
  void use(uint64_t who, uint64_t price) {
    (void)table.use(key(who), {.amount = 100}, 20000 * 86400, price, CreditTable::Mode::within, "who");
  }
  std::unique_ptr<CreditsFile> open() {
    loaded = {};
    auto file = CreditsFile::open(path, secret, loaded);
    CHECK_TRUE_TEXT(file.ok(), file.ok() ? "" : file.error().text.c_str());
    return std::move(*file);
  }
  void load() {
    records.clear();
    const auto file = open();
    file->load([this](const CreditRecord& record) { records.push_back(record); }, loaded);
  }
  void overwrite(std::streamoff at, const std::string& with) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file << with;
  }
};

TEST(CreditsFile, what_is_saved_is_read) {
  for (uint64_t i = 1; i <= 1300; i++) use(i, i % 50 + 1);
  {
    const auto file = open();
    CHECK_TRUE(file->save(table, 0).ok());
  }
  load();
  LONGS_EQUAL(numbers.keys.load(), records.size());
  CHECK_TRUE(records.size() > 1200);
  LONGS_EQUAL(0, loaded.damaged);
  struct stat about {};
  CHECK_EQUAL(0, stat(path.c_str(), &about));
  LONGS_EQUAL(0600, about.st_mode & 0777);
  CHECK_TRUE(CreditsFile::peek_secret(path).has_value());
  LONGS_EQUAL(2, CreditsFile::peek_secret(path)->words[1]);
}

TEST(CreditsFile, a_save_that_is_cut_off_leaves_the_one_before) {
  use(1, 5);
  {
    const auto file = open();
    CHECK_TRUE(file->save(table, 0).ok());
    use(1, 5);
    CHECK_TRUE(file->save(table, 1).ok());
  }
  // The second set's block.
  overwrite(2 * 4096 + 65536 + 40, "rubbish");
  load();
  LONGS_EQUAL(1, loaded.damaged);
  LONGS_EQUAL(1, records.size());
  LONGS_EQUAL(5, CreditTable::used_of(records[0].word));
}

TEST(CreditsFile, one_copy_of_the_head_is_enough) {
  use(1, 5);
  CHECK_TRUE(open()->save(table, 0).ok());
  overwrite(3, "rubbish");
  load();
  CHECK_FALSE(loaded.head_damaged);
  LONGS_EQUAL(1, records.size());
}

TEST(CreditsFile, a_file_without_a_head_is_moved_aside) {
  std::ofstream(path) << "something else";
  load();
  CHECK_TRUE(loaded.head_damaged);
  LONGS_EQUAL(0, records.size());
  CHECK_TRUE(std::filesystem::exists(path + ".damaged"));
  CHECK_FALSE(CreditsFile::peek_secret(path + ".damaged").has_value());
  load();
  CHECK_FALSE(loaded.head_damaged);
}

TEST(CreditsFile, any_length_can_be_read) {
  for (uint64_t i = 1; i <= 600; i++) use(i, 1);
  CHECK_TRUE(open()->save(table, 0).ok());
  for (const uintmax_t length : {200000u, 8192u + 1000u, 8192u, 8191u, 4096u, 100u, 1u}) {
    std::filesystem::resize_file(path, length);
    load();
    CHECK_TRUE(loaded.damaged <= 1);
    if (length < 100) CHECK_TRUE(loaded.head_damaged);
  }
}

TEST(CreditsFile, what_cannot_be_opened_is_said) {
  CreditsFile::Loaded none;
  CHECK_FALSE(CreditsFile::open(std::string(folder) + "/no/such", secret, none).ok());
  CHECK_FALSE(CreditsFile::open(folder, secret, none).ok());
}
