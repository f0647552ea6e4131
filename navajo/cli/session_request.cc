#include "navajo/cli/session_request.h"

#include "navajo/admin/request.h"
#include "navajo/config/params.h"

namespace navajo::cli {
namespace {

base::Failed<base::Error> usage(std::string text) { return {base::Error{std::move(text)}}; }

struct Option {
  const char *name, *field;
  config::ParamSpec value;
};
const Option kOptions[] = {
    {"--user", "user", {.name = "--user"}},
    {"--store", "store", {.name = "--store"}},
    {"--older-than", "older-than",
     {.name = "--older-than", .type = config::ParamType::seconds, .minimum = 1, .maximum = admin::kMaxSeconds}},
    {"--idle-for", "idle-for",
     {.name = "--idle-for", .type = config::ParamType::seconds, .minimum = 1, .maximum = admin::kMaxSeconds}},
    {"--limit", "limit",
     {.name = "--limit",
      .type = config::ParamType::integer,
      .minimum = 1,
      .maximum = static_cast<int64_t>(admin::kMaxLimit)}},
};

}  // namespace

base::Result<std::string> session_request(const std::string& verb, const Arguments& arguments) {
  std::string line = std::string(admin::kVersion) + " session " + verb;
  admin::append_field(line, "format", arguments.has("--json") ? "json" : "fields");
  for (const Option& option : kOptions) {
    if (!arguments.has(option.name)) continue;
    const std::string value = arguments.value(option.name);
    const bool number = option.value.type != config::ParamType::text;
    const config::ParsedValue parsed = config::parse_value(option.value, value);
    if (number && !parsed.ok) return usage(std::string("option '") + option.name + "' " + parsed.why);
    admin::append_field(line, option.field, number ? std::to_string(parsed.number) : value);
  }
  if (arguments.has("--id")) {
    const std::string id = arguments.value("--id");
    if (!admin::is_log_id(id))
      return usage("option '--id' is 12 hexadecimal digits, as 'navajo session list' and the logs show them; whole "
                   "session ids are secrets and do not belong on a command line");
    admin::append_field(line, "id", id);
  }
  if (arguments.has("--all") && !arguments.has("--yes")) return usage("'--all' ends every session: confirm with --yes");
  if (arguments.has("--all")) admin::append_field(line, "all", "yes");
  // What the server would say, without asking it.
  const auto checked = admin::parse_request(line);
  if (!checked.ok() && std::string_view(checked.error().code) == "nothing_selected")
    return usage(verb == "kill" ? "say which sessions: --user, --id, --older-than or --idle-for; or --all --yes"
                                : "say which sessions: --user, --id, --older-than or --idle-for");
  if (!checked.ok()) return usage(checked.error().text);
  return line;
}

}  // namespace navajo::cli
