#include "navajo/cli/commands.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "navajo/cli/command_row.h"
#include "navajo/cli/instances.h"
#include "navajo/observe/log.h"

namespace navajo::cli {
namespace {

constexpr OptionSpec kConfig{"--config", "FILE", "the navajo.xml"};
constexpr OptionSpec kRunDir{"--run-dir", "DIR",
                             "where pid file, status and logs are; default: a folder of its own for each "
                             "configuration, in /run/navajo for root, else in $XDG_RUNTIME_DIR/navajo or "
                             "/tmp/navajo-UID"};
constexpr OptionSpec kMpm{"--mpm", "MPM",
                          "httpd's process model: event (default), worker or prefork; only event has the reactor",
                          "event,worker,prefork"};

constexpr OptionSpec kRunOptions[] = {
    kConfig,
    {"--foreground", nullptr, "stay; log to the terminal unless navajo.xml says where. This process becomes httpd"},
    kMpm,
    {"-X", nullptr, "one process, in the foreground: for a debugger"},
    kRunDir,
    {"--no-jemalloc", nullptr, "keep the C library's malloc"},
};
constexpr OptionSpec kCheckOptions[] = {kConfig, kMpm};
constexpr OptionSpec kShowOptions[] = {kConfig, kMpm, kRunDir};
constexpr OptionSpec kStatusOptions[] = {
    {"--json", nullptr, "as JSON, with all children"},
    {"--openmetrics", nullptr, "as OpenMetrics text, for a collector that reads files or runs commands"},
    kConfig,
    kRunDir,
};
// Which sessions. All that is given has to hold.
constexpr OptionSpec kUser{"--user", "NAME", "of this user"};
constexpr OptionSpec kId{"--id", "ID", "the one with this log id: 12 hexadecimal digits, as in logs and in the list"};
constexpr OptionSpec kOlderThan{"--older-than", "TIME", "made longer ago than this: seconds, or with m or h"};
constexpr OptionSpec kIdleFor{"--idle-for", "TIME", "without a request for longer than this"};
constexpr OptionSpec kStore{"--store", "NAME", "in this session store only: its servlet-name"};
constexpr OptionSpec kLimit{"--limit", "N", "no more than so many"};
constexpr OptionSpec kSessionJson{"--json", nullptr,
                                  "as JSON, an object in each line, the last one of type end or error"};
constexpr OptionSpec kSessionOptions[] = {kUser,  kId,          kOlderThan, kIdleFor, kStore,
                                          kLimit, kSessionJson, kConfig,    kRunDir};
constexpr OptionSpec kSessionKillOptions[] = {
    kUser,
    kId,
    kOlderThan,
    kIdleFor,
    kStore,
    kLimit,
    {"--all", nullptr, "every session; needs --yes"},
    {"--yes", nullptr, "confirms --all"},
    kSessionJson,
    kConfig,
    kRunDir,
};
constexpr OptionSpec kRequestsJson{"--json", nullptr,
                                   "as JSON, an object in each line, the last one of type end or error"};
constexpr OptionSpec kRequestsOptions[] = {
    {"--live", nullptr, "those at work now, the oldest first"},
    {"--slow", nullptr, "that took longer than RequestHistory slow"},
    {"--failed", nullptr, "answered with 5xx or cut off"},
    {"--blocked", nullptr, "refused by a rule, a limit or another element of the chain"},
    {"--sampled", nullptr, "some of all others"},
    {"--limit", "N", "no more than so many; default 50"},
    kRequestsJson,
    kConfig,
    kRunDir,
};
constexpr OptionSpec kWhyOptions[] = {kRequestsJson, kConfig, kRunDir};
constexpr OptionSpec kAdminTokenOptions[] = {
    {"--role", "ROLE", "viewer (default), operator or admin", "viewer,operator,admin"},
    {"--file", "FILE", "adds the line to this TokenFile; made (0600) if it is not there"},
};
constexpr OptionSpec kRulesShowOptions[] = {
    {"--rules", "NAME", "of this Rules element only"},
    {"--json", nullptr, "as JSON, an object in each line, the last one of type end or error"},
    kConfig,
    kRunDir,
};
constexpr OptionSpec kRulesReloadOptions[] = {kConfig, kRunDir};
constexpr OptionSpec kRulesCheckOptions[] = {kConfig};
constexpr OptionSpec kRulesLintOptions[] = {kConfig, {"--strict", nullptr, "hints count as well"}};
constexpr OptionSpec kRulesTestOptions[] = {kConfig, {"--verbose", nullptr, "also what acted on each request"}};
constexpr OptionSpec kLimitRule{"--rule", "ID", "of this rule only"};
constexpr OptionSpec kLimitKey{
    "--key", "TEXT",
    "of that rule's key for this: an address, a user; a word for each part of a key that has "
    "several, - for one that is missing"};
constexpr OptionSpec kLimitKeyId{"--key-id", "ID", "the key that `limit show` has under this id"};
constexpr OptionSpec kLimitShowOptions[] = {
    {"--top", "N", "at most so many of rates, and of credits; default 20, at most 1000"},
    kLimitRule,
    kLimitKey,
    kLimitKeyId,
    {"--json", nullptr, "as JSON, an object in each line, the last one of type end or error"},
    kConfig,
    kRunDir,
};
constexpr OptionSpec kLimitClearOptions[] = {
    kLimitRule,
    kLimitKey,
    kLimitKeyId,
    {"--all", nullptr, "every rate and every credit of everybody"},
    {"--json", nullptr, "as JSON"},
    kConfig,
    kRunDir,
};
constexpr OptionSpec kRouting{"--routing", "NAME", "of this Routing element; needed where there are several"};
constexpr OptionSpec kApp{"--app", "APP", "a backend of this app; default: default"};
constexpr OptionSpec kLive{"--live", nullptr, "with the loads of the instance that runs, as they are now"};
constexpr OptionSpec kRouteJson{"--json", nullptr, "as JSON, an object in each line, the last one of type end"};
constexpr OptionSpec kRouteWhyOptions[] = {
    {"--client", "ADDRESS", "whose connection it is"},
    {"--key", "KEY", "what an EdgeConnectorServlet would take for its key: a cookie, header or session"},
    kApp,
    kRouting,
    kLive,
    kRouteJson,
    kConfig,
    kRunDir,
};
constexpr OptionSpec kRouteSimulateOptions[] = {
    {"--clients", "FILE", "a file with an address in each line"},
    {"--random", "N", "so many addresses, the same ones every time"},
    {"--one-by-one", nullptr, "each is gone when the next one comes; else all are there at once"},
    kApp,
    kRouting,
    kLive,
    kRouteJson,
    kConfig,
    kRunDir,
};
constexpr OptionSpec kDatabase{"--database", "FILE", "this file, whatever navajo.xml says"};
constexpr OptionSpec kBackendsJson{"--json", nullptr, "as JSON, an object in each line, the last one of type end"};
constexpr OptionSpec kServlet{"--servlet", "NAME", "addresses of that servlet, as the running server has them"};
constexpr OptionSpec kHostOf{"--host", "NAME", "of the servlet's Host, where several have one of that name"};
constexpr OptionSpec kContextOf{"--context", "PATH", "of its Context, as above"};
constexpr OptionSpec kBackendsListOptions[] = {
    kBackendsJson, kRouting, kConfig, kDatabase, kRunDir,
    {"--servlets", nullptr, "addresses of all servlets that forward, as the running server has them"},
    kServlet, kHostOf, kContextOf};
constexpr OptionSpec kBackendsOptions[] = {kBackendsJson, kRouting, kConfig, kDatabase};
constexpr OptionSpec kBackendsDrainOptions[] = {
    {"--undo", nullptr, "has them take new ones again"}, kBackendsJson, kRouting, kConfig, kDatabase, kRunDir,
    kServlet, kHostOf, kContextOf,
    {"--force", nullptr, "also the last address of the servlet that is usable: it answers 503 then"}};
constexpr OptionSpec kTunnelsListOptions[] = {
    {"--limit", "N", "no more than so many; default 200"}, kRequestsJson, kConfig, kRunDir};
constexpr OptionSpec kTunnelsKillOptions[] = {kRequestsJson, kConfig, kRunDir};
constexpr OptionSpec kBackendsImportOptions[] = {
    {"--replace", nullptr, "all others are removed"}, kBackendsJson, kRouting, kConfig, kDatabase};
constexpr OptionSpec kCaDir{"--dir", "DIR", "the folder with ca.pem and ca.key"};
constexpr OptionSpec kCaCert{"--cert", "FILE", "a certificate of your own, PEM, those that issued it behind it"};
constexpr OptionSpec kCaInitOptions[] = {
    {"--dir", "DIR", "where ca.pem and ca.key are written; made (0700) if it is not there"},
    {"--name", "NAME", "its common name; default: Navajo CA and the host's name"},
    {"--key-type", "TYPE", "ecdsa (P-256, default), rsa3072 or rsa4096", "ecdsa,rsa3072,rsa4096"},
    {"--days", "N", "how long it is valid; default 1825"},
    {"--permit", "LIST", "only for these DNS names and all below them, and these networks: example.com,10.0.0.0/8"},
    {"--exclude", "LIST", "not for these, although they are permitted"},
};
constexpr OptionSpec kCaShowOptions[] = {
    kCaDir,
    kCaCert,
    {"--key", "FILE", "its key, to see whether it can be used"},
    {"--pass-phrase", "PIPE", "of an encrypted key: pipe://PROGRAM, which prints it"},
};
constexpr OptionSpec kCaExportOptions[] = {
    kCaDir,
    kCaCert,
    {"--format", "FORMAT", "pem (default) or der", "pem,der"},
    {"--out", "FILE", "where to; nothing is overwritten; default: standard output"},
};
constexpr OptionSpec kControlOptions[] = {kConfig, kRunDir};
constexpr OptionSpec kReloadOptions[] = {
    {"--no-wait", nullptr, "come back at once, without looking whether the new configuration serves"},
    {"--unblock", nullptr, "serve requests again that are refused since a child died (crashRecoveryStrategy)"},
    kConfig,
    kRunDir,
};

constexpr OptionSpec kExplainOptions[] = {{"--list", nullptr, "all ids with their titles"}};

const Command kCommands[] = {
    {{"run", "Check a configuration and start httpd with it",
      "Without --foreground it comes back when httpd serves. Needs no root as long as the ports are above 1023.",
      kRunOptions},
     run_command},
    {{"check", "Tell every fault of navajo.xml, its web.xml files and the httpd directives in them",
      "Nothing is started and nothing that runs is touched. Exit code 0 or 1.", kCheckOptions},
     check_command},
    {{"config show-httpd", "Print the httpd configuration that navajo.xml stands for",
      "Each line names the place in navajo.xml it stems from.", kShowOptions},
     show_httpd_command},
    {{"config xsd", "Print the XML Schema of navajo.xml or web.xml, for editors",
      "Looser than `check`, which is what counts.", {}, "navajo|web"},
     xsd_command},
    {{"config reference", "Print the reference of everything that can be configured, as Markdown",
      "With class names: only these servlets or filters.", {}, "[CLASS]"},
     reference_command},
    {{"config man", "Print a manual page: of navajo(8), navajo.xml(5) or web.xml(5)", "For man: navajo config man "
      "web.xml | man -l -. Installed packages have them in place.", {}, "navajo|navajo.xml|web.xml"},
     manual_command},
    {{"config cli", "Print all commands and options, as Markdown", "", {}}, cli_markdown_command},
    {{"status", "Print the numbers of a running instance",
      "Read from the status file of its run directory; session stores are asked for through its admin socket. No HTTP "
      "request\nis made. With neither --config nor --run-dir, the one instance of this user.",
      kStatusOptions},
     status_command},
    {{"session list", "List the sessions of users, or those of one user, by age or by store",
      "Asked for through the admin socket in the run directory, by its owner, root, or members of Service adminGroup. "
      "Exit code 1\nwhen sessions were selected and there is none.",
      kSessionOptions},
     session_list_command},
    {{"session show", "Show sessions with the names and sizes of what is in them",
      "Values are shown of the user's name, roles and realm alone. Exit code 1 when there is none.", kSessionOptions},
     session_show_command},
    {{"session kill", "End sessions: their users have to log in again",
      "Tells how many. The error log has who asked (NVJ1771). Exit code 1 when there was none.", kSessionKillOptions},
     session_kill_command},
    {{"requests", "List requests at work, or those that were slow, failed or were refused",
      "256 of each kind are remembered, of all child processes together; newest first. With none of the switches: all "
      "kinds\nbut live.",
      kRequestsOptions},
     requests_command},
    {{"why", "Tell why a request came out as it did: every filter with its time, rules, backends tried, cause",
      "ID is a request id or transaction id as logs and error pages have it, or eight characters or more of its\n"
      "beginning. Exit code 1 when it is not remembered.",
      kWhyOptions, "ID"},
     why_command},
    {{"tunnels list", "List open tunnels: CONNECT, WebSockets and other upgrades, connections of TcpConnectors",
      "Of all child processes, the oldest first. 2048 at most are listed; how many more there are is told.",
      kTunnelsListOptions},
     tunnels_list_command},
    {{"tunnels kill", "End open tunnels", "NUMBERs as `tunnels list` has them. The error log has who asked (NVJ2353).",
      kTunnelsKillOptions, "NUMBER..."},
     tunnels_kill_command},
    {{"admin-token", "Make a token for the admin API and the web console",
      "Prints it once. TokenFile has its SHA-256 alone.", kAdminTokenOptions, "NAME"},
     admin_token_command},
    {{"rules show", "Show the rules at work, what each has done and what is left of credits",
      "Numbers of all child processes together, kept over reloads and graceful restarts. With IDs: these rules alone; "
      "exit code 1\nwhen one of them is not there.",
      kRulesShowOptions, "[ID]..."},
     rules_show},
    {{"rules reload", "Have rules read again and put to work, in all child processes at once",
      "Of all Rules elements, or the one named. Exit code 1 when a file has faults: they are all named, and the "
      "rules of before\nstay at work.",
      kRulesReloadOptions, "[NAME]"},
     rules_reload},
    {{"rules check", "Tell every fault of a file of rules, with file, line and column",
      "Of FILE and all it includes, or with --config of the Rules elements of a navajo.xml. Exit code 0 or 1.",
      kRulesCheckOptions, "[FILE]..."},
     rules_check_command},
    {{"rules lint", "Tell what is suspicious about rules: ones that never act, slow patterns, weak limits",
      "Exit code 1 when there are warnings, with --strict also when there are hints.", kRulesLintOptions, "[FILE]..."},
     rules_lint_command},
    {{"rules test", "Try rules with the requests of a file, offline, and compare what they do with what it expects",
      "The rules are FILE, or with --config those of a navajo.xml. Nothing is limited: limits count nothing here. Exit "
      "code 1\nwhen something is not as expected.",
      kRulesTestOptions, "[FILE] SAMPLES"},
     rules_test_command},
    {{"limit show", "Show what rates and credits have decided, and which keys are nearest to their limit",
      "Of all child processes together. The table has digests of keys of rates: who it is is known of those that were "
      "refused\nlately, and with --rule and --key of whom you name. Header fields and cookies are never shown.",
      kLimitShowOptions},
     limit_show_command},
    {{"limit clear", "Forget what was counted for a rate or a credit: who was refused is let through again",
      "In all child processes at once. With --rule alone: all keys of that rule. Concurrency is not counted over time "
      "and has\nnothing to forget. The error log has who asked (NVJ2300). Exit code 1 when there was none.",
      kLimitClearOptions},
     limit_clear_command},
    {{"route why", "Tell which backend a client gets and why, candidate by candidate",
      "Decided here, with the table of a configuration; nobody is at work unless --live says who is. Bindings are not\n"
      "looked at. Exit code 1 when there is none.",
      kRouteWhyOptions},
     route_why_command},
    {{"route simulate", "Tell how many of many clients get which backend",
      "As `route why`, with all of them. Exit code 1 when some get none.", kRouteSimulateOptions},
     route_simulate_command},
    {{"backends list", "List the backends of a Routing",
      "As its routing.db has them, or navajo.xml; with what a running server says of them, if there is one. With "
      "--servlets or\n--servlet: the addresses servlets forward to, and the targets of load balancers.",
      kBackendsListOptions, "[ID]..."},
     backends_list_command},
    {{"backends add", "Put a backend into a routing.db",
      "A file that is not there is made. Columns as in docs/reference/routing.md: app=shop ip=10.50.0.7 port=8080.",
      kBackendsOptions, "ID [COLUMN=VALUE]..."},
     backends_add_command},
    {{"backends set", "Change columns of a backend", "healthy=0 takes it out at once.", kBackendsOptions,
      "ID COLUMN=VALUE..."},
     backends_set_command},
    {{"backends drain", "Let backends finish: nobody new is sent to them",
      "Who is bound to one stays until that binding ends. With --servlet the IDs are addresses of that servlet, or "
      "targets of\nthat load balancer: nothing new goes there, in all child processes and over reloads, until --undo "
      "or the server's\nend; the last one that is usable is refused without --force.",
      kBackendsDrainOptions, "ID..."},
     backends_drain_command},
    {{"backends remove", "Remove backends from a routing.db", "", kBackendsOptions, "ID..."},
     backends_remove_command},
    {{"backends import", "Put all backends of a file into a routing.db, or none",
      "FILE is CSV with the names of columns in its first line, or another routing.db, such as edgeProxy's.",
      kBackendsImportOptions, "FILE"},
     backends_import_command},
    {{"backends check", "Tell every fault of a routing.db, and ask for the addresses of its names",
      "Exit code 0 or 1.", kBackendsOptions},
     backends_check_command},
    {{"ca init", "Make a CA that a ForwardProxy signs certificates with",
      "Overwrites nothing. The key is written for its owner alone (0600): whoever has it can read what clients that "
      "trust\nthe CA send and get.",
      kCaInitOptions},
     ca_init_command},
    {{"ca show", "Tell what a CA is, until when it is valid, and whether its key can be used",
      "With --dir or --cert. Exit code 1 when the key cannot be used or the CA has expired.", kCaShowOptions},
     ca_show_command},
    {{"ca export", "Print the CA's certificate, for clients to install", "The key is never exported.",
      kCaExportOptions},
     ca_export_command},
    {{"reload", "Check the configuration, then restart gracefully with it",
      "Refuses, and leaves the running server alone, when there is a fault. Requests in work are finished. Comes back "
      "when\nchildren serve the new configuration. Exit code 1 when the one before is kept, also because children "
      "died; 3 when the\nserver is gone.",
      kReloadOptions},
     reload_command},
    {{"stop", "Stop now: requests in work are cut off", "Comes back when the server is gone.", kControlOptions},
     stop_command},
    {{"graceful-stop", "Stop when the requests in work are done",
      "Comes back at once; the server is gone when they are done, at the latest after the Reactor's drainTimeout.",
      kControlOptions},
     graceful_stop_command},
    {{"explain", "Tell what a log line's id or an event code means, and what to do",
      "IDs as they stand in the logs: NVJ1203 (or 1203), NVCT-0048, GW01. Exit code 1 when one is not known.",
      kExplainOptions, "[ID]..."},
     explain_command},
    {{"completion", "Print the completion of this command line for a shell",
      "For bash: source <(navajo completion bash). Installed packages have it in place.", {}, "bash|zsh"},
     completion_command},
    {{"version", "Print the versions of Navajo and of what it stands on", "", {}}, version_command},
    {{"help", "Print this, or the options of a command", "", {}, "[COMMAND]"}, help_command},
};

const std::vector<CommandSpec>& specs() {
  static const std::vector<CommandSpec> table = [] {
    std::vector<CommandSpec> made;
    for (const Command& command : operations()) made.push_back(command.spec);
    for (const Command& command : kCommands) made.push_back(command.spec);
    return made;
  }();
  return table;
}

// "session" of "session list".
bool is_first_word(const std::string& word) {
  for (const CommandSpec& command : specs())
    if (const std::string_view name = command.name; name.starts_with(word + " ")) return true;
  return false;
}

}  // namespace

std::span<const CommandSpec> command_table() { return specs(); }

int help_command(const Arguments& arguments) {
  if (arguments.operands.empty()) {
    fputs(help_overview(specs()).c_str(), stdout);
    return kOk;
  }
  const auto parsed = parse_arguments(specs(), arguments.operands);
  const CommandSpec* command = find_command(specs(), arguments.operands);
  if (!command) {
    fprintf(stderr, "navajo: %s\n", parsed ? "" : parsed.error().text.c_str());
    return kUsage;
  }
  fputs(help_for(*command).c_str(), stdout);
  return kOk;
}

int navajo_main(std::span<const std::string> words) {
  if (words.size() == 1 && (words[0] == "--help" || words[0] == "-h")) return help_command({});
  if (words.size() == 1 && (words[0] == "--version" || words[0] == "-V")) return version_command({});
  if (words.size() >= 2 && (words.back() == "--help" || words.back() == "-h")) {
    Arguments asked;
    asked.operands.assign(words.begin(), words.end() - 1);
    return help_command(asked);
  }
  if (words.empty()) {
    fputs(help_overview(specs()).c_str(), stderr);
    return kUsage;
  }
  if (!find_command(specs(), words.first(1)) && !is_first_word(words[0])) {
    // "shop status", "all start": each in turn, the worst exit code counts.
    const auto expanded = expand_instance(words);
    int worst = kOk;
    for (const std::vector<std::string>& one : expanded) worst = std::max(worst, navajo_main(one));
    if (!expanded.empty()) return worst;
  }
  const auto parsed = parse_arguments(specs(), words);
  if (!parsed) {
    fprintf(stderr, "navajo: %s\n", parsed.error().text.c_str());
    if (const CommandSpec* command = find_command(specs(), words)) {
      fprintf(stderr, "See 'navajo help %s'.\n", command->name);
    } else {
      fputs("See 'navajo help'.\n", stderr);
    }
    return kUsage;
  }
  for (const std::span<const Command> table : {operations(), std::span<const Command>(kCommands)}) {
    for (const Command& command : table)
      if (strcmp(command.spec.name, parsed->command->name) == 0) return command.run(*parsed);
  }
  return kUsage;
}

}  // namespace navajo::cli
