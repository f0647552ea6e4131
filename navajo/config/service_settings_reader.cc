// commandLine, adminGroup, serverTemplate and hostTemplate of Service.
#include <grp.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "navajo/config/file_text.h"
#include "navajo/config/navajo_xml_reading.h"
#include "navajo/config/text.h"
#include "navajo/config/variables.h"

namespace navajo::config {
namespace {

constexpr size_t kMaxTemplate = 1 << 20;
constexpr std::string_view kGroup = "NAVAJOgroup=";

// Words at white space; quotes keep what is between them together.
std::vector<std::string> argument_words(std::string_view text) {
  std::vector<std::string> out;
  bool inside = false;
  char quote = 0;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t';
    if (!quote && space) {
      inside = false;
      continue;
    }
    if (!inside) out.emplace_back();
    inside = true;
    if (quote ? c == quote : c == '"' || c == '\'')
      quote = quote ? 0 : c;
    else
      out.back() += c;
  }
  return out;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

void read_command_line(const Attribute<std::string>& command_line, const NavajoXmlReading& reading,
                       ServiceElement& service) {
  const auto fault = [&](const std::string& text) {
    reading.diagnostics.fault(command_line.where, observe::id::config_bad_value, "Service commandLine: " + text);
  };
  const std::vector<std::string> words = argument_words(*command_line);
  for (size_t i = 0; i < words.size(); i++) {
    const std::string& word = words[i];
    if (word.compare(0, kGroup.size(), kGroup) == 0) {
      service.process_group = word.substr(kGroup.size());
      if (service.process_group.empty()) fault("NAVAJOgroup= names no group");
      continue;
    }
    const bool option = word.size() >= 2 && word[0] == '-';
    const bool takes_value = option && std::string_view("DCceE").find(word[1]) != std::string_view::npos;
    if (word != "-X" && !takes_value) {
      // -f, -d and -k are 'navajo run's own; the others only print something and end.
      fault("'" + printable(word) + "' cannot be given; allowed are -X, -D, -C, -c, -e, -E and NAVAJOgroup=");
      continue;
    }
    service.httpd_arguments.push_back(word);
    if (!takes_value || word.size() > 2) continue;
    if (i + 1 < words.size())
      service.httpd_arguments.push_back(words[++i]);
    else
      fault("'" + word + "' needs a value");
  }
}

void read_admin_group(const Attribute<std::string>& group, const NavajoXmlReading& reading, ServiceElement& service) {
  if (!group.given) return;
  gid_t number = 0;
  const char* const end = group->data() + group->size();
  if (const auto [at, error] = std::from_chars(group->data(), end, number); error == std::errc() && at == end) {
    service.admin_group_id = number;
    return;
  }
  std::vector<char> memory(1 << 16);
  struct group entry {};
  struct group* found = nullptr;
  if (getgrnam_r(group->c_str(), &entry, memory.data(), memory.size(), &found) == 0 && found)
    service.admin_group_id = found->gr_gid;
  else
    reading.diagnostics.fault(group.where, observe::id::config_bad_value,
                              "Service adminGroup: there is no group '" + printable(*group) + "' on this machine");
}

std::vector<DirectiveLine> read_template(const Attribute<std::string>& path, std::string_view usual_name,
                                         const ServiceElement& service, const NavajoXmlReading& reading) {
  std::vector<DirectiveLine> out;
  if (!path.given) return out;
  const base::Result<std::string> text = read_file_text(*path, kMaxTemplate);
  if (!text.ok() || text->size() > kMaxTemplate) {
    std::error_code ignored;
    const bool usual = std::filesystem::path(*path).filename() == usual_name;
    if (usual && !text.ok() && !std::filesystem::exists(*path, ignored))
      reading.diagnostics.notice(path.where, observe::id::config_without_effect,
                                 "there is no " + printable(*path) + ": Navajo needs no template, and goes without");
    else
      reading.diagnostics.fault(path.where, observe::id::config_unreadable,
                                "template " + printable(*path) + ": " +
                                    (text.ok() ? "is larger than 1 MB" : text.error().text));
    return out;
  }
  Position where{*path, 0, 0};
  std::string line;
  int first_line = 0;
  for (std::string_view rest = *text; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view piece = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    where.line++;
    if (line.empty()) first_line = where.line;
    const bool goes_on = !piece.empty() && piece.back() == '\\' && !rest.empty();
    if (goes_on) piece.remove_suffix(1);
    line += piece;
    if (goes_on) continue;
    if (!line.empty() && line[0] != '#') {
      const Position at{where.file, first_line, 1};
      std::string replaced = replace_variables(line, at, reading.diagnostics);
      replace_all(replaced, "${SERVICE_NAME}", *service.name);
      replace_all(replaced, "${SPOOL_DIR}", *service.spool_dir);
      if (has_control_character(replaced))
        reading.diagnostics.fault(at, observe::id::config_bad_value, "contains a control character");
      out.push_back({std::move(replaced), at});
    }
    line.clear();
  }
  return out;
}

}  // namespace navajo::config
