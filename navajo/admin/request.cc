#include "navajo/admin/request.h"

#include <charconv>
#include <cstdio>

namespace navajo::admin {
namespace {

constexpr uint64_t kMostShown = 1000;  // keys of limits

constexpr unsigned bit(Command command) { return 1u << static_cast<unsigned>(command); }
constexpr unsigned kSessions = bit(Command::session_list) | bit(Command::session_show) | bit(Command::session_kill);
constexpr unsigned kRules = bit(Command::rules_show) | bit(Command::rules_reload);
constexpr unsigned kRequests =
    bit(Command::request_live) | bit(Command::request_list) | bit(Command::request_why);
constexpr unsigned kChanges = bit(Command::backend_drain) | bit(Command::backend_undrain);
constexpr unsigned kBackends = bit(Command::backend_list) | kChanges;
constexpr unsigned kTunnels = bit(Command::tunnel_list) | bit(Command::tunnel_kill);
constexpr unsigned kLimits = bit(Command::limit_show) | bit(Command::limit_clear);
constexpr unsigned kEvery = kSessions | kRules | kRequests | bit(Command::store_list) | bit(Command::routing_show) |
                            kBackends | kTunnels | kLimits;

struct CommandRow {
  const char *object, *verb;
  Command command;
  bool must_select;
};
constexpr CommandRow kCommands[] = {
    {"session", "list", Command::session_list, false},
    {"session", "show", Command::session_show, true},
    {"session", "kill", Command::session_kill, true},
    {"store", "list", Command::store_list, false},
    {"rules", "show", Command::rules_show, false},
    {"rules", "reload", Command::rules_reload, false},
    {"routing", "show", Command::routing_show, false},
    {"request", "live", Command::request_live, false},
    {"request", "list", Command::request_list, false},
    {"request", "why", Command::request_why, false},
    {"backend", "list", Command::backend_list, false},
    {"backend", "drain", Command::backend_drain, false},
    {"backend", "undrain", Command::backend_undrain, false},
    {"tunnel", "list", Command::tunnel_list, false},
    {"tunnel", "kill", Command::tunnel_kill, false},
    {"limit", "show", Command::limit_show, false},
    {"limit", "clear", Command::limit_clear, false},
};

template <class Number>
bool take_number(const std::string& text, Number maximum, Number& into) {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, into);
  return error == std::errc() && at == end && into >= 1 && into <= maximum;
}

bool take_seconds(const std::string& text, std::chrono::seconds& into) {
  int64_t number = 0;
  if (!take_number(text, kMaxSeconds, number)) return false;
  into = std::chrono::seconds(number);
  return true;
}

bool take_name(const std::string& text, std::optional<std::string>& into) {
  into = text;
  return !text.empty();
}

struct FieldRow {
  const char* name;
  unsigned commands;
  bool (*take)(const std::string& value, Request& into);
  const char* wants;
};
constexpr FieldRow kFields[] = {
    {"format", kEvery,
     [](const std::string& value, Request& into) {
       into.format = value == "fields" ? Format::fields : Format::json;
       return value == "fields" || value == "json";
     },
     "json or fields"},
    {"user", kSessions,
     [](const std::string& value, Request& into) { return take_name(value, into.selection.user); }, "a user's name"},
    {"id", kSessions,
     [](const std::string& value, Request& into) {
       into.selection.id = value;
       return is_log_id(value);
     },
     "12 hexadecimal digits, as logs have them; whole session ids are never asked for"},
    {"store", kSessions,
     [](const std::string& value, Request& into) { return take_name(value, into.selection.store); },
     "a session store's name"},
    {"older-than", kSessions,
     [](const std::string& value, Request& into) { return take_seconds(value, into.selection.older_than); },
     "a number of seconds"},
    {"idle-for", kSessions,
     [](const std::string& value, Request& into) { return take_seconds(value, into.selection.idle_for); },
     "a number of seconds"},
    {"limit",
     kSessions | bit(Command::request_live) | bit(Command::request_list) | bit(Command::tunnel_list) |
         bit(Command::limit_show),
     [](const std::string& value, Request& into) { return take_number(value, kMaxLimit, into.selection.limit); },
     "a number, at least 1"},
    {"kind", bit(Command::request_list),
     [](const std::string& value, Request& into) {
       for (size_t kind = 0; kind < observe::kRecordKinds; kind++)
         if (value == observe::word(static_cast<observe::RecordKind>(kind)))
           into.kind = static_cast<observe::RecordKind>(kind);
       return into.kind.has_value();
     },
     "slow, failed, blocked or sampled"},
    {"request", bit(Command::request_why),
     [](const std::string& value, Request& into) {
       into.request_id = value;
       return value.size() >= 8 && value.size() <= 64;
     },
     "a request id, as in logs, or eight characters or more of its beginning"},
    {"rules", kRules, [](const std::string& value, Request& into) { return take_name(value, into.rules); },
     "the name of a Rules element"},
    {"routing", bit(Command::routing_show),
     [](const std::string& value, Request& into) { return take_name(value, into.routing); },
     "the name of a Routing element"},
    {"host", kBackends,
     [](const std::string& value, Request& into) { return take_name(value, into.backends.host); },
     "the name of a Host"},
    {"context", kBackends,
     [](const std::string& value, Request& into) { return take_name(value, into.backends.context); },
     "the path of a Context"},
    {"servlet", kBackends,
     [](const std::string& value, Request& into) { return take_name(value, into.backends.servlet); },
     "the name of a servlet"},
    {"address", kBackends,
     [](const std::string& value, Request& into) { return take_name(value, into.backends.address); },
     "an address as the servlet has it"},
    {"force", bit(Command::backend_drain),
     [](const std::string& value, Request& into) {
       into.backends.force = true;
       return value == "yes";
     },
     "yes"},
    {"tunnel", bit(Command::tunnel_kill),
     [](const std::string& value, Request& into) { return take_number(value, UINT64_MAX, into.tunnel); },
     "the number of an open tunnel"},
    {"rule", kLimits, [](const std::string& value, Request& into) { return take_name(value, into.rule); },
     "the id of a rule"},
    {"key", kLimits, [](const std::string& value, Request& into) { return take_name(value, into.key); },
     "the text of a key"},
    {"key-id", kLimits,
     [](const std::string& value, Request& into) {
       const char* const end = value.data() + value.size();
       const auto [at, error] = std::from_chars(value.data(), end, into.key_id, 16);
       return value.size() == 16 && error == std::errc() && at == end && into.key_id != 0;
     },
     "16 hexadecimal digits, as `limit show` has them"},
    {"all", kSessions | bit(Command::limit_clear),
     [](const std::string& value, Request& into) {
       into.selection.all = true;
       return value == "yes";
     },
     "yes"},
};

base::Failed<RequestFault> fault(const char* code, std::string text) {
  return {RequestFault{code, std::move(text)}};
}

const CommandRow* find_command(const Line& line) {
  if (line.words.size() != 3) return nullptr;
  for (const CommandRow& row : kCommands)
    if (line.words[1] == row.object && line.words[2] == row.verb) return &row;
  return nullptr;
}

const FieldRow* find_field(const std::string& name, Command command) {
  for (const FieldRow& row : kFields)
    if (name == row.name && (row.commands & bit(command))) return &row;
  return nullptr;
}

}  // namespace

bool is_log_id(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

base::Result<Request, RequestFault> parse_request(std::string_view text) {
  const base::Result<Line> line = parse_line(text);
  if (!line.ok()) return fault("bad_request", line.error().text);
  if (line->words.empty() || line->words[0] != kVersion)
    return fault("unsupported_version", "this server speaks " + std::string(kVersion));
  const CommandRow* command = find_command(*line);
  if (!command)
    return fault("unknown_command",
                 "the commands are session list, show and kill, store list, rules show and reload, routing show, "
                 "request live, list and why, backend list, drain and undrain, tunnel list and kill, "
                 "limit show and clear");
  Request request;
  request.command = command->command;
  for (const auto& [name, value] : line->fields) {
    const FieldRow* row = find_field(name, request.command);
    if (!row) return fault("bad_request", "this command has no field '" + name + "'");
    if (!row->take(value, request)) return fault("bad_request", "'" + name + "' has to be " + row->wants);
  }
  if (command->must_select && !request.selection.selects() && !request.selection.all)
    return fault("nothing_selected", "say which sessions: user, id, older-than or idle-for; all=yes means all");
  if (request.command == Command::request_why && request.request_id.empty())
    return fault("bad_request", "say which request: request=ID");
  if ((bit(request.command) & kChanges) && !(request.backends.servlet && request.backends.address))
    return fault("nothing_selected", "say which: servlet=NAME address=ADDRESS");
  if (request.command == Command::tunnel_kill && request.tunnel == 0)
    return fault("nothing_selected", "say which: tunnel=NUMBER");
  if (request.key && !request.rule) return fault("bad_request", "'key' is a key of a rule: say which with rule=ID");
  const bool chosen = request.rule || request.key_id != 0;
  if (request.command == Command::limit_clear && chosen == request.selection.all)
    return fault(
        chosen ? "bad_request" : "nothing_selected",
        chosen ? "all=yes goes with no other selection" : "say which limits: rule or key-id; all=yes means all");
  if (request.command == Command::limit_show && request.selection.limit > kMostShown)
    return fault("bad_request", "'limit' has to be at most " + std::to_string(kMostShown));
  return request;
}

std::string describe(const Request& request) {
  std::string out;
  for (const CommandRow& row : kCommands)
    if (row.command == request.command) out = std::string(row.object) + " " + row.verb;
  const Selection& chosen = request.selection;
  if (chosen.user) append_field(out, "user", *chosen.user);
  if (chosen.id) append_field(out, "id", *chosen.id);
  if (chosen.store) append_field(out, "store", *chosen.store);
  if (chosen.older_than.count() > 0) append_field(out, "older-than", std::to_string(chosen.older_than.count()));
  if (chosen.idle_for.count() > 0) append_field(out, "idle-for", std::to_string(chosen.idle_for.count()));
  // The text of a key may be a cookie's or a header's.
  if (request.rule) append_field(out, "rule", *request.rule);
  if (request.key) out += ", one key";
  if (request.key_id != 0) {
    char id[20];
    append_field(out, "key-id", {id, static_cast<size_t>(snprintf(id, sizeof id, "%016llx",
                                                                  static_cast<unsigned long long>(request.key_id)))});
  }
  if (chosen.limit > 0) append_field(out, "limit", std::to_string(chosen.limit));
  if (chosen.all) append_field(out, "all", "yes");
  return out;
}

}  // namespace navajo::admin
