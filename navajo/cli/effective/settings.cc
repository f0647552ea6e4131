#include "navajo/cli/effective/settings.h"

#include <filesystem>
#include <map>

#include "navajo/cli/effective/secrets.h"
#include "navajo/cli/inventory/components.h"
#include "navajo/config/property_table.h"
#include "navajo/config/schema.h"
#include "navajo/config/text.h"
#include "navajo/config/xml_document.h"

namespace navajo::cli::effective {
namespace {

std::string origin_of(const config::Position& where) { return where.file + ":" + std::to_string(where.line); }

std::string shown(std::string_view name, std::string_view value) {
  return is_secret_name(name) && !value.empty() ? kHidden : std::string(config::trim(value));
}

class Collector {
 public:
  Collector(const config::NavajoXml& navajo, const container::Catalogue& catalogue)
      : navajo_(navajo), catalogue_(catalogue) {}

  std::vector<Setting> collect() {
    config::Diagnostics ignored;
    const auto root = config::read_xml(navajo_.file, config::DoctypePolicy::refuse, ignored);
    if (root) element(*root, "", "");
    properties();
    for (const inventory::Component& one : inventory::components_of(navajo_, catalogue_)) component(one);
    return std::move(out_);
  }

 private:
  void put(const std::string& place, std::string_view name, std::string_view value, const std::string& origin) {
    out_.push_back({place, std::string(name), shown(name, value), origin});
  }

  static const config::XmlAttribute* attribute(const config::XmlElement* element, std::string_view name) {
    if (element)
      for (const config::XmlAttribute& one : element->attributes)
        if (one.name == name) return &one;
    return nullptr;
  }

  // "Connector www.example.org:443": by what tells it from others of its kind.
  static std::string label(const config::XmlElement& element) {
    std::string out = element.name;
    for (const char* name : {"name", "path", "host", "serverName"})
      if (const auto* found = attribute(&element, name)) {
        out += " " + found->value;
        break;
      }
    if (const auto* port = attribute(&element, "port")) out += ":" + port->value;
    return out;
  }

  void attributes(const config::ElementSpec& spec, const config::XmlElement* element, const std::string& place) {
    for (const config::ParamSpec& row : spec.attributes) {
      if (const auto* given = attribute(element, row.name))
        put(place, row.name, given->value, origin_of(given->where));
      else if (*row.default_value)
        put(place, row.name, row.default_value, "default");
    }
    // httpd's own.
    if (!element) return;
    for (const config::XmlAttribute& one : element->attributes) {
      bool known = false;
      for (const config::ParamSpec& row : spec.attributes) known = known || one.name == row.name;
      if (!known) put(place, one.name, one.value, origin_of(one.where));
    }
  }

  void element(const config::XmlElement& element, std::string_view parent, const std::string& above) {
    const auto schema = config::navajo_xml_schema();
    const config::ElementSpec* const spec = config::find_element(schema, element.name, parent);
    if (!spec) return;
    std::string place = (above.empty() ? "" : above + " / ") + label(element);
    // Of two that look the same the second one is told apart.
    if (const unsigned count = ++seen_[place]; count > 1) place += " (" + std::to_string(count) + ")";
    attributes(*spec, &element, place);
    for (const config::XmlElement& child : element.children) this->element(child, element.name, place);
    // Elements that are not there have their defaults all the same.
    for (const config::ElementSpec& row : schema)
      if (element.name == row.parent && row.occurs == config::Occurs::optional && !element.child(row.name) &&
          row.unknown != config::UnknownAttributes::skip)
        attributes(row, nullptr, place + " / " + row.name);
  }

  void properties() {
    const config::Params& properties = *navajo_.properties;
    for (const config::ParamSpec& row : config::property_table()) {
      const std::string_view name = row.name;
      if (name.ends_with("*")) {
        for (const std::string& one : properties.names(name.substr(0, name.size() - 1)))
          if (properties.has(one)) put("properties", one, properties.text(one), origin_of(properties.where(one)));
      } else if (properties.has(name)) {
        put("properties", name, properties.text(name), origin_of(properties.where(name)));
      } else if (*row.default_value) {
        put("properties", name, row.default_value, "default");
      }
    }
  }

  // The values of a web.xml as they are written, by line and column of their first character.
  using Written = std::map<std::pair<int, int>, std::string>;
  static void collect_written(const config::XmlElement& element, Written& into) {
    if (element.name == "param-value") into[{element.text_where.line, element.text_where.column}] = element.text;
    for (const config::XmlElement& child : element.children) collect_written(child, into);
  }
  const Written& written(const std::string& file) {
    const auto [found, is_new] = written_.try_emplace(file);
    config::Diagnostics ignored;
    if (is_new)
      if (const auto root = config::read_xml(file, config::DoctypePolicy::tolerate, ignored))
        collect_written(*root, found->second);
    return found->second;
  }

  void component(const inventory::Component& one) {
    const std::string place = one.host + one.path + " " + one.owner();
    put(place, "class", one.class_name, origin_of(one.where));
    for (const config::ParamSpec& row : one.specs) {
      const auto value = one.values.find(row.name);
      if (value == one.values.end()) {
        if (*row.default_value) put(place, row.name, row.default_value, "default");
        continue;
      }
      const Written& file = written(value->second.where.file);
      const auto text = file.find({value->second.where.line, value->second.where.column});
      put(place, row.name, text == file.end() ? value->second.text : text->second, origin_of(value->second.where));
    }
  }

  const config::NavajoXml& navajo_;
  const container::Catalogue& catalogue_;
  std::vector<Setting> out_;
  std::map<std::string, unsigned> seen_;
  std::map<std::string, Written> written_;
};

// One line, however long it is: "\n", "\t" and "\\" are escaped.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '\\')
      out += "\\\\";
    else
      out += c;
  }
  return out;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    out += c == 'n' ? '\n' : c == 't' ? '\t' : c;
  }
  return out;
}

// In one line for people.
std::string one_line(const std::string& text) {
  std::string out;
  bool blank = false;
  for (const char c : text) {
    const bool white = c == '\n' || c == '\t' || c == ' ' || c == '\r';
    if (white && !blank) out += ' ';
    if (!white) out += c;
    blank = white;
  }
  return out;
}

constexpr char kHeading[] = "navajo-settings 1";

}  // namespace

std::vector<Setting> settings_of(const config::NavajoXml& navajo, const container::Catalogue& catalogue) {
  return Collector(navajo, catalogue).collect();
}

std::string settings_text(const std::vector<Setting>& settings) {
  std::string out, place;
  for (const Setting& one : settings) {
    if (one.place != place) out += (out.empty() ? "" : "\n") + one.place + "\n";
    place = one.place;
    std::string line = "  " + one.name;
    if (line.size() < 32) line.resize(32, ' ');
    line += " " + (one.value.empty() ? "\"\"" : one_line(one.value));
    if (line.size() < 64) line.resize(64, ' ');
    out += line + "  " + one.origin + "\n";
  }
  return out;
}

std::string write_settings(const std::vector<Setting>& settings) {
  std::string out = std::string(kHeading) + "\n";
  for (const Setting& one : settings)
    out +=
        escaped(one.place) + "\t" + escaped(one.name) + "\t" + escaped(one.value) + "\t" + escaped(one.origin) + "\n";
  return out;
}

base::Result<std::vector<Setting>> read_settings(const std::string& text) {
  std::vector<Setting> out;
  size_t at = text.find('\n');
  if (at == text.npos || text.substr(0, at) != kHeading)
    return base::Failed{base::Error{"not written by this version of navajo"}};
  for (at++; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::vector<std::string> parts;
    std::string_view line(text.data() + at, end - at);
    for (;;) {
      const size_t tab = line.find('\t');
      parts.push_back(unescaped(line.substr(0, tab)));
      if (tab == line.npos) break;
      line.remove_prefix(tab + 1);
    }
    if (parts.size() != 4) return base::Failed{base::Error{"damaged"}};
    out.push_back({parts[0], parts[1], parts[2], parts[3]});
    at = end + 1;
  }
  return out;
}

std::vector<Difference> differences(const std::vector<Setting>& before, const std::vector<Setting>& now) {
  std::map<std::pair<std::string, std::string>, const Setting*> earlier;
  for (const Setting& one : before) earlier[{one.place, one.name}] = &one;
  std::vector<Difference> out;
  for (const Setting& one : now) {
    const auto found = earlier.find({one.place, one.name});
    if (found == earlier.end()) {
      out.push_back({Difference::Kind::added, {}, one});
      continue;
    }
    if (found->second->value != one.value) out.push_back({Difference::Kind::changed, *found->second, one});
    earlier.erase(found);
  }
  for (const Setting& one : before)
    if (earlier.count({one.place, one.name})) out.push_back({Difference::Kind::removed, one, {}});
  return out;
}

std::string differences_text(const std::vector<Difference>& all) {
  std::string out, place;
  for (const Difference& one : all) {
    const Setting& shown = one.kind == Difference::Kind::removed ? one.before : one.now;
    if (shown.place != place) out += shown.place + "\n";
    place = shown.place;
    switch (one.kind) {
      case Difference::Kind::added: out += "  + " + shown.name + " " + one_line(shown.value); break;
      case Difference::Kind::removed: out += "  - " + shown.name + " " + one_line(shown.value); break;
      case Difference::Kind::changed:
        out += "  ~ " + shown.name + " " + one_line(one.before.value) + " -> " + one_line(one.now.value);
        break;
    }
    out += "   (" + shown.origin + ")\n";
  }
  return out;
}

}  // namespace navajo::cli::effective
