// `navajo tunnels list` and `navajo tunnels kill`: open tunnels of all child processes, through the admin socket.
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "navajo/admin/request.h"
#include "navajo/cli/admin_question.h"
#include "navajo/cli/answer_rows.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/session_table.h"

namespace navajo::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kTunnelPatience = 10s;
constexpr const char* kUsualTunnels = "200";

std::vector<std::string> tunnel_row(const admin::Line& line, time_t now) {
  const auto started = static_cast<int64_t>(number_field(line, "started_ms") / 1000);
  return {shown_field(line, "tunnel"),
          shown_field(line, "kind"),
          shown_field(line, "client"),
          shown_field(line, "backend"),
          shown_field(line, "about"),
          short_duration(now > started ? now - started : 0),
          line.field("ending") ? "ending" : short_duration(static_cast<int64_t>(number_field(line, "idle_ms") / 1000)),
          shown_field(line, "bytes_up"),
          shown_field(line, "bytes_down")};
}

}  // namespace

int tunnels_list_command(const Arguments& arguments) {
  if (!arguments.operands.empty()) return misused(arguments, "takes no names");
  std::string request = question(arguments, "tunnel list");
  admin::append_field(request, "limit", arguments.has("--limit") ? arguments.value("--limit") : kUsualTunnels);
  if (const auto checked = admin::parse_request(request); !checked.ok())
    return misused(arguments, checked.error().text);
  const time_t now = time(nullptr);
  TextRows rows{{"TUNNEL", "KIND", "CLIENT", "BACKEND", "ABOUT", "OPEN", "IDLE", "UP", "DOWN"}};
  std::string more;
  const int code = lines_of(arguments, request, kTunnelPatience, [&](const admin::Line& line) {
    if (line.words[0] == "tunnel") rows.push_back(tunnel_row(line, now));
    if (line.words[0] == "end" && line.field("not_shown")) more = shown_field(line, "not_shown");
  });
  if (arguments.has("--json") || code != kOk) return code;
  fputs(rows.size() > 1 ? aligned_rows(rows).c_str() : "no tunnel is shown\n", stdout);
  if (!more.empty()) printf("%s more\n", more.c_str());
  return kOk;
}

int tunnels_kill_command(const Arguments& arguments) {
  if (arguments.operands.empty())
    return misused(arguments, "needs the number of a tunnel, as tunnels list has it");
  int worst = kOk;
  for (const std::string& number : arguments.operands) {
    std::string request = question(arguments, "tunnel kill");
    admin::append_field(request, "tunnel", number);
    if (const auto checked = admin::parse_request(request); !checked.ok())
      return misused(arguments, checked.error().text);
    std::string complaint;
    const int code = answer_of(arguments, request, kTunnelPatience, [&](const std::string& text) {
      if (arguments.has("--json")) printf("%s\n", text.c_str());
      const auto line = admin::parse_line(text);
      if (line.ok() && !line->words.empty() && line->words[0] == "error") complaint = shown_field(*line, "text");
    });
    if (!complaint.empty()) complain(number + ": " + complaint);
    if (code == kNotRunning) return code;
    if (code != kOk) worst = code;
  }
  if (worst == kOk && !arguments.has("--json")) puts("they end within a second");
  return worst;
}

}  // namespace navajo::cli
