// EventLog of navajo.xml.
#include <algorithm>
#include <set>

#include "navajo/config/navajo_xml_reading.h"
#include "navajo/config/regex.h"
#include "navajo/config/text.h"

namespace navajo::config {
namespace {

void read_patterns(const XmlElement& element, const NavajoXmlReading& reading, EventLogElement& out) {
  for (const XmlElement& child : element.children) {
    if (child.name != "Redact") continue;
    ElementReader reader = reading.reader("Redact", "EventLog", &child, child.where);
    const Attribute<std::string> pattern = reader.text("pattern");
    if (!pattern.given) continue;  // told already
    if (const auto parsed = Regex::compile(*pattern); !parsed.ok())
      reader.fault(pattern.where, "pattern", parsed.error().text);
    out.redact_patterns.value.push_back(*pattern);
    out.redact_patterns.where = pattern.where;
    out.redact_patterns.given = true;
  }
}

EventLogElement read_event_log(const XmlElement& element, const NavajoXmlReading& reading) {
  ElementReader reader = reading.reader("EventLog", "Service", &element, element.where);
  EventLogElement out;
  out.where = element.where;
  out.name = reader.text("name");
  out.file = reading.absolute(reader.text("file"));
  out.program = reader.text("program");
  out.queue = reader.number<uint64_t>("queue");
  out.per_second = reader.number<uint64_t>("maxPerSecond");
  out.rotate_at = reader.number<uint64_t>("rotateAt");
  out.redact_headers = reader.words("redactHeaders");
  out.show_headers = reader.words("showHeaders");
  out.redact_patterns.where = element.where;
  read_patterns(element, reading, out);
  if (out.file->empty() && out.program->empty())
    reader.fault(element.where, "file", "is missing, and so is program: one of them is needed");
  if (!out.file->empty() && !out.program->empty())
    reader.fault(out.program.where, "program", "stands beside file: only one of them is possible");
  if (out.rotate_at.given && *out.rotate_at > 0 && !out.program->empty())
    reader.fault(out.rotate_at.where, "rotateAt", "is of a file; what the program writes is its own");
  for (const std::string& shown : *out.show_headers)
    if (std::any_of(out.redact_headers->begin(), out.redact_headers->end(),
                    [&](const std::string& hidden) { return same_word(hidden, shown); }))
      reader.fault(out.show_headers.where, "showHeaders", "'" + printable(shown) + "' stands in redactHeaders as well");
  return out;
}

}  // namespace

std::vector<EventLogElement> read_event_logs(const XmlElement& service, const NavajoXmlReading& reading) {
  std::vector<EventLogElement> out;
  std::set<std::string> names, files;
  for (const XmlElement& child : service.children) {
    if (child.name != "EventLog") continue;
    EventLogElement log = read_event_log(child, reading);
    const auto twice = [&](const Attribute<std::string>& attribute, const char* name) {
      reading.diagnostics.fault(attribute.where, observe::id::config_duplicate,
                                std::string("EventLog ") + name + ": another one has '" + printable(*attribute) + "'");
    };
    if (!names.insert(*log.name).second) twice(log.name, "name");
    // Rotation belongs to one of them.
    if (!log.file->empty() && !files.insert(*log.file).second) twice(log.file, "file");
    out.push_back(std::move(log));
  }
  return out;
}

}  // namespace navajo::config
