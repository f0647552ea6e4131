#include "navajo/config/command_output.h"

#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "CppUTest/TestHarness.h"
#include "navajo/config/file_text.h"
#include "navajo/config/property_table.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/config/variables.h"

using namespace navajo::config;
using namespace std::chrono_literals;

TEST_GROUP(CommandOutput) {
  const TemporaryFolder folder;
  std::string error(const std::string& command, std::chrono::milliseconds limit = 5s) {
    const auto got = command_output(command, limit);
    return got.ok() ? "" : got.error().text;
  }
  int lines_of(const std::string& name) {
    std::ifstream in(folder.file(name));
    int out = 0;
    for (std::string line; std::getline(in, line);) out++;
    return out;
  }
};

TEST(CommandOutput, is_the_first_line) {
  STRCMP_EQUAL("one", command_output("echo ' one '; echo two")->c_str());
  STRCMP_EQUAL("a b", command_output("printf 'a b'")->c_str());
}

TEST(CommandOutput, a_command_that_fails_gives_its_status_and_what_it_said) {
  STRCMP_EQUAL("ended with status 3: no key", error("echo secret; echo no key >&2; echo more >&2; exit 3").c_str());
  STRCMP_EQUAL("was ended by signal 15", error("kill -TERM $$").c_str());
  STRCMP_EQUAL("wrote nothing to its standard output", error("true").c_str());
  STRCMP_EQUAL("wrote nothing to its standard output", error("echo; echo late").c_str());
  STRCMP_CONTAINS("ended with status 127", error("no-such-program-of-ours").c_str());
}

TEST(CommandOutput, the_whole_group_ends_with_the_time) {
  const auto start = std::chrono::steady_clock::now();
  STRCMP_EQUAL("took longer than 100 ms", error("sleep 30 & sleep 30", 100ms).c_str());
  STRCMP_EQUAL("took longer than 100 ms", error("exec >&- 2>&-; sleep 30", 100ms).c_str());
  CHECK_TRUE(std::chrono::steady_clock::now() - start < 10s);
}

TEST(CommandOutput, output_without_end_is_bounded) {
  STRCMP_EQUAL("took longer than 200 ms", error("yes", 200ms).c_str());
  CHECK_EQUAL(65536u, command_output("head -c 200000 /dev/zero | tr '\\0' x")->size());
}

TEST(CommandOutput, equal_commands_run_once_per_configuration) {
  const std::string command = "echo x >>" + folder.file("runs") + "; echo value";
  {
    FileTexts files;
    const ReadingScope reading(&files, nullptr);
    STRCMP_EQUAL("value", command_output(command)->c_str());
    STRCMP_EQUAL("value", command_output(command)->c_str());
    CHECK_EQUAL(1, lines_of("runs"));
    const ReadingScope again(nullptr, &files);  // from the record: nothing is run
    STRCMP_EQUAL("value", command_output(command)->c_str());
    CHECK_EQUAL(1, lines_of("runs"));
  }
  (void)command_output(command);
  CHECK_EQUAL(2, lines_of("runs"));
}

TEST(CommandOutput, stands_in_values_and_never_in_a_message) {
  Diagnostics diagnostics;
  const auto loaded = load_properties(
      folder.write("bc.properties", "ch.nevis.bc.net.MaxHeaders=${exec:echo hunter2-and-more}\n"
                                    "BC.Tracer.ThresholdBase=${exec:echo 7}\n"
                                    "org.apache.request.ParsedUri=${exec:echo oops >&2; exit 1}\n"),
      Missing::fault, Compat::strict, diagnostics);
  CHECK_EQUAL(7, loaded.known->integer("BC.Tracer.ThresholdBase"));
  std::string said;
  for (const Fault& fault : diagnostics.faults()) said += fault.line().substr(folder.path().size() + 1) + "\n";
  CHECK_TRUE_TEXT(said.find("hunter2") == std::string::npos, said.c_str());
  STRCMP_CONTAINS("bc.properties:1:28: NVJ1312", said.c_str());
  STRCMP_CONTAINS("bc.properties:3:30: NVJ1309 '${exec:echo oops >&2; exit 1}' ended with status 1: oops",
                  said.c_str());
}

TEST(CommandOutput, a_long_secret_is_hidden_where_a_message_cuts_it) {
  Diagnostics diagnostics;
  const std::string secret(300, 's');
  diagnostics.hide(secret);
  diagnostics.fault({"f", 1, 1}, navajo::observe::id::config_bad_value, "'" + secret.substr(0, 100) + "...' is bad");
  STRCMP_EQUAL("f:1:1: NVJ1306 '(hidden)...' is bad", diagnostics.faults()[0].line().c_str());
}
