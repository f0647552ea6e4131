#include "navajo/cli/admin_question.h"

#include <cstdio>

#include "navajo/admin/admin_client.h"
#include "navajo/admin/request.h"
#include "navajo/cli/answer_rows.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/launch.h"
#include "navajo/config/text.h"

namespace navajo::cli {
namespace {

constexpr size_t kMostLines = 100000;

base::Failed<base::Error> unanswered(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

}  // namespace

base::Result<std::vector<admin::Line>> ask_instance(const Instance& instance, const std::string& request,
                                                    std::chrono::milliseconds patience) {
  auto client = admin::AdminClient::connect(instance.admin_socket(), patience);
  if (!client.ok()) return base::Failed{client.error()};
  if (const auto sent = client->send(std::string(admin::kVersion) + " " + request + " format=fields"); !sent.ok())
    return base::Failed{sent.error()};
  std::vector<admin::Line> lines;
  for (;;) {
    const auto text = client->next_line();
    if (!text.ok()) return base::Failed{text.error()};
    if (!*text) return unanswered("the answer broke off");
    auto line = admin::parse_line(**text);
    if (!line.ok() || line->words.size() != 1) return unanswered("the server's answer is not understood");
    if (line->words[0] == "end") return lines;
    if (line->words[0] == "error") {
      const std::string* why = line->field("text");
      return unanswered("the server refused: " + (why ? config::printable(*why) : "no reason given"));
    }
    if (lines.size() >= kMostLines) return unanswered("the answer is too long");
    lines.push_back(std::move(*line));
  }
}

int answer_of(const Arguments& arguments, const std::string& request, std::chrono::milliseconds patience,
              base::FunctionRef<void(const std::string& line)> take) {
  auto client = connect_to_instance(arguments, patience);
  if (!client.ok()) return client.error();
  if (const auto sent = client->send(request); !sent.ok()) return complain(sent.error().text);
  std::string last;
  for (;;) {
    const auto line = client->next_line();
    if (!line.ok()) return complain(line.error().text);
    if (!*line) break;
    last = **line;
    take(last);
  }
  if (last.starts_with("end") || last.starts_with("{\"type\":\"end\"")) return kOk;
  if (last.starts_with("error") || last.starts_with("{\"type\":\"error\"")) return kFaults;
  return complain("the answer broke off");
}

std::string question(const Arguments& arguments, const char* command) {
  std::string request = std::string(admin::kVersion) + " " + command;
  admin::append_field(request, "format", arguments.has("--json") ? "json" : "fields");
  return request;
}

int lines_of(const Arguments& arguments, const std::string& request, std::chrono::milliseconds patience,
             base::FunctionRef<void(const admin::Line& line)> take) {
  const bool json = arguments.has("--json");
  std::string refusal;
  const int code = answer_of(arguments, request, patience, [&](const std::string& text) {
    if (json) {
      printf("%s\n", text.c_str());
      return;
    }
    const auto line = admin::parse_line(text);
    if (!line.ok() || line->words.empty()) return;
    if (line->words[0] == "error") refusal = shown_field(*line, "text");
    take(*line);
  });
  if (!refusal.empty()) complain(refusal);
  return code;
}

}  // namespace navajo::cli
