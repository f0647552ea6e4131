#include "navajo/config/watched_files.h"

#include <filesystem>
#include <string>

#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using config::WatchedFiles;
using std::chrono::seconds;

namespace {

std::string g_log;

void keep(observe::LogId, std::string_view text) {
  g_log += std::string(text) + "\n";
}

}  // namespace

TEST_GROUP(WatchedFiles) {
  config::TemporaryFolder folder;
  base::ManualClock clock;
  int reads = 0;
  bool fails = false;
  WatchedFiles files{"things", {folder.write("a", "1"), folder.file("b")},
                     {{1, observe::Level::error}, {2, observe::Level::error}, {3, observe::Level::notice}, "things"}};

  void setup() override {
    g_log.clear();
    observe::set_log_sink(keep, nullptr);
  }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(g_log);  // or its memory would count as lost
  }
  void look() {
    files.look(clock.now(), seconds(1), [this](config::Diagnostics& faults) {
      reads++;
      if (fails) faults.fault({"a", 2, 3}, {1, observe::Level::error}, "is bad");
    });
    clock.advance(seconds(1));
  }
};

TEST(WatchedFiles, nothing_is_read_while_nothing_changes) {
  look();
  look();
  CHECK_EQUAL(0, reads);
}

TEST(WatchedFiles, a_change_is_seen_once_and_not_before_the_interval_is_over) {
  look();
  clock.advance(-seconds(1));
  folder.write("a", "12");
  look();
  CHECK_EQUAL(0, reads);
  look();
  look();
  CHECK_EQUAL(1, reads);
  CHECK_EQUAL(1u, files.reloads());
  STRCMP_EQUAL("NVJ0003 things was read again\n", g_log.c_str());
}

TEST(WatchedFiles, a_file_that_comes_or_goes_has_changed) {
  folder.write("b", "");
  look();
  CHECK_EQUAL(1, reads);
  std::filesystem::remove(folder.file("b"));
  look();
  CHECK_EQUAL(2, reads);
}

TEST(WatchedFiles, faults_are_logged_with_their_place_and_counted) {
  fails = true;
  folder.write("a", "12");
  look();
  CHECK_EQUAL(0u, files.reloads());
  CHECK_EQUAL(1u, files.refused_reloads());
  STRCMP_EQUAL("NVJ0001 a:2:3: is bad\nNVJ0002 things has faults (named above): the things of before stay\n",
               g_log.c_str());
}
