// `navajo rules show` and `navajo rules reload`: asks the running instance through its admin socket.
#include <chrono>
#include <cstdio>
#include <ctime>

#include "navajo/admin/request.h"
#include "navajo/cli/admin_question.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/rules_table.h"

namespace navajo::cli {
namespace {

using namespace std::chrono_literals;

// Longer than ten thousand rules need to be read, twice.
constexpr auto kPatience = 60s;

std::string request_for(const char* verb, const char* format, const std::string& rules) {
  std::string line = std::string(admin::kVersion) + " rules " + verb;
  admin::append_field(line, "format", format);
  if (!rules.empty()) admin::append_field(line, "rules", rules);
  return line;
}

std::string text_of(const admin::Line& line, const char* name) {
  const std::string* value = line.field(name);
  return value ? *value : "";
}

// The rule an object's line is about; JSON here is of our own making.
std::string id_in(const std::string& json) {
  const bool credit = json.starts_with("{\"type\":\"credit\"");
  const std::string_view mark = credit ? "\"rule\":\"" : "\"id\":\"";
  const size_t at = json.find(mark);
  if ((!credit && !json.starts_with("{\"type\":\"rule\"")) || at == std::string::npos) return "";
  const size_t begin = at + mark.size();
  return json.substr(begin, json.find('"', begin) - begin);
}

void tell_reload(const std::string& text) {
  const auto line = admin::parse_line(text);
  if (!line.ok() || line->words.empty()) return;
  const std::string& kind = line->words[0];
  if (kind == "reloaded")
    printf("rules %s: generation %s is at work\n", text_of(*line, "name").c_str(),
           text_of(*line, "generation").c_str());
  if (kind == "fault") {
    std::string place = text_of(*line, "file");
    if (const std::string number = text_of(*line, "line"); number != "0")
      place += ":" + number + ":" + text_of(*line, "column");
    fprintf(stderr, "%s: %s\n", place.c_str(), text_of(*line, "text").c_str());
  }
  if (kind == "refused")
    complain("rules " + text_of(*line, "name") + ": " + text_of(*line, "text"));
  if (kind == "error" && text_of(*line, "code") != "rules_refused") complain(text_of(*line, "text"));
}

}  // namespace

int rules_show(const Arguments& arguments) {
  const bool json = arguments.has("--json");
  RulesTable table({arguments.operands.begin(), arguments.operands.end()}, time(nullptr));
  std::string complaint;
  const int code =
      answer_of(arguments, request_for("show", json ? "json" : "fields", arguments.value("--rules")), kPatience,
                [&](const std::string& text) {
                  if (json) {
                    const std::string id = id_in(text);
                    if (!id.empty() && !table.wants(id)) return;
                    if (!id.empty()) table.seen(id);
                    printf("%s\n", text.c_str());
                    return;
                  }
                  const auto line = admin::parse_line(text);
                  if (!line.ok()) return;
                  table.add(*line);
                  if (!line->words.empty() && line->words[0] == "error") complaint = text_of(*line, "text");
                });
  fputs(table.text().c_str(), stdout);
  if (!complaint.empty()) complain(complaint);
  if (code != kOk) return code;
  for (const std::string& id : table.missing()) complain("there is no rule '" + id + "'");
  return table.missing().empty() ? kOk : kFaults;
}

int rules_reload(const Arguments& arguments) {
  if (arguments.operands.size() > 1) {
    fputs("navajo: 'rules reload' takes one name, or none\n", stderr);
    return kUsage;
  }
  const std::string name = arguments.operands.empty() ? "" : arguments.operands[0];
  return answer_of(arguments, request_for("reload", "fields", name), kPatience,
                   [](const std::string& line) { tell_reload(line); });
}

}  // namespace navajo::cli
