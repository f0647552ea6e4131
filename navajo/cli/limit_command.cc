// `navajo limit show` and `navajo limit clear`: asks the running instance through its admin socket.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "navajo/admin/request.h"
#include "navajo/cli/admin_question.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/limit_table.h"

namespace navajo::cli {
namespace {

// A large table is looked at row by row.
constexpr auto kPatienceOfLimits = std::chrono::seconds(60);

std::string limit_request(const char* verb, const char* format, const Arguments& arguments) {
  std::string line = std::string(admin::kVersion) + " limit " + verb;
  admin::append_field(line, "format", format);
  static constexpr const char* kNames[][2] = {
      {"--rule", "rule"}, {"--key", "key"}, {"--key-id", "key-id"}, {"--top", "limit"}};
  for (const auto& [option, field] : kNames)
    if (arguments.has(option)) admin::append_field(line, field, arguments.value(option));
  if (arguments.has("--all")) admin::append_field(line, "all", "yes");
  return line;
}

std::string member(const admin::Line& line, const char* name) {
  const std::string* value = line.field(name);
  return value ? *value : "";
}

}  // namespace

int limit_show_command(const Arguments& arguments) {
  const bool json = arguments.has("--json");
  LimitTable table(time(nullptr));
  const int code = lines_of(arguments, limit_request("show", json ? "json" : "fields", arguments), kPatienceOfLimits,
                            [&](const admin::Line& line) { table.add(line); });
  if (!json && code == kOk) fputs(table.text().c_str(), stdout);
  return code;
}

int limit_clear_command(const Arguments& arguments) {
  if (arguments.has("--all") == (arguments.has("--rule") || arguments.has("--key-id"))) {
    fputs("navajo: say which limits: --rule ID, with --key TEXT for one of its keys, or --key-id ID; or --all\n",
          stderr);
    return kUsage;
  }
  uint64_t forgotten = 0;
  const int code = answer_of(arguments, limit_request("clear", "fields", arguments), kPatienceOfLimits,
                             [&](const std::string& text) {
                               const auto line = admin::parse_line(text);
                               if (!line.ok() || line->words.empty()) return;
                               if (line->words[0] == "error") complain(member(*line, "text"));
                               if (line->words[0] == "end")
                                 forgotten = strtoull(member(*line, "forgotten").c_str(), nullptr, 10);
                             });
  if (code != kOk) return code;
  if (arguments.has("--json"))
    printf("{\"forgotten\":%llu}\n", static_cast<unsigned long long>(forgotten));
  else
    printf("%llu %s forgotten\n", static_cast<unsigned long long>(forgotten), forgotten == 1 ? "key" : "keys");
  return forgotten > 0 ? kOk : kFaults;
}

}  // namespace navajo::cli
