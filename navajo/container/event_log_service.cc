#include "navajo/container/event_log_service.h"

namespace navajo::container {

std::map<std::string, std::shared_ptr<rules::EventLog>, std::less<>> make_event_logs(
    const std::vector<config::EventLogElement>& elements, config::Diagnostics& diagnostics) {
  std::map<std::string, std::shared_ptr<rules::EventLog>, std::less<>> out;
  for (const config::EventLogElement& element : elements) {
    rules::EventLogOptions options;
    options.name = *element.name;
    options.file = *element.file;
    options.program = *element.program;
    options.queue = *element.queue;
    options.per_second = *element.per_second;
    options.rotate_at = *element.rotate_at;
    options.redact_headers = *element.redact_headers;
    options.show_headers = *element.show_headers;
    options.redact_patterns = *element.redact_patterns;
    options.where = element.where;
    if (auto log = rules::EventLog::open(options, diagnostics)) out.emplace(*element.name, std::move(log));
  }
  return out;
}

}  // namespace navajo::container
