#include "navajo/cli/arguments.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo::cli;

namespace {
constexpr OptionSpec kOptions[] = {
    {"--config", "FILE", "the file"},
    {"--mpm", "MPM", "the model", "event,prefork"},
    {"--foreground", nullptr, "stay"},
    {"-X", nullptr, "one process"},
};
const CommandSpec kTable[] = {
    {"run", "Start it", "Details.", kOptions},
    {"config show-httpd", "Print it", "", kOptions},
    {"help", "Print this", "", {}, "[COMMAND]"},
};
bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }
}  // namespace

TEST_GROUP(Arguments) {
  navajo::base::Result<Arguments> parse(std::vector<std::string> words) { return parse_arguments(kTable, words); }
  std::string error(std::vector<std::string> words) {
    const auto parsed = parse(std::move(words));
    return parsed ? "" : parsed.error().text;
  }
};

TEST(Arguments, take_an_option_value_after_a_blank_or_an_equals_sign) {
  const auto blank = parse({"run", "--config", "a.xml", "--foreground"});
  CHECK(blank.ok());
  STRCMP_EQUAL("run", blank->command->name);
  STRCMP_EQUAL("a.xml", blank->value("--config").c_str());
  CHECK(blank->has("--foreground"));
  CHECK_FALSE(blank->has("-X"));
  const auto equals = parse({"run", "--config=b=c.xml"});
  STRCMP_EQUAL("b=c.xml", equals->value("--config").c_str());
}

TEST(Arguments, know_a_command_of_two_words_by_both_or_by_its_first) {
  STRCMP_EQUAL("config show-httpd", parse({"config", "show-httpd", "-X"})->command->name);
  STRCMP_EQUAL("config show-httpd", parse({"config"})->command->name);
}

TEST(Arguments, say_what_was_meant) {
  CHECK(has(error({"rnu"}), "there is no command 'rnu', did you mean 'run'?"));
  CHECK(has(error({"config", "show-htpd"}), "did you mean 'config show-httpd'?"));
  CHECK(has(error({"run", "--confg", "x"}), "'run' has no option '--confg', did you mean '--config'?"));
  CHECK(has(error({"run", "--mpm", "evnt"}), "is one of event,prefork, not 'evnt', did you mean 'event'?"));
}

TEST(Arguments, refuse_what_they_do_not_understand) {
  CHECK(has(error({}), "no command"));
  CHECK(has(error({"--config", "x", "run"}), "the command comes first"));
  CHECK(has(error({"run", "surplus"}), "does not take 'surplus'"));
  CHECK(has(error({"run", "--config"}), "needs a FILE"));
  CHECK(has(error({"run", "--config="}), "needs a FILE"));
  CHECK(has(error({"run", "--config", "--foreground"}), "needs a FILE"));
  CHECK(has(error({"run", "--foreground=yes"}), "takes no value"));
  CHECK(has(error({"run", "-X", "-X"}), "given twice"));
}

TEST(Arguments, keep_operands_where_a_command_takes_them) {
  const auto parsed = parse({"help", "config", "show-httpd"});
  CHECK(parsed.ok());
  LONGS_EQUAL(2, parsed->operands.size());
}

TEST(Arguments, help_names_every_command_and_every_option) {
  const std::string overview = help_overview(kTable);
  CHECK(has(overview, "  run "));
  CHECK(has(overview, "  config show-httpd "));
  const std::string one = help_for(kTable[0]);
  CHECK(has(one, "usage: navajo run [--config FILE]"));
  for (const OptionSpec& option : kOptions) CHECK(has(one, option.help));
}

TEST(Arguments, help_wraps_long_texts_to_a_terminal) {
  std::string words;
  for (int i = 0; i < 60; i++) words += "word ";
  const OptionSpec options[] = {{"--a-rather-long-option-name", "WITH-VALUE", words.c_str()}};
  const std::string help = help_for({"c", "S", "", options});
  size_t start = 0;
  while (start < help.size()) {
    const size_t end = help.find('\n', start);
    CHECK(end - start <= 97);
    start = end + 1;
  }
}
