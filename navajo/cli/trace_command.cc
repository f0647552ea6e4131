// `navajo trace`: levels of trace groups, in log.properties beside navajo.xml, which a running server reads again.
#include <charconv>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>

#include "navajo/cli/commands.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/launch.h"
#include "navajo/config/params.h"
#include "navajo/config/property_table.h"
#include "navajo/config/text.h"
#include "navajo/config/trace_settings.h"
#include "navajo/observe/json_writer.h"

namespace navajo::cli {
namespace {

constexpr std::string_view kProfile = "BC.Tracer.DebugProfile.";
constexpr config::ParamSpec kFor{
    .name = "--for", .type = config::ParamType::seconds, .minimum = 1, .maximum = 7 * 86400};
constexpr std::string_view kMark = "# navajo trace set: `navajo trace reset` removes it";

struct Traced {
  std::string properties;  // the log.properties
  config::TraceSettings settings;
};

// Which configuration: of --config, else of the instance.
base::Result<Traced, ExitCode> find_traced(const Arguments& arguments) {
  std::string config = arguments.value("--config");
  if (config.empty()) {
    const auto instance = find_instance(arguments);
    if (!instance.ok()) {
      complain(instance.error().text + "; name a configuration with --config");
      return base::Failed{kNotRunning};
    }
    config = instance->config;
  }
  const Configuration configuration = load_configuration(config, Depth::navajo_xml);
  if (!configuration.ok()) return base::Failed{kFaults};
  Traced out;
  out.settings = config::trace_settings(configuration.navajo);
  out.properties = (std::filesystem::path(out.settings.properties_path).parent_path() / "log.properties").string();
  return out;
}

// The lines of log.properties without those that were set here, or without those of the groups that begin with one of
// the prefixes.
std::string lines_without(const std::string& text, const std::map<std::string, int>& groups,
                          std::initializer_list<std::string_view> prefixes, bool all_of_ours) {
  std::string out;
  bool ours = false;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line(text.data() + at, end - at);
    at = end + 1;
    if (line == kMark) {
      ours = true;
      continue;
    }
    const std::string_view trimmed = config::trim(line);
    bool named = false;
    for (const auto& [group, level] : groups)
      for (const std::string_view prefix : prefixes) {
        const std::string name = std::string(prefix) + group;
        named = named || (trimmed.starts_with(name) && trimmed.find_first_of("=: \t", name.size()) == name.size());
      }
    const bool goes = named || (ours && all_of_ours);
    if (!goes) out += (ours ? std::string(kMark) + "\n" : "") + std::string(line) + "\n";
    ours = false;
  }
  return out;
}

int tell_when(const Traced& traced) {
  if (!traced.settings.on())
    fputs("navajo: there is no trace log: set BC.Tracer.LogFile in bc.properties, or spoolDir of Service\n", stderr);
  const auto reread = traced.settings.reread.count();
  if (reread > 0)
    printf("%s: a running server takes it within %lld s\n", traced.properties.c_str(), static_cast<long long>(reread));
  else
    printf("%s: taken by the next reload\n", traced.properties.c_str());
  return kOk;
}

}  // namespace

int trace_show_command(const Arguments& arguments) {
  const auto traced = find_traced(arguments);
  if (!traced.ok()) return traced.error();
  const config::TraceSettings& settings = traced->settings;
  const std::string target = !settings.on() ? "" : settings.program.empty() ? settings.file.path : settings.program;
  observe::JsonWriter json;
  json.begin_object().key("log").text(target).key("base").integer(settings.levels.base).key("groups").begin_array();
  if (!arguments.has("--json"))
    printf("log: %s\nlevel of all: %d\n\n", target.empty() ? "none" : target.c_str(), settings.levels.base);
  for (size_t i = 0; i < observe::kTraceGroups; i++) {
    const observe::TraceGroupRow& row = observe::kTraceGroupRows[i];
    const int level = settings.levels.base + settings.levels.profile[i];
    json.begin_object().key("name").text(row.name).key("level").integer(level).key("speaks").boolean(row.speaks);
    json.key("about").text(row.doc).end_object();
    if (!arguments.has("--json") && row.speaks) printf("%2d  %-16s %s\n", level, row.name, row.doc);
  }
  json.end_array().end_object();
  if (arguments.has("--json")) printf("%s\n", json.str().c_str());
  return kOk;
}

int trace_set_command(const Arguments& arguments) {
  std::map<std::string, int> groups;
  for (const std::string& word : arguments.operands) {
    const size_t equals = word.find('=');
    const auto group = observe::trace_group(word.substr(0, equals));
    int level = -1;
    if (equals != word.npos) std::from_chars(word.data() + equals + 1, word.data() + word.size(), level);
    if (!group || level < 0 || level > 10) {
      fprintf(stderr, "navajo: '%s' is no GROUP=LEVEL: a group of `navajo trace show`, and 0 to 10\n",
              config::printable(word).c_str());
      return kUsage;
    }
    groups[observe::kTraceGroupRows[static_cast<size_t>(*group)].name] = level;
  }
  if (groups.empty()) {
    fputs("navajo: 'trace set' needs GROUP=LEVEL\n", stderr);
    return kUsage;
  }
  std::optional<int64_t> holds_for;
  if (arguments.has("--for")) {
    const config::ParsedValue parsed = config::parse_value(kFor, arguments.value("--for"));
    if (!parsed.ok) {
      fprintf(stderr, "navajo: --for %s\n", parsed.why.c_str());
      return kUsage;
    }
    holds_for = parsed.number;
  }
  const auto traced = find_traced(arguments);
  if (!traced.ok()) return traced.error();
  const auto reread = traced->settings.reread.count();
  if (holds_for && (reread == 0 || *holds_for <= reread)) {
    fprintf(stderr, "navajo: --for has to be longer than ch.nevis.navajo.tracing.ReconfigurationPeriod, which is %s: "
            "the server would not see it\n", reread == 0 ? "off" : (std::to_string(reread) + " s").c_str());
    return kUsage;
  }
  const auto before = read_file(traced->properties);
  // For a time: what holds afterwards stays as it is.
  std::string text = before.ok() ? *before : "";
  text = holds_for ? lines_without(text, groups, {config::kTemporaryProfile}, false)
                   : lines_without(text, groups, {kProfile, config::kTemporaryProfile}, false);
  for (const auto& [group, level] : groups) {
    // What is written is what is added to the level of all.
    const std::string added = std::to_string(std::max(0, level - traced->settings.levels.base));
    text += std::string(kMark) + "\n";
    if (holds_for)
      text += config::kTemporaryProfile + group + "=" + added + "@" + std::to_string(time(nullptr) + *holds_for) + "\n";
    else
      text += std::string(kProfile) + group + "=" + added + "\n";
  }
  if (const auto written = write_file(traced->properties, text); !written) return complain(written.error().text);
  const int code = tell_when(*traced);
  if (holds_for) printf("in %lld s the server goes back to the levels of before\n", static_cast<long long>(*holds_for));
  return code;
}

int trace_reset_command(const Arguments& arguments) {
  const auto traced = find_traced(arguments);
  if (!traced.ok()) return traced.error();
  const auto before = read_file(traced->properties);
  if (!before.ok()) {
    puts("nothing was set");
    return kOk;
  }
  if (const auto written = write_file(traced->properties, lines_without(*before, {}, {}, true)); !written)
    return complain(written.error().text);
  return tell_when(*traced);
}

}  // namespace navajo::cli
