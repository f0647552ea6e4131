// Rules of navajo.xml. The file itself is read by rules::RuleStore, which reads it again while the server runs.
#include <algorithm>

#include "navajo/config/navajo_xml_reading.h"
#include "navajo/config/text.h"

namespace navajo::config {
std::vector<RulesElement> read_rules(const XmlElement& service, const NavajoXmlReading& reading) {
  std::vector<RulesElement> out;
  for (const XmlElement& child : service.children) {
    if (child.name != "Rules") continue;
    ElementReader reader = reading.reader("Rules", "Service", &child, child.where);
    RulesElement rules;
    rules.where = child.where;
    rules.name = reader.text("name");
    rules.file = reading.absolute(reader.text("file"));
    rules.apply = reader.choice<RulesApply>("apply");
    rules.memory = reader.number<uint64_t>("memory");
    rules.poll = reader.milliseconds("poll");
    if (!is_element_name(*rules.name))
      reader.fault(rules.name.where, "name", "'" + printable(*rules.name) + "' is not a name of letters, digits, '.', "
                                             "'-' and '_', 64 at most");
    const auto same = [&](const RulesElement& other) { return *other.name == *rules.name; };
    if (std::any_of(out.begin(), out.end(), same))
      reading.diagnostics.fault(rules.name.where, observe::id::config_duplicate,
                                "another Rules element has the name '" + printable(*rules.name) + "'");
    out.push_back(std::move(rules));
  }
  return out;
}

}  // namespace navajo::config
