#include "navajo/cli/commands.h"

#include <cstdio>
#include <set>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::cli;

namespace {
// Before the first test, so that the table's own memory is not taken for a leak of one.
[[maybe_unused]] const size_t kCommands = command_table().size();
}  // namespace

TEST_GROUP(Commands) {
  // What a command prints is looked at elsewhere: here only its exit code counts.
  FILE* out = nullptr;
  FILE* err = nullptr;
  void setup() override {
    out = stdout;
    err = stderr;
    stdout = fopen("/dev/null", "w");
    stderr = fopen("/dev/null", "w");
  }
  void teardown() override {
    fclose(stdout);
    fclose(stderr);
    stdout = out;
    stderr = err;
  }
  int run(std::vector<std::string> words) { return navajo_main(words); }
};

TEST(Commands, wrong_usage_is_exit_code_2) {
  LONGS_EQUAL(kUsage, run({}));
  LONGS_EQUAL(kUsage, run({"strat"}));
  LONGS_EQUAL(kUsage, run({"run"}));
  LONGS_EQUAL(kUsage, run({"check"}));
  LONGS_EQUAL(kUsage, run({"config", "show-httpd"}));
  LONGS_EQUAL(kUsage, run({"status", "--jsn"}));
  LONGS_EQUAL(kUsage, run({"help", "nothing-of-that-name"}));
}

TEST(Commands, help_is_there_for_every_command) {
  LONGS_EQUAL(kOk, run({"help"}));
  LONGS_EQUAL(kOk, run({"--help"}));
  for (const CommandSpec& command : command_table()) {
    const std::string name = command.name;
    const size_t blank = name.find(' ');
    std::vector<std::string> words{name.substr(0, blank)};
    if (blank != std::string::npos) words.push_back(name.substr(blank + 1));
    words.push_back("--help");
    LONGS_EQUAL_TEXT(kOk, run(words), command.name);
  }
}

TEST(Commands, names_and_options_are_unique) {
  std::set<std::string> names;
  for (const CommandSpec& command : command_table()) {
    CHECK_TRUE_TEXT(names.insert(command.name).second, command.name);
    std::set<std::string> options;
    for (const OptionSpec& option : command.options) CHECK_TRUE_TEXT(options.insert(option.name).second, option.name);
  }
}

TEST(Commands, a_file_that_is_not_there_is_a_fault) {
  LONGS_EQUAL(kFaults, run({"check", "--config", "/nonexistent/navajo.xml"}));
  LONGS_EQUAL(kFaults, run({"run", "--config", "/nonexistent/navajo.xml"}));
}

TEST(Commands, an_instance_that_does_not_run_is_exit_code_3) {
  for (const char* command : {"status", "stop", "reload", "graceful-stop"}) {
    LONGS_EQUAL_TEXT(kNotRunning, run({command, "--run-dir", "/nonexistent/run"}), command);
    LONGS_EQUAL_TEXT(kNotRunning, run({command, "--config", "/nonexistent/navajo.xml"}), command);
  }
}
