#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "navajo/admin/admin_client.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/session_request.h"
#include "navajo/cli/session_table.h"

namespace navajo::cli {
namespace {

using namespace std::chrono_literals;

// Longer than a child needs that looks through millions of sessions and finds none.
constexpr auto kPatience = 60s;

struct Told {
  bool ended = false;  // by an "end" line
  bool failed = false;
  uint64_t count = 0;
};

void print(std::string& out) {
  fwrite(out.data(), 1, out.size(), stdout);
  out.clear();
}

// The lines as they are; what kind one is stands at its beginning (docs/admin-socket.md).
Told print_json(admin::AdminClient& client, std::string& why) {
  Told told;
  for (;;) {
    const auto line = client.next_line();
    if (!line.ok()) {
      why = line.error().text;
      return told;
    }
    if (!*line) return told;
    const std::string& text = **line;
    printf("%s\n", text.c_str());
    if (text.starts_with("{\"type\":\"error\"")) told.failed = true;
    if (!text.starts_with("{\"type\":\"end\"")) continue;
    told.ended = true;
    told.count = text.ends_with(":0}") ? 0 : 1;
  }
}

void take(const admin::Line& line, SessionTable& table, Told& told, std::string& out) {
  const std::string kind = line.words.empty() ? "" : line.words[0];
  if (kind == "session") return table.add(line, out);
  if (kind == "attribute") return table.add_attribute(line, out);
  if (kind == "error") {
    told.failed = true;
    const std::string* text = line.field("text");
    complain(text ? *text : "the server refused the request");
  } else if (kind == "end") {
    told.ended = true;
    for (const char* name : {"matched", "ended"})
      if (const std::string* count = line.field(name)) told.count = strtoull(count->c_str(), nullptr, 10);
  }
}

Told print_table(admin::AdminClient& client, std::string& why) {
  Told told;
  SessionTable table;
  std::string out;
  for (;;) {
    const auto text = client.next_line();
    if (!text.ok()) why = text.error().text;
    if (!text.ok() || !*text) break;
    const auto line = admin::parse_line(**text);
    if (!line.ok()) {
      why = "the server's answer is not understood: " + line.error().text;
      break;
    }
    take(*line, table, told, out);
    print(out);
  }
  table.finish(out);
  print(out);
  return told;
}

int talk(const std::string& request, const std::string& verb, const Arguments& arguments) {
  auto client = connect_to_instance(arguments, kPatience);
  if (!client.ok()) return client.error();
  if (const auto sent = client->send(request); !sent.ok()) return complain(sent.error().text);
  std::string why;
  const Told told = arguments.has("--json") ? print_json(*client, why) : print_table(*client, why);
  if (told.failed) return kFaults;
  if (!told.ended) return complain(why.empty() ? "the answer broke off" : why);
  if (verb == "kill" && !arguments.has("--json"))
    printf("%llu session%s ended\n", static_cast<unsigned long long>(told.count), told.count == 1 ? "" : "s");
  bool selected = verb != "list";
  for (const char* option : {"--user", "--id", "--older-than", "--idle-for"})
    if (arguments.has(option)) selected = true;
  return told.count == 0 && selected ? kFaults : kOk;
}

int session_command(const std::string& verb, const Arguments& arguments) {
  const auto request = session_request(verb, arguments);
  if (!request.ok()) {
    fprintf(stderr, "navajo: %s\nSee 'navajo help session %s'.\n", request.error().text.c_str(), verb.c_str());
    return kUsage;
  }
  return talk(*request, verb, arguments);
}

}  // namespace

int session_list_command(const Arguments& arguments) { return session_command("list", arguments); }
int session_show_command(const Arguments& arguments) { return session_command("show", arguments); }
int session_kill_command(const Arguments& arguments) { return session_command("kill", arguments); }

}  // namespace navajo::cli
