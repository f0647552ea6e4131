#include "navajo/config/word_lists.h"

#include "navajo/config/pattern.h"
#include "navajo/config/text.h"

namespace navajo::config {

Attribute<std::vector<std::string>> read_networks(ElementReader& reader, std::string_view name) {
  Attribute<std::vector<std::string>> out = reader.words(name);
  for (const std::string& word : *out)
    if (const auto parsed = Network::parse(word); !parsed.ok())
      reader.fault(out.where, name, "'" + printable(word) + "': " + parsed.error().text);
  return out;
}

Attribute<std::vector<std::string>> read_globs(ElementReader& reader, std::string_view name) {
  Attribute<std::vector<std::string>> out = reader.words(name);
  for (std::string& word : out.value) {
    word = lower_case(word);
    if (const auto parsed = Pattern::parse(word, {PatternType::glob, {}}); !parsed.ok())
      reader.fault(out.where, name, "'" + printable(word) + "': " + parsed.error().text);
  }
  return out;
}

Attribute<std::vector<std::string>> read_ports(ElementReader& reader, std::string_view name) {
  Attribute<std::vector<std::string>> out = reader.words(name);
  for (const std::string& word : *out)
    if (!is_port_range(word))
      reader.fault(out.where, name, "'" + printable(word) + "' is neither a port nor a range like 8000-8100");
  return out;
}

bool is_port_range(std::string_view text) {
  const size_t dash = text.find('-');
  const auto port = [](std::string_view digits) {
    if (digits.empty() || digits.size() > 5 || digits.find_first_not_of("0123456789") != std::string_view::npos)
      return 0;
    return std::stoi(std::string(digits));
  };
  const int first = port(text.substr(0, dash));
  const int last = dash == std::string_view::npos ? first : port(text.substr(dash + 1));
  return first >= 1 && last >= first && last <= 65535;
}

}  // namespace navajo::config
