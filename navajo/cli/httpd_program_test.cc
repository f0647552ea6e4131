#include "navajo/cli/httpd_program.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::cli;

TEST_GROUP(HttpdProgram){};

TEST(HttpdProgram, reads_the_list_of_compiled_in_modules) {
  const auto names = parse_compiled_in("Compiled in modules:\n  core.c\n  mod_so.c\n  http_core.c\n\nother.c\n");
  LONGS_EQUAL(3, names.size());
  CHECK(names.count("mod_so.c") == 1);
  CHECK(names.count("other.c") == 0);
  CHECK(parse_compiled_in("").empty());
  CHECK(parse_compiled_in("  x\n .\n c").empty());
}

TEST(HttpdProgram, captures_both_streams_and_the_exit_code) {
  const auto output =
      run_program({"/bin/sh", "-c", "echo one; echo two >&2; echo $ADDED; exit 7"}, {{"ADDED", "three"}});
  CHECK(output.ok());
  LONGS_EQUAL(7, output->exit_code);
  STRCMP_EQUAL("one\ntwo\nthree\n", output->text.c_str());
}

TEST(HttpdProgram, tells_a_death_by_signal_from_an_exit_code) {
  LONGS_EQUAL(128 + 9, run_program({"/bin/sh", "-c", "kill -9 $$"})->exit_code);
}

TEST(HttpdProgram, says_why_a_program_cannot_be_started) {
  const auto output = run_program({"/nonexistent/httpd", "-l"});
  CHECK(output.ok());
  LONGS_EQUAL(127, output->exit_code);
  CHECK(output->text.find("/nonexistent/httpd cannot be started: No such file") != std::string::npos);
}
