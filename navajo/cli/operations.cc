#include "navajo/cli/command_row.h"
#include "navajo/cli/commands.h"

namespace navajo::cli {
namespace {

constexpr OptionSpec kTheConfig{"--config", "FILE", "the navajo.xml"};
constexpr OptionSpec kTheRunDir{"--run-dir", "DIR", "the run directory; needed if it was started with one"};
constexpr OptionSpec kAsJson{"--json", nullptr, "as JSON"};

constexpr OptionSpec kBackend{"--backend", "URL",
                              "what is behind the proxy: http://HOST:PORT or https://HOST:PORT; several, separated by "
                              "commas, stand in for one another"};
constexpr OptionSpec kHost{"--host", "NAME", "the name clients ask for; default localhost"};
constexpr OptionSpec kPort{"--port", "PORT", "where clients come with https; default 8443"};
constexpr OptionSpec kHttpPort{"--http-port", "PORT", "a second port without TLS that sends browsers to the first"};
constexpr OptionSpec kListen{"--listen", "ADDRESS", "the address of this machine; default 0.0.0.0, all of them"};
constexpr OptionSpec kBackendCa{"--backend-ca", "FILE",
                                "PEM file with who vouches for https backends; default: the system's CAs"};
constexpr OptionSpec kLogin{"--login", "USER",
                            "let in only users who have logged in, and make the first one; a password is made and "
                            "shown once"};
constexpr OptionSpec kWebSockets{"--websockets", nullptr, "let WebSockets through"};
constexpr OptionSpec kConsole{"--console", nullptr,
                              "the admin console, on a loopback port of its own, and a first token for it"};
constexpr OptionSpec kConsolePort{"--console-port", "PORT", "its port, and --console; default 9443"};
constexpr OptionSpec kInitOptions[] = {
    kBackend,    kHost,
    kPort,       {"--directory", "DIR", "where to; it must not be there, or be empty; default: navajo in this folder"},
    kHttpPort,   kListen,
    kBackendCa,  kLogin,
    kWebSockets, kConsole,
    kConsolePort, kAsJson,
};
constexpr OptionSpec kStartOptions[] = {
    kTheConfig,
    {"--mpm", "MPM", "httpd's process model: event (default), worker or prefork; only event has the reactor",
     "event,worker,prefork"},
    {"--run-dir", "DIR", "where pid file, status and logs are; default: as for run"},
    {"--no-jemalloc", nullptr, "keep the C library's malloc"},
};

constexpr OptionSpec kDoctorOptions[] = {
    kTheConfig,
    kTheRunDir,
    {"--timeout", "SECONDS", "for each backend's name, connection and handshake; default 5"},
    kAsJson,
};

constexpr OptionSpec kTopOptions[] = {
    {"--once", nullptr, "one picture, of one interval, without keys and colours"},
    {"--json", nullptr, "the same as JSON, an object"},
    {"--interval", "SECONDS", "between two pictures: 0.1 to 60, default 1"},
    kTheConfig,
    kTheRunDir,
};

constexpr OptionSpec kAboutOptions[] = {kAsJson, kTheConfig, kTheRunDir};
constexpr OptionSpec kWhichOptions[] = {kTheConfig, kTheRunDir};
constexpr OptionSpec kTraceSetOptions[] = {
    {"--for", "DURATION", "for so long: 90 (seconds), 10m, 2h; at most 7 days"}, kTheConfig, kTheRunDir};
constexpr OptionSpec kSupportOptions[] = {
    {"--out", "FILE", "where to; nothing is overwritten; default: navajo-support-DATE.tar.gz in this folder"},
    kAsJson,
    kTheConfig,
    kTheRunDir};
constexpr OptionSpec kImportOptions[] = {
    {"--directory", "DIR", "where to; it must not be there, or be empty; default: navajo in this folder"},
    kAsJson,
};
constexpr OptionSpec kInstCreateOptions[] = {kBackend,   kHost,  kPort,       kHttpPort, kListen,
                                             kBackendCa, kLogin, kWebSockets, kConsole,  kConsolePort, kAsJson};
constexpr OptionSpec kInstListOptions[] = {kAsJson};
constexpr OptionSpec kInstRemoveOptions[] = {{"--yes", nullptr, "confirms it"}};

const Command kOperations[] = {
    {{"init", "Write a small configuration for a backend: https with a certificate of its own",
      "navajo.xml, a web.xml and a certificate that signs itself, with comments, and the three commands to go on\n"
      "with. Overwrites nothing. Exit code 1 when it cannot be written.",
      kInitOptions},
     init_command},
    {{"start", "Check a configuration and start httpd with it in the background",
      "As run without --foreground. Where it runs already that is said and no fault.", kStartOptions},
     start_command},
    {{"restart", "Stop a server and start it with its configuration as it is now",
      "The configuration is checked first; with a fault nothing happens. A reload cuts off nobody: this does.",
      kStartOptions},
     restart_command},
    {{"doctor", "Look at this machine, a configuration and what it needs, and tell what will bite",
      "Allocator, just-in-time compiler, httpd's module interface, SELinux, kernel settings, limits, memory, clock,\n"
      "ports, certificates and keys, rights of secrets, databases, names and TLS of backends. Nothing is changed.\n"
      "Exit code 1 when there is a fault; warnings alone are 0.",
      kDoctorOptions},
     doctor_command},
    {{"top", "Show what a running instance does, live",
      "Rates, connections, backends, refusals, session stores, memory; below, a table of processes, backends or\n"
      "causes of refusals. Keys: q quits, Tab shows another table, the arrows choose what it is sorted by, r turns "
      "the\n"
      "order round, space pauses.",
      kTopOptions},
     top_command},
    {{"effective", "Print a configuration with every default filled in, and where each value comes from",
      "Of --config, else of the instance that runs. Values of secrets are hidden.", kAboutOptions},
     effective_command},
    {{"diff", "Tell what a reload would change, setting by setting",
      "Compares the settings the running instance was given with its files as they are now, and tells certificates "
      "that\n"
      "are newer. Exit code 0 when nothing would change, 1 when something would or a reload would be refused.",
      kAboutOptions},
     diff_command},
    {{"cert show", "Show the certificates of a configuration: names, issuers, days that are left, chains",
      "Of FILEs, of --config, or of the instance that runs. Exit code 1 when one has expired or cannot be read.",
      kAboutOptions, "[FILE]..."},
     cert_show_command},
    {{"trace show", "Show the trace groups, their levels and where their lines go", "", kAboutOptions},
     trace_show_command},
    {{"trace set", "Set levels of trace groups: GROUP=LEVEL, 0 to 10",
      "Written into log.properties beside navajo.xml; a running server takes them without a reload, within "
      "ReconfigurationPeriod.\nWith --for it goes back to the levels of before by itself, whatever becomes of this "
      "command.",
      kTraceSetOptions, "GROUP=LEVEL..."},
     trace_set_command},
    {{"trace reset", "Take back what trace set has set", "", kWhichOptions}, trace_reset_command},
    {{"support", "Write a bundle for whoever is to help: configuration, status, doctor's findings, ends of logs",
      "Private keys, password hashes, values of secrets, cookies, credentials, tokens and queries are hidden. Look "
      "through\nit before you send it.",
      kSupportOptions},
     support_command},
    {{"import nevisproxy", "Make a configuration of ours out of a nevisProxy instance, and tell what it lost",
      "Its files are copied and only read; paths and class names are changed, what is not known is listed with its\n"
      "line, and all of it is in import-report.txt. Exit code 1 when something has to be mended by hand.",
      kImportOptions, "DIR|FILE"},
     import_nevisproxy_command},
    {{"import nginx", "Make a configuration of ours out of one of nginx, and tell what it lost",
      "FILE is nginx.conf; what it includes is read as well.\nimport-report.txt has every directive: taken, not "
      "needed, or not taken. Exit "
      "code 1 when what kept somebody\nout or slowed somebody down was not taken, or there are faults.",
      kImportOptions, "FILE"},
     import_nginx_command},
    {{"import haproxy", "Make a configuration of ours out of one of HAProxy, and tell what it lost",
      "FILE is haproxy.cfg.\nimport-report.txt has every directive: taken, not needed, or not taken. Exit "
      "code 1 when what kept somebody\nout or slowed somebody down was not taken, or there are faults.",
      kImportOptions, "FILE"},
     import_haproxy_command},
    {{"import httpd", "Make a configuration of ours out of one of httpd with mod_proxy, and tell what it lost",
      "FILE is httpd.conf or apache2.conf; what it includes is read as well.\nimport-report.txt has every directive: "
      "taken, not needed, or not taken. Exit "
      "code 1 when what kept somebody\nout or slowed somebody down was not taken, or there are faults.",
      kImportOptions, "FILE"},
     import_httpd_command},
    {{"inst create", "Make an instance with a name, as init does",
      "In NAVAJO_INSTANCES, else /var/opt/navajo for root. Then: navajo NAME start, navajo all status.",
      kInstCreateOptions, "NAME"},
     inst_create_command},
    {{"inst list", "List the instances that have a name, and which of them run", "", kInstListOptions},
     inst_list_command},
    {{"inst exists",
      "Print the configuration of an instance; exit code 1 when there is none of that name",
      "",
      {},
      "NAME"},
     inst_exists_command},
    {{"inst remove", "Delete an instance that does not run, with its files", "", kInstRemoveOptions, "NAME"},
     inst_remove_command},
};

}  // namespace

std::span<const Command> operations() { return kOperations; }

}  // namespace navajo::cli
