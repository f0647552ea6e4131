#include "navajo/container/event_log_service.h"

namespace navajo::container {
namespace {

rules::EventLogOptions options_of(const config::EventLogElement& element) {
  return {{*element.redact_headers, *element.redact_patterns, *element.show_headers},
          *element.name,
          *element.file,
          *element.program,
          *element.queue,
          *element.per_second,
          *element.rotate_at,
          element.where};
}

}  // namespace

std::map<std::string, std::shared_ptr<rules::EventLog>, std::less<>> make_event_logs(
    const std::vector<config::EventLogElement>& elements, config::Diagnostics& diagnostics) {
  std::map<std::string, std::shared_ptr<rules::EventLog>, std::less<>> out;
  for (const config::EventLogElement& element : elements) {
    if (auto log = rules::EventLog::open(options_of(element), diagnostics)) out.emplace(*element.name, std::move(log));
  }
  return out;
}

}  // namespace navajo::container
