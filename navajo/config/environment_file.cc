#include "navajo/config/environment_file.h"

#include <algorithm>
#include <cstdlib>

#include "navajo/config/file_text.h"
#include "navajo/config/text.h"

namespace navajo::config {
namespace {

constexpr size_t kMaxFile = 1 << 16;

bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_name(std::string_view text) {
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), is_name_character);
}

std::string with_variables(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    const bool braces = text.substr(i, 2) == "${";
    const size_t start = i + (braces ? 2 : 1);
    size_t end = start;
    while (end < text.size() && is_name_character(text[end])) end++;
    const bool whole = end > start && (!braces || text.substr(end, 1) == "}");
    if (text[i] != '$' || !whole) {
      out += text[i];
      continue;
    }
    if (const char* value = getenv(std::string(text.substr(start, end - start)).c_str())) out += value;
    i = braces ? end : end - 1;
  }
  return out;
}

class Reader {
 public:
  Reader(const std::string& path, Diagnostics& diagnostics) : path_(path), diagnostics_(diagnostics) {}

  void line(std::string_view text, int number) {
    const std::string_view line = trim(text);
    if (line.empty() || line[0] == '#') return;
    std::string_view rest = line;
    if (rest.starts_with("export ")) rest = trim(rest.substr(7));
    const size_t equals = rest.find('=');
    const std::string_view name = rest.substr(0, equals);
    const auto column = [&](std::string_view at) { return static_cast<int>(at.data() - text.data()) + 1; };
    if (equals == std::string_view::npos || !is_name(name))
      return fault(number, column(rest), observe::id::config_syntax, "'" + printable(rest) + "' is not NAME=value");
    std::string_view value = rest.substr(equals + 1);
    const bool quoted = value.size() >= 2 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0];
    const bool literal = quoted && value[0] == '\'';
    if (!quoted && !value.empty() && (value[0] == '"' || value[0] == '\''))
      return fault(number, column(value), observe::id::config_syntax, "a quote that is not closed in this line");
    if (!literal && (value.find('`') != value.npos || value.find("$(") != value.npos))
      return fault(number, column(value), observe::id::config_not_supported,
                   "env.conf runs no command: use ${exec:...} where the value is needed");
    if (quoted) value = value.substr(1, value.size() - 2);
    const std::string text_value = literal ? std::string(value) : with_variables(value);
    if (has_control_character(text_value))
      return fault(number, column(rest), observe::id::config_bad_value, "a control character in the value");
    setenv(std::string(name).c_str(), text_value.c_str(), 1);
  }

  void fault(int line, int column, observe::LogId id, std::string text) {
    diagnostics_.fault({path_, line, column}, id, std::move(text));
  }

 private:
  const std::string& path_;
  Diagnostics& diagnostics_;
};

}  // namespace

void load_environment(const std::string& path, Diagnostics& diagnostics) {
  Reader reader(path, diagnostics);
  const base::Result<std::optional<std::string>> text = read_optional_file_text(path, kMaxFile);
  if (!text.ok()) return reader.fault(0, 0, observe::id::config_unreadable, text.error().text);
  if (!text->has_value()) return;
  if ((*text)->size() > kMaxFile) return reader.fault(0, 0, observe::id::config_unreadable, "is larger than 64 KB");
  std::string_view rest = **text;
  for (int number = 1; !rest.empty(); number++) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    reader.line(rest.substr(0, end), number);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace navajo::config
