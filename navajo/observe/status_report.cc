#include "navajo/observe/status_report.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace navajo::observe {
namespace {

void write_numbers(JsonWriter& json, const std::array<uint64_t, kCounters>& counters,
                   const std::array<int64_t, kGauges>& gauges) {
  json.key("counters").begin_object();
  for (size_t i = 0; i < kCounters; i++) json.key(kCounterRows[i].name).natural(counters[i]);
  json.end_object();
  json.key("gauges").begin_object();
  for (size_t i = 0; i < kGauges; i++) json.key(kGaugeRows[i].name).integer(gauges[i]);
  json.end_object();
}

// More columns than this do not fit a terminal; the JSON has all of them.
constexpr size_t kColumns = 8;

template <class Total, class Of>
void append_row(std::string& out, const char* name, Total total, const std::vector<ChildNumbers>& children, Of of) {
  char cell[64];
  snprintf(cell, sizeof cell, "%-24s %14s", name, std::to_string(total).c_str());
  out += cell;
  for (size_t i = 0; i < std::min(children.size(), kColumns); i++) {
    snprintf(cell, sizeof cell, " %12s", std::to_string(of(children[i])).c_str());
    out += cell;
  }
  out += '\n';
}

}  // namespace

const char* word(ConfigurationState state) {
  switch (state) {
    case ConfigurationState::kept:
      return "kept";
    case ConfigurationState::rolled_back:
      return "rolled_back";
    case ConfigurationState::taken:
      break;
  }
  return "taken";
}

std::string duration_text(int64_t seconds) {
  seconds = std::max<int64_t>(seconds, 0);
  char text[64];
  if (seconds < 60) {
    snprintf(text, sizeof text, "%" PRId64 " s", seconds);
  } else if (seconds < 3600) {
    snprintf(text, sizeof text, "%" PRId64 " m %" PRId64 " s", seconds / 60, seconds % 60);
  } else if (seconds < 86400) {
    snprintf(text, sizeof text, "%" PRId64 " h %" PRId64 " m", seconds / 3600, seconds / 60 % 60);
  } else {
    snprintf(text, sizeof text, "%" PRId64 " d %" PRId64 " h", seconds / 86400, seconds / 3600 % 24);
  }
  return text;
}

void write_status(JsonWriter& json, const StatusNumbers& numbers, int64_t now) {
  json.key("server").begin_object();
  json.key("version").text(numbers.texts.server);
  json.key("allocator").text(numbers.texts.allocator);
  json.key("configuration").text(numbers.texts.configuration);
  json.key("running").boolean(numbers.parent_alive);
  json.key("pid").natural(numbers.parent_pid);
  json.key("generation").natural(numbers.generation);
  json.key("started_at").integer(numbers.started_at);
  json.key("configured_at").integer(numbers.configured_at);
  json.key("uptime_seconds").integer(now - numbers.started_at);
  json.key("memory_configured").natural(numbers.memory_configured);
  json.key("memory_used").natural(numbers.memory_used);
  json.key("child_crashes").natural(numbers.child_crashes);
  json.key("blocked_since").integer(numbers.blocked_since);
  json.key("configuration_state").text(word(numbers.configuration_state));
  if (!numbers.configuration_fault.empty()) json.key("configuration_fault").text(numbers.configuration_fault);
  json.key("child_slots").natural(numbers.slots);
  json.key("children_without_slot").natural(numbers.claims_refused);
  json.end_object();
  json.key("total").begin_object();
  write_numbers(json, numbers.counters, numbers.gauges);
  json.end_object();
  json.key("causes").begin_object();
  for (const auto& [cause, count] : numbers.causes) json.key(cause).natural(count);
  json.end_object();
  json.key("children").begin_array();
  for (const ChildNumbers& child : numbers.children) {
    json.begin_object();
    json.key("pid").natural(child.pid);
    json.key("generation").natural(child.generation);
    json.key("started_at").integer(child.started_at);
    write_numbers(json, child.counters, child.gauges);
    json.end_object();
  }
  json.end_array();
}

std::string status_text(const StatusNumbers& numbers, int64_t now, const std::string& more) {
  std::string out;
  out += numbers.texts.server + (numbers.parent_alive ? ", running" : ", not running") + ", process " +
         std::to_string(numbers.parent_pid) + ", up " + duration_text(now - numbers.started_at) + "\n";
  out += "configuration " + numbers.texts.configuration + ", generation " + std::to_string(numbers.generation) +
         " since " + duration_text(now - numbers.configured_at) + "\n";
  out += "memory by " + numbers.texts.allocator + "; shared by the configuration: " +
         std::to_string(numbers.memory_configured) + " bytes configured, " + std::to_string(numbers.memory_used) +
         " used\n";
  if (numbers.configuration_state != ConfigurationState::taken)
    out += std::string("the files of the last restart were not taken over: they ") +
           (numbers.configuration_state == ConfigurationState::kept ? "have faults" : "ended the children that served "
                                                                                      "them") + "\n";
  if (!numbers.configuration_fault.empty()) out += "  " + numbers.configuration_fault + "\n";
  if (numbers.child_crashes)
    out += std::to_string(numbers.child_crashes) + " children died since the server was started\n";
  if (numbers.blocked_since)
    out += "every request is answered 503 since " + duration_text(now - numbers.blocked_since) +
           ": a child died with requests in work (crashRecoveryStrategy); 'navajo reload --unblock' lifts it\n";
  if (numbers.claims_refused) {
    out += std::to_string(numbers.claims_refused) + " children found no slot: their numbers are missing here\n";
  }
  out += more;
  char cell[64];
  snprintf(cell, sizeof cell, "\n%-24s %14s", "", "total");
  out += cell;
  for (size_t i = 0; i < std::min(numbers.children.size(), kColumns); i++) {
    snprintf(cell, sizeof cell, " %12" PRIu32, numbers.children[i].pid);
    out += cell;
  }
  if (numbers.children.size() > kColumns) {
    out += " and " + std::to_string(numbers.children.size() - kColumns) + " more (--json)";
  }
  out += '\n';
  for (size_t i = 0; i < kGauges; i++) {
    append_row(out, kGaugeRows[i].name, numbers.gauges[i], numbers.children,
               [i](const ChildNumbers& child) { return child.gauges[i]; });
  }
  for (size_t i = 0; i < kCounters; i++) {
    append_row(out, kCounterRows[i].name, numbers.counters[i], numbers.children,
               [i](const ChildNumbers& child) { return child.counters[i]; });
  }
  if (!numbers.causes.empty()) out += "\nrefused because of\n";
  for (const auto& [cause, count] : numbers.causes) {
    snprintf(cell, sizeof cell, "  %-22s %14" PRIu64 "\n", cause.c_str(), count);
    out += cell;
  }
  return out;
}

}  // namespace navajo::observe
