#include "navajo/cli/session_request.h"

#include <string>
#include <vector>

#include "navajo/cli/commands.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::cli;

namespace {
// Before the first test, so that the table's own memory is not taken for a leak of one.
[[maybe_unused]] const size_t kCommands = command_table().size();
}  // namespace

TEST_GROUP(SessionRequest) {
  navajo::base::Result<std::string> request(std::vector<std::string> words) {
    words.insert(words.begin(), "session");
    const auto arguments = parse_arguments(command_table(), words);
    if (!arguments.ok()) return navajo::base::Failed{arguments.error()};
    return session_request(words[1], *arguments);
  }
  std::string made(std::vector<std::string> words) {
    const auto result = request(std::move(words));
    return result.ok() ? *result : "refused: " + result.error().text;
  }
  bool refused(std::vector<std::string> words, const char* because) {
    const auto result = request(std::move(words));
    return !result.ok() && result.error().text.find(because) != std::string::npos;
  }
};

TEST(SessionRequest, says_what_was_selected) {
  STRCMP_EQUAL("navajo/1 session list format=fields", made({"list"}).c_str());
  STRCMP_EQUAL("navajo/1 session list format=json user=anna%20b store=S limit=5",
               made({"list", "--json", "--user", "anna b", "--store=S", "--limit", "5"}).c_str());
  STRCMP_EQUAL("navajo/1 session kill format=fields older-than=7200 idle-for=90",
               made({"kill", "--older-than", "2h", "--idle-for", "90"}).c_str());
  STRCMP_EQUAL("navajo/1 session show format=fields id=0123456789ab", made({"show", "--id", "0123456789ab"}).c_str());
}

TEST(SessionRequest, wants_a_selection_or_a_confirmation) {
  CHECK(refused({"kill"}, "--all --yes"));
  CHECK(refused({"kill", "--store", "S"}, "--all --yes"));
  CHECK(refused({"kill", "--all"}, "confirm with --yes"));
  CHECK(refused({"kill", "--yes"}, "say which sessions"));
  CHECK(refused({"show"}, "say which sessions"));
  STRCMP_EQUAL("navajo/1 session kill format=fields all=yes", made({"kill", "--all", "--yes"}).c_str());
}

TEST(SessionRequest, takes_no_whole_session_id) {
  CHECK(refused({"kill", "--id", "AbCdEfGhIjKlMnOpQrStUvWxYz012345"}, "12 hexadecimal digits"));
}

TEST(SessionRequest, refuses_times_and_numbers_that_are_none) {
  CHECK(refused({"list", "--older-than", "yesterday"}, "'--older-than'"));
  CHECK(refused({"list", "--idle-for", "0"}, "'--idle-for'"));
  CHECK(refused({"list", "--limit", "many"}, "'--limit'"));
  CHECK(refused({"list", "--all"}, "has no option '--all'"));
}
