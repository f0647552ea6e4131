#include "navajo/container/memory_report.h"

#include <string>

#include "navajo/observe/log.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::container;

namespace {

std::string g_line;
observe::Level g_level;
void keep(observe::LogId id, std::string_view text) {
  g_line = text;
  g_level = id.level;
}
bool everything(observe::Level) { return true; }

}  // namespace

TEST_GROUP(MemoryReport) {
  void setup() override { observe::set_log_sink(keep, everything); }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(g_line);
  }
};

TEST(MemoryReport, says_at_start_what_is_left) {
  tell_memory_at_start("shop", {10000000, 81421});
  STRCMP_CONTAINS("Service 'shop' memory configured 10000000 used 81421 available 9918579", g_line.c_str());
  CHECK_TRUE(g_level == observe::Level::notice);
}

TEST(MemoryReport, grows_louder_as_memory_goes) {
  tell_memory_in_use("shop", {1000, 899});
  CHECK_TRUE(g_level == observe::Level::info);
  tell_memory_in_use("shop", {1000, 900});
  CHECK_TRUE(g_level == observe::Level::notice);
  tell_memory_in_use("shop", {1000, 949});
  CHECK_TRUE(g_level == observe::Level::notice);
  tell_memory_in_use("shop", {1000, 950});
  CHECK_TRUE(g_level == observe::Level::error);
  STRCMP_CONTAINS("[NVSV,0070]", g_line.c_str());
  tell_memory_in_use("shop", {1000, 1100});
  STRCMP_CONTAINS("used 1100 (110%) available 0", g_line.c_str());
}
