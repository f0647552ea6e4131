// `navajo requests` and `navajo why`: what is at work, and what the server remembers of requests that were slow, failed
// or were refused; asked for through its admin socket.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <vector>

#include "navajo/admin/request.h"
#include "navajo/cli/admin_question.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/session_table.h"
#include "navajo/config/text.h"

namespace navajo::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kRequestsPatience = 10s;
constexpr const char* kUsualRequests = "50";

std::string field_of(const admin::Line& line, const char* name, const char* otherwise = "-") {
  const std::string* value = line.field(name);
  return value && !value->empty() ? config::printable(*value) : otherwise;
}
uint64_t number_of(const admin::Line& line, const char* name) {
  const std::string* value = line.field(name);
  return value ? strtoull(value->c_str(), nullptr, 10) : 0;
}

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

using Rows = std::vector<std::vector<std::string>>;

void print_rows(const Rows& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); i++) {
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], row[i].size());
    }
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); i++) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
    }
    printf("%s\n", line.c_str());
  }
}

std::string target_of(const admin::Line& line) { return field_of(line, "host", "") + field_of(line, "path", ""); }

std::vector<std::string> row_of(const admin::Line& line, uint64_t now_ms) {
  if (line.words[0] == "live")
    return {time_text(number_of(line, "for_ms") * 1000), field_of(line, "in"), field_of(line, "client"),
            field_of(line, "method"), target_of(line), field_of(line, "id")};
  const uint64_t started = number_of(line, "started_ms");
  const auto ago = static_cast<int64_t>(now_ms > started ? (now_ms - started) / 1000 : 0);
  return {short_duration(ago) + " ago", field_of(line, "kind"), field_of(line, "status"),
          time_text(number_of(line, "total_us")), field_of(line, "cause"), field_of(line, "method"), target_of(line),
          field_of(line, "id")};
}

void print_head(const admin::Line& line) {
  printf("%s %s: %s after %s\n", field_of(line, "method").c_str(), target_of(line).c_str(),
         field_of(line, "status").c_str(), time_text(number_of(line, "total_us")).c_str());
  const auto tell = [&](const char* label, const char* name, const char* unit = "") {
    if (line.field(name)) printf("  %-14s %s%s\n", label, field_of(line, name).c_str(), unit);
  };
  const time_t started = static_cast<time_t>(number_of(line, "started_ms") / 1000);
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
  printf("  %-14s %s\n", "before chain", time_text(number_of(line, "before_chain_us")).c_str());
  tell("bytes sent", "bytes_sent");
  tell("events", "events");
  if (line.field("client_gone")) printf("  the client went away\n");
  if (line.field("cut")) printf("  the response was cut off\n");
}

int usage_of(const Arguments& arguments, const char* what) {
  fprintf(stderr, "navajo: '%s' %s\n", arguments.command->name, what);
  return kUsage;
}

}  // namespace

int requests_command(const Arguments& arguments) {
  std::optional<std::string> kind;
  for (const char* option : {"--live", "--slow", "--failed", "--blocked", "--sampled"}) {
    if (!arguments.has(option)) continue;
    if (kind) return usage_of(arguments, "takes one of --live, --slow, --failed, --blocked and --sampled");
    kind = option + 2;
  }
  const bool json = arguments.has("--json"), live = kind == "live";
  std::string request = std::string(admin::kVersion) + (live ? " request live" : " request list");
  admin::append_field(request, "format", json ? "json" : "fields");
  admin::append_field(request, "limit", arguments.has("--limit") ? arguments.value("--limit") : kUsualRequests);
  if (kind && !live) admin::append_field(request, "kind", *kind);
  if (const auto checked = admin::parse_request(request); !checked.ok())
    return usage_of(arguments, checked.error().text.c_str());
  const uint64_t now_ms = static_cast<uint64_t>(time(nullptr)) * 1000;
  Rows rows;
  std::string complaint;
  const int code = answer_of(arguments, request, kRequestsPatience, [&](const std::string& text) {
    if (json) {
      printf("%s\n", text.c_str());
      return;
    }
    const auto line = admin::parse_line(text);
    if (!line.ok() || line->words.empty()) return;
    if (line->words[0] == "error") complaint = field_of(*line, "text");
    if (line->words[0] == "live" || line->words[0] == "request") rows.push_back(row_of(*line, now_ms));
  });
  if (!complaint.empty()) complain(complaint);
  if (json || code != kOk) return code;
  if (rows.empty()) {
    puts(live ? "nothing is at work" : "nothing is remembered");
    return kOk;
  }
  rows.insert(rows.begin(), live ? std::vector<std::string>{"FOR", "IN", "CLIENT", "METHOD", "WHAT", "ID"}
                                 : std::vector<std::string>{"WHEN", "KIND", "STATUS", "TOOK", "CAUSE", "METHOD", "WHAT",
                                                            "ID"});
  print_rows(rows);
  return kOk;
}

int why_command(const Arguments& arguments) {
  if (arguments.operands.size() != 1) return usage_of(arguments, "takes one request id");
  const bool json = arguments.has("--json");
  std::string request = std::string(admin::kVersion) + " request why";
  admin::append_field(request, "format", json ? "json" : "fields");
  admin::append_field(request, "request", arguments.operands[0]);
  if (const auto checked = admin::parse_request(request); !checked.ok())
    return usage_of(arguments, checked.error().text.c_str());
  Rows elements{{"  ELEMENT", "DOWN", "UP", "NAME"}};
  std::string complaint, tail;
  const int code = answer_of(arguments, request, kRequestsPatience, [&](const std::string& text) {
    if (json) {
      printf("%s\n", text.c_str());
      return;
    }
    const auto line = admin::parse_line(text);
    if (!line.ok() || line->words.empty()) return;
    const std::string& type = line->words[0];
    if (type == "error") complaint = field_of(*line, "text");
    if (type == "request") print_head(*line);
    if (type == "element")
      elements.push_back({"  " + field_of(*line, "kind"), time_text(number_of(*line, "down_us")),
                          time_text(number_of(*line, "up_us")), field_of(*line, "name")});
    if (type == "rule") tail += "  rule " + field_of(*line, "id") + ": " + field_of(*line, "did") + "\n";
    if (type == "try") tail += "  tried " + field_of(*line, "backend") + ": " + field_of(*line, "outcome") + "\n";
    if (type == "left_out") tail += "  " + field_of(*line, "elements") + " more elements were not timed\n";
  });
  if (!complaint.empty()) complain(complaint);
  if (json || code != kOk) return code;
  if (elements.size() > 1) print_rows(elements);
  fputs(tail.c_str(), stdout);
  return kOk;
}

}  // namespace navajo::cli
