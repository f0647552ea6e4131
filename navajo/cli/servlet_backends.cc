#include "navajo/cli/servlet_backends.h"

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

constexpr auto kServletPatience = 10s;

std::string servlet_question(const Arguments& arguments, const char* command) {
  std::string request = question(arguments, command);
  for (const char* option : {"--servlet", "--host", "--context"})
    if (arguments.has(option)) admin::append_field(request, option + 2, arguments.value(option));
  return request;
}

TextRows head_of_addresses() {
  return {{"HOST", "CONTEXT", "SERVLET", "ADDRESS", "GROUP", "HEALTH", "SERVICE", "REQUESTS"}};
}

std::vector<std::string> address_row(const admin::Line& line, time_t now) {
  std::string service = "in";
  if (shown_field(line, "draining") == "true") {
    const int64_t since = static_cast<int64_t>(number_field(line, "draining_since"));
    service = "out for " + short_duration(now > since ? now - since : 0);
  }
  return {shown_field(line, "host"),  shown_field(line, "context"), shown_field(line, "servlet"),
          shown_field(line, "address"), shown_field(line, "group"),   shown_field(line, "health"),
          service,                    shown_field(line, "requests")};
}

// Adds its rows; an exit code. Complaints are told.
int ask_about_addresses(const Arguments& arguments, const std::string& request, TextRows& rows) {
  const time_t now = time(nullptr);
  return lines_of(arguments, request, kServletPatience, [&](const admin::Line& line) {
    if (line.words[0] == "address") rows.push_back(address_row(line, now));
  });
}

// Options that are about a Routing.
bool names_a_routing(const Arguments& arguments) { return arguments.has("--routing") || arguments.has("--database"); }

}  // namespace

bool names_servlets(const Arguments& arguments) { return arguments.has("--servlet") || arguments.has("--servlets"); }

int list_servlet_backends(const Arguments& arguments) {
  if (names_a_routing(arguments)) return misused(arguments, "takes either a servlet or a Routing");
  if (arguments.operands.size() > 1) return misused(arguments, "takes one address of a servlet");
  std::string request = servlet_question(arguments, "backend list");
  if (!arguments.operands.empty()) admin::append_field(request, "address", arguments.operands[0]);
  TextRows rows = head_of_addresses();
  if (const int code = ask_about_addresses(arguments, request, rows); code != kOk) return code;
  if (arguments.has("--json")) return kOk;
  if (rows.size() == 1) {
    puts("no servlet of this server has such a backend");
    return arguments.has("--servlet") || !arguments.operands.empty() ? kFaults : kOk;
  }
  fputs(aligned_rows(rows).c_str(), stdout);
  return kOk;
}

int drain_servlet_backends(const Arguments& arguments) {
  if (names_a_routing(arguments)) return misused(arguments, "takes either a servlet or a Routing");
  if (arguments.operands.empty()) return misused(arguments, "needs an address of the servlet");
  const bool undo = arguments.has("--undo");
  if (undo && arguments.has("--force")) return misused(arguments, "takes either --undo or --force");
  TextRows rows = head_of_addresses();
  int worst = kOk;
  for (const std::string& address : arguments.operands) {
    std::string request = servlet_question(arguments, undo ? "backend undrain" : "backend drain");
    admin::append_field(request, "address", address);
    if (arguments.has("--force")) admin::append_field(request, "force", "yes");
    if (const int code = ask_about_addresses(arguments, request, rows); code != kOk) worst = code;
    if (worst == kNotRunning) return worst;
  }
  if (!arguments.has("--json") && rows.size() > 1) fputs(aligned_rows(rows).c_str(), stdout);
  return worst;
}

}  // namespace navajo::cli
