// `navajo requests` and `navajo why`: what is at work, and what the server remembers of requests that were slow, failed
// or were refused; asked for through its admin socket.
#include <chrono>
#include <cstdio>
#include <ctime>
#include <optional>
#include <vector>

#include "navajo/admin/request.h"
#include "navajo/cli/admin_question.h"
#include "navajo/cli/answer_rows.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/session_table.h"
#include "navajo/config/text.h"

namespace navajo::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kRequestsPatience = 10s;
constexpr const char* kUsualRequests = "50";

// "340us", "12.3ms", "4.56s"
std::string time_text(uint64_t us) {
  char text[32];
  if (us < 1000)
    snprintf(text, sizeof text, "%lluus", static_cast<unsigned long long>(us));
  else if (us < 1'000'000)
    snprintf(text, sizeof text, "%.1fms", static_cast<double>(us) / 1e3);
  else
    snprintf(text, sizeof text, "%.2fs", static_cast<double>(us) / 1e6);
  return text;
}

std::string target_of(const admin::Line& line) { return shown_field(line, "host", "") + shown_field(line, "path", ""); }

std::vector<std::string> row_of(const admin::Line& line, uint64_t now_ms) {
  if (line.words[0] == "live")
    return {time_text(number_field(line, "for_ms") * 1000), shown_field(line, "in"), shown_field(line, "client"),
            shown_field(line, "method"), target_of(line), shown_field(line, "id")};
  const uint64_t started = number_field(line, "started_ms");
  const auto ago = static_cast<int64_t>(now_ms > started ? (now_ms - started) / 1000 : 0);
  return {short_duration(ago) + " ago", shown_field(line, "kind"), shown_field(line, "status"),
          time_text(number_field(line, "total_us")), shown_field(line, "cause"), shown_field(line, "method"),
          target_of(line), shown_field(line, "id")};
}

void print_head(const admin::Line& line) {
  printf("%s %s: %s after %s\n", shown_field(line, "method").c_str(), target_of(line).c_str(),
         shown_field(line, "status").c_str(), time_text(number_field(line, "total_us")).c_str());
  const auto tell = [&](const char* label, const char* name, const char* unit = "") {
    if (line.field(name)) printf("  %-14s %s%s\n", label, shown_field(line, name).c_str(), unit);
  };
  const time_t started = static_cast<time_t>(number_field(line, "started_ms") / 1000);
  char when[64] = "-";
  tm parts{};
  if (gmtime_r(&started, &parts)) strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &parts);
  printf("  %-14s %s\n", "started", when);
  tell("id", "id");
  tell("remembered as", "kind");
  tell("cause", "cause");
  tell("client", "client");
  tell("user", "user");
  tell("session", "session");
  tell("context", "context");
  tell("servlet", "servlet");
  tell("backend", "backend");
  tell("its status", "backend_status");
  tell("connected in", "connect_ms", "ms");
  tell("first byte in", "first_byte_ms", "ms");
  tell("backend total", "backend_ms", "ms");
  printf("  %-14s %s\n", "before chain", time_text(number_field(line, "before_chain_us")).c_str());
  tell("bytes sent", "bytes_sent");
  tell("events", "events");
  if (line.field("client_gone")) printf("  the client went away\n");
  if (line.field("cut")) printf("  the response was cut off\n");
}

}  // namespace

int requests_command(const Arguments& arguments) {
  std::optional<std::string> kind;
  for (const char* option : {"--live", "--slow", "--failed", "--blocked", "--sampled"}) {
    if (!arguments.has(option)) continue;
    if (kind) return misused(arguments, "takes one of --live, --slow, --failed, --blocked and --sampled");
    kind = option + 2;
  }
  const bool live = kind == "live";
  std::string request = question(arguments, live ? "request live" : "request list");
  admin::append_field(request, "limit", arguments.has("--limit") ? arguments.value("--limit") : kUsualRequests);
  if (kind && !live) admin::append_field(request, "kind", *kind);
  if (const auto checked = admin::parse_request(request); !checked.ok())
    return misused(arguments, checked.error().text);
  const uint64_t now_ms = static_cast<uint64_t>(time(nullptr)) * 1000;
  TextRows rows;
  const int code = lines_of(arguments, request, kRequestsPatience, [&](const admin::Line& line) {
    if (line.words[0] == "live" || line.words[0] == "request") rows.push_back(row_of(line, now_ms));
  });
  if (arguments.has("--json") || code != kOk) return code;
  if (rows.empty()) {
    puts(live ? "nothing is at work" : "nothing is remembered");
    return kOk;
  }
  rows.insert(rows.begin(), live ? std::vector<std::string>{"FOR", "IN", "CLIENT", "METHOD", "WHAT", "ID"}
                                 : std::vector<std::string>{"WHEN", "KIND", "STATUS", "TOOK", "CAUSE", "METHOD", "WHAT",
                                                            "ID"});
  fputs(aligned_rows(rows).c_str(), stdout);
  return kOk;
}

int why_command(const Arguments& arguments) {
  if (arguments.operands.size() != 1) return misused(arguments, "takes one request id");
  std::string request = question(arguments, "request why");
  admin::append_field(request, "request", arguments.operands[0]);
  if (const auto checked = admin::parse_request(request); !checked.ok())
    return misused(arguments, checked.error().text);
  TextRows elements{{"  ELEMENT", "DOWN", "UP", "NAME"}};
  std::string tail;
  const int code = lines_of(arguments, request, kRequestsPatience, [&](const admin::Line& line) {
    const std::string& type = line.words[0];
    if (type == "request") print_head(line);
    if (type == "element")
      elements.push_back({"  " + shown_field(line, "kind"), time_text(number_field(line, "down_us")),
                          time_text(number_field(line, "up_us")), shown_field(line, "name")});
    if (type == "rule") tail += "  rule " + shown_field(line, "id") + ": " + shown_field(line, "did") + "\n";
    if (type == "try") tail += "  tried " + shown_field(line, "backend") + ": " + shown_field(line, "outcome") + "\n";
    if (type == "left_out") tail += "  " + shown_field(line, "elements") + " more elements were not timed\n";
  });
  if (arguments.has("--json") || code != kOk) return code;
  if (elements.size() > 1) fputs(aligned_rows(elements).c_str(), stdout);
  fputs(tail.c_str(), stdout);
  return kOk;
}

}  // namespace navajo::cli
