#include "navajo/cli/generated.h"

#include <algorithm>

#include "navajo/config/profiles.h"
#include "navajo/config/property_table.h"
#include "navajo/config/schema.h"
#include "navajo/config/text.h"
#include "navajo/config/xsd.h"
#include "navajo/container/class_settings.h"
#include "navajo/container/request_flags.h"
#include "navajo/filters/table.h"
#include "navajo/servlets/table.h"

namespace navajo::cli {
namespace {

// One level further down.
std::string demoted(const std::string& markdown) {
  std::string out;
  bool at_start = true;
  for (const char c : markdown) {
    if (at_start && c == '#') out += '#';
    out += c;
    at_start = c == '\n';
  }
  return out;
}

std::string properties_section() {
  std::string out =
      "\n## bc.properties\n\nJava properties beside navajo.xml (or where its attribute `properties` says); "
      "`log.properties` beside it\nholds BC.Tracer properties only, and wins. A name that means nothing is a fault.\n"
      "Besides these, a class name in dots and an init-param set that init-param's default everywhere:\n"
      "`HttpConnectorServlet.ConnectTimeout=2s`, "
      "`ch.nevis.isiweb4.servlet.connector.http.ConnectTimeout=2s`.\n\n";
  out += config::params_as_markdown(config::property_table());
  out += "\nAccepted without effect, and said so in a notice:\n\n";
  for (const config::ParamSpec& row : config::property_table())
    if (const std::string_view why = config::without_effect(row.name); !why.empty())
      out += "- `" + std::string(row.name) + "`: " + std::string(why) + "\n";
  return out;
}

std::string profiles_section() {
  std::string out =
      "\n## Profiles\n\nThe init-param `Profile` of any servlet or filter names bundles of init-params, separated by "
      "commas. What web.xml says\nitself wins; two profiles that set the same init-param are a fault. Lines of "
      "your own, "
      "`<Class>.<profile>.<init-param>=value`,\nbelong into bc.properties or into files named by "
      "`PROXY_CUSTOM_PROFILES=a,b` in env.conf. Shipped:\n\n| line | value |\n|---|---|\n";
  for (const config::Property& line : config::shipped_profiles())
    out += "| `" + line.name + "` | `" + std::string(config::trim(line.value.text)) + "` |\n";
  return out;
}

template <class Row>
std::string class_section(const Row& row) {
  std::string out = "\n### " + std::string(row.name) + "\n\n" + row.doc + "\n";
  if (!row.aliases.empty()) {
    out += "\nAlso called";
    for (const char* alias : row.aliases) out += std::string(alias == row.aliases.front() ? " `" : ", `") + alias + "`";
    out += ".\n";
  }
  return row.params.empty() ? out + "\nIt has no init-params.\n" : out + "\n" + config::params_as_markdown(row.params);
}

template <class Row>
std::vector<std::string> names(const std::vector<Row>& rows) {
  std::vector<std::string> out;
  for (const Row& row : rows) {
    out.emplace_back(row.name);
    out.insert(out.end(), row.aliases.begin(), row.aliases.end());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string words(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : " ") + part;
  return out;
}

// What an operand may be: the command table's "navajo|web", or what "[COMMAND]" and "[CLASS]" stand for.
std::string operand_words(const char* operand, std::span<const CommandSpec> commands,
                          const container::Catalogue& catalogue) {
  const std::string_view text = operand ? operand : "";
  std::vector<std::string> out;
  if (text.find("COMMAND") != text.npos) {
    for (const CommandSpec& command : commands) out.emplace_back(command.name);
  } else if (text.find("CLASS") != text.npos) {
    for (const auto& row : catalogue.servlets()) out.emplace_back(row.name);
    for (const auto& row : catalogue.filters()) out.emplace_back(row.name);
  } else {
    for (const std::string_view word : config::split_list(text, '|')) out.emplace_back(word);
  }
  return words(out);
}

std::string bash_completion(std::span<const CommandSpec> commands, const container::Catalogue& catalogue) {
  std::vector<std::string> first;
  for (const CommandSpec& command : commands) {
    const std::string name = command.name;
    const std::string word = name.substr(0, name.find(' '));
    if (std::find(first.begin(), first.end(), word) == first.end()) first.push_back(word);
  }
  std::string out =
      "# Completion of navajo's command line, made by `navajo completion bash`: not to be edited.\n"
      "_navajo() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=\n"
      "  COMPREPLY=()\n"
      "  case \"$previous\" in\n";
  std::vector<std::string> seen;
  for (const CommandSpec& command : commands) {
    for (const OptionSpec& option : command.options) {
      if (!option.value || std::find(seen.begin(), seen.end(), option.name) != seen.end()) continue;
      seen.emplace_back(option.name);
      out += "    " + std::string(option.name) + ") ";
      if (*option.choices) {
        std::string choices = option.choices;
        std::replace(choices.begin(), choices.end(), ',', ' ');
        out += "COMPREPLY=($(compgen -W \"" + choices + "\" -- \"$current\")); return ;;\n";
      } else {
        const bool folder = option.value == std::string_view("DIR");
        out += std::string("COMPREPLY=($(compgen -") + (folder ? "d" : "f") + " -- \"$current\")); return ;;\n";
      }
    }
  }
  out += "  esac\n  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W \"" + words(first) +
         "\" -- \"$current\"))\n    return\n  fi\n  case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n";
  // "config show-httpd" before "config".
  std::vector<const CommandSpec*> longest_first;
  for (const CommandSpec& command : commands) longest_first.push_back(&command);
  std::stable_sort(longest_first.begin(), longest_first.end(), [](const CommandSpec* a, const CommandSpec* b) {
    return std::string_view(a->name).find(' ') != std::string_view::npos &&
           std::string_view(b->name).find(' ') == std::string_view::npos;
  });
  for (const CommandSpec* command : longest_first) {
    std::vector<std::string> offered;
    for (const OptionSpec& option : command->options) offered.emplace_back(option.name);
    if (std::string operands = operand_words(command->operand, commands, catalogue); !operands.empty())
      offered.push_back(std::move(operands));
    const std::string name = command->name;
    const char* const any_second_word = name.find(' ') == std::string::npos ? "\\ *" : "";
    out += "    \"" + name + "\"" + any_second_word + ") words=\"" + words(offered) + "\" ;;\n";
  }
  for (const std::string& word : first) {
    std::vector<std::string> second;
    for (const CommandSpec& command : commands)
      if (std::string_view(command.name).starts_with(word + " "))
        second.emplace_back(std::string_view(command.name).substr(word.size() + 1));
    if (!second.empty()) out += "    \"" + word + "\"\\ *) words=\"" + words(second) + "\" ;;\n";
  }
  return out +
         "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\ncomplete -F _navajo navajo\n";
}

}  // namespace

container::Catalogue full_catalogue() {
  container::Catalogue catalogue;
  servlets::add_to(catalogue);
  filters::add_to(catalogue);
  return catalogue;
}

std::string configuration_reference(const container::Catalogue& catalogue) {
  std::string out =
      "# Configuration reference\n\nMade by `navajo config reference` from the tables the server itself reads and "
      "checks with: not to be edited.\nExamples of every line are in conf/reference. `${env:NAME}` in a value is the "
      "environment variable NAME (env.conf beside\nnavajo.xml included), `${exec:COMMAND}` the first line a shell "
      "command writes.\n\n";
  out += demoted(config::schema_as_markdown(config::navajo_xml_schema(), "navajo.xml"));
  out += "\n" + demoted(config::schema_as_markdown(config::web_xml_schema(), "WEB-INF/web.xml"));
  out += properties_section() + profiles_section();
  out += "\n## Servlets and filters\n\nEvery servlet and filter also has `Profile`, and these init-params:\n\n" +
         config::params_as_markdown(container::common_params());
  out += "\n## Servlets\n";
  for (const container::ServletRow& row : catalogue.servlets()) out += class_section(row);
  out += "\n## Filters\n";
  for (const container::FilterRow& row : catalogue.filters()) out += class_section(row);
  return out;
}

std::optional<std::string> class_reference(const container::Catalogue& catalogue, std::string_view class_name) {
  if (const container::ServletRow* row = catalogue.servlet(class_name)) return class_section(*row).substr(1);
  if (const container::FilterRow* row = catalogue.filter(class_name)) return class_section(*row).substr(1);
  return std::nullopt;
}

std::string xml_schema(const container::Catalogue& catalogue, std::string_view which) {
  if (which == "navajo") return config::schema_as_xsd(config::navajo_xml_schema());
  return config::schema_as_xsd(config::web_xml_schema(), {{"servlet-class", names(catalogue.servlets())},
                                                          {"filter-class", names(catalogue.filters())}});
}

std::string completion_script(std::span<const CommandSpec> commands, const container::Catalogue& catalogue,
                              std::string_view shell) {
  const std::string bash = bash_completion(commands, catalogue);
  if (shell == "bash") return bash;
  return "#compdef navajo\n# For zsh, which understands bash's completion.\n"
         "autoload -U +X bashcompinit && bashcompinit\n" + bash;
}

}  // namespace navajo::cli
