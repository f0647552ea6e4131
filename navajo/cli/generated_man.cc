#include "navajo/cli/generated_man.h"

#include <cstring>

#include "navajo/config/schema.h"
#include "navajo/config/text.h"
#include "navajo/container/request_flags.h"

namespace navajo::cli {
namespace {

constexpr char kDate[] = "November 2026";

// What is the same in no table.
constexpr char kRestOfManual[] = R"MANUAL(.SH MODULES
httpd's own modules are loaded as needed. Always: log_config, logio, unixd, authz_core, authz_host, env, setenvif,
headers, reqtimeout. When a directive of theirs is in navajo.xml: ssl with socache_shmcb, http2 (H2..., or h2 in
Protocols), rewrite, remoteip, alias, deflate, filter, expires, include, mime, dir, status, auth_basic with authn_core,
authn_file and authz_user, authz_groupfile. A module that is compiled into httpd is not loaded again. Any other comes
by LoadModule in a file that Server Include= names; mod_status costs time on every request and is not loaded unless
asked for.
.PP
The MPM's numbers are set for the reactor (two children, up to eight for traffic on MPM threads, room for thirty-two
while old ones drain); those in navajo.xml win, and the others follow them.
.SH ENVIRONMENT
.TP
.B NAVAJO_PRELOAD
Preloaded into httpd instead of jemalloc, as it stands.
.TP
.B NAVAJO_INSTANCES
Where instances with names are; unset, /var/opt/navajo for root, else $XDG_DATA_HOME/navajo or ~/.local/share/navajo.
.TP
.B LD_PRELOAD, MALLOC_CONF
jemalloc is added to the first, and the second is set, unless they say otherwise already. An LD_PRELOAD with
AddressSanitizer is left as it is.
.TP
.B NAVAJO_HTTPD, NAVAJO_MODULES
Another httpd program; another folder of Navajo's modules.
.TP
.B XDG_RUNTIME_DIR
See
.BR \-\-run\-dir .
.SH FILES
Beside navajo.xml:
.TP
.I bc.properties, log.properties
Properties of the server and defaults of classes; the second holds BC.Tracer properties only, and wins.
.TP
.I env.conf
NAME=value lines that become environment variables of whoever reads the configuration, and win over what it has.
PROXY_CUSTOM_PROFILES=a,b names files of profiles.
.PP
In the run directory:
.TP
.I httpd.conf
Written anew by each run and reload.
.TP
.I httpd.pid
The parent's process, unless Server PidFile= says otherwise.
.TP
.I status
The numbers, shared by all children.
.TP
.I admin.sock
What
.B session
talks to.
.TP
.I settings
What the running server was given, without secrets:
.B diff
compares with it.
.TP
.I instance
Which configuration runs here, and how it was started.
.TP
.I error.log, access.log
Unless navajo.xml says otherwise.
.SH SIGNALS
Those of httpd: TERM stops, WINCH stops gracefully, USR1 restarts gracefully. After a change that needs another httpd
module use
.BR "navajo reload" ,
which writes httpd.conf anew.
.SH SEE ALSO
.BR navajo.xml (5),
.BR web.xml (5),
.BR httpd (8),
.BR apache2 (8)
)MANUAL";

// roff(7): a backslash begins an escape, a dot or quote at the beginning of a line a request; a hyphen is a minus.
std::string roff(std::string_view text) {
  std::string out;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    at_start = c == '\n';
  }
  return out;
}

std::string title_line(const char* name, const char* section, const char* group) {
  return std::string(".TH ") + name + " " + section + " \"" + kDate + "\" \"Navajo\" \"" + group + "\"\n";
}

std::string option_text(const OptionSpec& option) {
  return std::string(option.name) + (option.value ? std::string(" ") + option.value : "");
}

std::string synopsis_of(const CommandSpec& command) {
  std::string out = std::string("navajo ") + command.name;
  for (const OptionSpec& option : command.options) out += " [" + option_text(option) + "]";
  if (command.operand) out += std::string(" ") + command.operand;
  return out;
}

// The details as flowing text: their line breaks are for a terminal.
std::string flowing(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c == '\n') c = ' ';
  return out;
}

std::string params_as_manual(std::span<const config::ParamSpec> params) {
  std::string out;
  for (const config::ParamSpec& row : params)
    out += ".TP\n.B " + roff(row.name) + "\n" + roff(config::describe(row).substr(strlen(row.name))) + "\n";
  return out;
}

std::string elements_as_manual(std::span<const config::ElementSpec> schema) {
  std::string out;
  for (const config::ElementSpec& row : schema) {
    const std::string place = *row.parent ? std::string(row.parent) + " / " + row.name : row.name;
    out += ".SS " + roff(place) + "\n" + roff(row.doc) + "\n" + params_as_manual(row.attributes);
  }
  return out;
}

template <class Row>
std::string classes_as_manual(const std::vector<Row>& rows) {
  std::string out;
  for (const Row& row : rows)
    out += ".SS " + roff(row.name) + "\n" + roff(row.doc) + "\n" + params_as_manual(row.params);
  return out;
}

constexpr struct {
  int code;
  const char* meaning;
} kExitCodes[] = {
    {kOk, "Done. Of diff: nothing would change. Of doctor: no fault, perhaps warnings."},
    {kFaults,
     "Faults were found, or it could not be done. Of diff: something would change. Of session, rules show and "
     "explain: what was asked for is not there."},
    {kUsage, "Wrong usage; nothing was done."},
    {kNotRunning, "The instance does not run, or there is none."},
};

}  // namespace

std::string manual_of_commands(std::span<const CommandSpec> commands) {
  std::string out =
      title_line("NAVAJO", "8", "System administration") +
      ".\\\" Made by `navajo config man navajo` from the table of commands: not to be edited.\n"
      ".SH NAME\nnavajo \\- run and look after an httpd that is configured by navajo.xml\n.SH SYNOPSIS\n"
      ".B navajo\n.I COMMAND\n.RI [ OPTIONS ]\n.br\n.B navajo\n.IR INSTANCE | all\n.I COMMAND\n.RI [ OPTIONS ]\n"
      ".SH DESCRIPTION\n.B navajo\nchecks a configuration (navajo.xml and the WEB-INF/web.xml of its Contexts), starts "
      "Apache httpd with it, and looks after the\nrunning instance. It needs no root as long as no port below 1024 is "
      "asked for. Commands about a running instance find it by\n.B \\-\\-config\nor\n.B \\-\\-run\\-dir ;\nwith "
      "neither, the one instance of this user is meant. An instance made by\n.B inst create\nis named before the "
      "command.\n"
      ".SH COMMANDS\n";
  for (const CommandSpec& command : commands) {
    out += ".SS " + roff(synopsis_of(command)) + "\n" + roff(command.summary) + ".\n";
    if (*command.details) out += roff(flowing(command.details)) + "\n";
    for (const OptionSpec& option : command.options)
      out += ".TP\n.B " + roff(option_text(option)) + "\n" + roff(option.help) + "\n";
  }
  out += ".SH EXIT STATUS\n";
  for (const auto& row : kExitCodes) out += ".TP\n" + std::to_string(row.code) + "\n" + row.meaning + "\n";
  return out + kRestOfManual;
}

std::string manual_of_navajo_xml() {
  return title_line("NAVAJO.XML", "5", "File formats") +
         ".\\\" Made by `navajo config man navajo.xml` from the schema: not to be edited.\n"
         ".SH NAME\nnavajo.xml \\- what a Navajo server is: where it listens, and which application answers which "
         "host\n"
         ".SH DESCRIPTION\nAttributes of Server, Connector and SSL that begin with a capital and are not listed are "
         "directives of httpd. ${env:NAME} in a value\nis the environment variable NAME, env.conf beside the file "
         "included; ${exec:COMMAND} is the first line that a shell command writes.\n.B navajo check\ntells every "
         "fault.\n"
         ".SH ELEMENTS\n" +
         elements_as_manual(config::navajo_xml_schema()) + ".SH SEE ALSO\n.BR navajo (8),\n.BR web.xml (5)\n";
}

std::string manual_of_web_xml(const container::Catalogue& catalogue) {
  return title_line("WEB.XML", "5", "File formats") +
         ".\\\" Made by `navajo config man web.xml` from the schema and the tables of classes: not to be edited.\n"
         ".SH NAME\nweb.xml \\- one application of a Navajo server: servlets, filters and what they are mapped to\n"
         ".SH DESCRIPTION\nThe descriptor of Servlet 2.3, in WEB\\-INF of a Context's docBase. Filters run in the "
         "order of "
         "their mappings, then the servlet\nof the longest pattern answers.\n.SH ELEMENTS\n" +
         elements_as_manual(config::web_xml_schema()) + ".SH INIT\\-PARAMS OF ALL CLASSES\n" +
         params_as_manual(container::common_params()) + ".SH SERVLETS\n" + classes_as_manual(catalogue.servlets()) +
         ".SH FILTERS\n" + classes_as_manual(catalogue.filters()) +
         ".SH SEE ALSO\n.BR navajo (8),\n.BR navajo.xml (5)\n";
}

std::string commands_as_markdown(std::span<const CommandSpec> commands) {
  std::string out =
      "# Command line\n\nMade by `navajo config cli` from the table of commands: not to be edited. `navajo help "
      "COMMAND` tells "
      "the same.\n\n`navajo COMMAND [OPTIONS]`; `navajo INSTANCE COMMAND` and `navajo all COMMAND` for instances made "
      "by "
      "`inst create`. Commands\nabout a running instance find it by `--config` or `--run-dir`; with neither, the one "
      "instance "
      "of this user is meant.\n\n## Exit codes\n\nStable: scripts may rely on them.\n\n| code | meaning |\n|---|---|\n";
  for (const auto& row : kExitCodes) out += "| " + std::to_string(row.code) + " | " + row.meaning + " |\n";
  out += "\n## Commands\n\n| command | what it does |\n|---|---|\n";
  for (const CommandSpec& command : commands)
    out += "| `" + std::string(command.name) + "` | " + command.summary + " |\n";
  for (const CommandSpec& command : commands) {
    out += "\n## " + std::string(command.name) + "\n\n" + command.summary + ".";
    if (*command.details) out += " " + flowing(command.details);
    out += "\n\n```\n" + synopsis_of(command) + "\n```\n";
    if (command.options.empty()) continue;
    out += "\n| option | meaning |\n|---|---|\n";
    for (const OptionSpec& option : command.options) {
      std::string help = option.help;
      for (size_t at = help.find('|'); at != help.npos; at = help.find('|', at + 2)) help.insert(at, 1, '\\');
      out += "| `" + option_text(option) + "` | " + help + " |\n";
    }
  }
  return out;
}

}  // namespace navajo::cli
