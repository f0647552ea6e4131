#include "navajo/api/component_metrics.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace navajo::api {
namespace {

using observe::MetricLabel;
using observe::MetricsWriter;
using observe::MetricType;

constexpr MetricType kCounter = MetricType::counter, kGauge = MetricType::gauge;
constexpr char kBackend[] = "host context servlet backend";
constexpr char kStore[] = "store=servlet";

constexpr ComponentMetricRow kRows[] = {
    {"backend", "state", "backend_up", kGauge, "", kBackend,
     "1 where requests are sent to the backend, 0 while it is marked bad", "usable"},
    {"backend", "drained", "backend_drained", kGauge, "", kBackend,
     "1 while an operator has taken the backend out of service"},
    {"backend", "marked_bad", "backend_marked_bad", kCounter, "", kBackend,
     "times a backend was marked bad, since the configuration was put to work"},
    {"backend", "refused_by_limit", "backend_limit_refusals", kCounter, "", kBackend,
     "requests that got no connection within WaitTimeout, since the configuration was put to work"},
    {"backend", "retries_refused", "backend_retry_refusals", kCounter, "", kBackend,
     "retries the retry budget did not allow, since the configuration was put to work"},

    {"servlet", "sessions_active", "sessions_active", kGauge, "", kStore, "sessions of a store"},
    {"servlet", "level", "session_store_level", kGauge, "", kStore,
     "0: normal, 1: above 70 % of its memory, 2: above 90 %, no new sessions, 3: above 95 %, no changes"},
    {"servlet", "memory_size_bytes", "session_store_limit_bytes", kGauge, "bytes", kStore, "MemorySize of a store"},
    {"servlet", "memory_used_bytes", "session_store_used_bytes", kGauge, "bytes", kStore, "memory sessions use"},
    {"servlet", "seconds_to_90_percent", "session_store_full_in_seconds", kGauge, "seconds", kStore,
     "while memory grows: when no new session will be created"},
    {"servlet", "sessions_created", "sessions_opened", kCounter, "", kStore, "sessions created"},
    {"servlet", "sessions_expired_idle", "sessions_expired_idle", kCounter, "", kStore,
     "sessions that ended for MaxInactiveInterval"},
    {"servlet", "sessions_expired_lifetime", "sessions_expired_lifetime", kCounter, "", kStore,
     "sessions that ended for MaxLifetime"},
    {"servlet", "sessions_invalidated", "sessions_invalidated", kCounter, "", kStore,
     "sessions ended by logout or an administrator"},
    {"servlet", "sessions_renewed", "sessions_renewed", kCounter, "", kStore, "sessions that got a new id"},
    {"servlet", "lookups_found", "session_lookups_found", kCounter, "", kStore, "look-ups that found their session"},
    {"servlet", "lookups_missed", "session_lookups_missed", kCounter, "", kStore, "look-ups that found none"},
    {"servlet", "refused_new_sessions", "sessions_refused_new", kCounter, "", kStore,
     "sessions not created because the store was above 90 %"},
    {"servlet", "refused_changes", "sessions_refused_changes", kCounter, "", kStore,
     "changes refused because the store was above 95 %"},
    {"servlet", "refused_session_too_large", "sessions_refused_too_large", kCounter, "", kStore,
     "changes refused for MaxSessionSize"},
    {"servlet", "refused_no_memory", "sessions_refused_no_memory", kCounter, "", kStore,
     "changes refused because no memory was left"},
    {"servlet", "repairs", "session_store_repairs", kCounter, "", kStore,
     "repairs after a process died in the middle of a change"},
    {"servlet", "sessions_damaged", "sessions_damaged", kCounter, "", kStore, "sessions lost in such repairs"},

    {"rules", "rules", "rules_loaded", kGauge, "", "rules", "rules of a Rules element"},
    {"rules", "generation_at_work", "rules_generation", kGauge, "", "rules", "generation of the rules at work"},
    {"rules", "loaded_at", "rules_loaded_time_seconds", kGauge, "seconds", "rules",
     "when the rules at work were read, since 1970"},
    {"rules", "image_bytes", "rules_image_bytes", kGauge, "bytes", "rules", "size of the compiled rules"},
    {"rules", "memory", "rules_limit_bytes", kGauge, "bytes", "rules", "memory of a Rules element"},
    {"rule", "hits", "rule_hits", kCounter, "", "rules rule", "requests and responses a rule held for"},
    {"rule", "refused", "rule_hits_refused", kCounter, "", "rules rule", "requests a rule refused"},
    {"rule", "would_have", "rule_hits_shadow", kCounter, "", "rules rule", "refusals of a rule in shadow mode"},
    {"rule", "gave_up", "rule_hits_gave_up", kCounter, "", "rules rule", "evaluations that reached the match limit"},

    {"rates", "keys", "rate_keys", kGauge, "", "", "keys with a rate"},
    {"rates", "room", "rate_keys_limit", kGauge, "", "", "keys with a rate there is room for"},
    {"credits", "keys", "credit_keys", kGauge, "", "", "keys with a credit"},
    {"credits", "room", "credit_keys_limit", kGauge, "", "", "keys with a credit there is room for"},
    {"credits", "saves_failed", "credit_saves_failed", kCounter, "", "", "times credits could not be saved"},
    {"credit", "amount", "credit_amount", kGauge, "", "credit", "a labelled credit"},
    {"credit", "remaining", "credit_remaining", kGauge, "", "credit", "what is left of it"},
    {"slots", "keys", "slot_keys", kGauge, "", "", "keys with requests at work under QosFilter"},
    {"slots", "at_work", "slots_at_work", kGauge, "", "", "requests at work under QosFilter"},

    {"routing", "backends", "routing_backends", kGauge, "", "routing", "backends of a Routing"},
    {"routing", "at_work", "routing_at_work", kGauge, "", "routing", "requests and connections with its backends"},
    {"routing", "full", "routing_backends_full", kGauge, "", "routing", "backends at their hard limit"},
    {"routing", "ejected", "routing_backends_ejected", kGauge, "", "routing", "backends left alone for their failures"},
    {"routing", "bindings", "routing_bindings", kGauge, "", "routing", "clients bound to a backend"},
    {"routing", "bindings_most", "routing_bindings_limit", kGauge, "", "routing", "clients that can be bound"},
    {"routing", "refused_all_down", "routing_refused_down", kCounter, "", "routing", "choices with no backend up"},
    {"routing", "refused_full", "routing_refused_full", kCounter, "", "routing", "choices with every backend full"},
    {"health", "up", "routing_backends_up", kGauge, "", "routing=health", "backends whose health checks pass"},
    {"health", "down", "routing_backends_down", kGauge, "", "routing=health", "backends whose health checks fail"},
    {"health", "unknown", "routing_backends_unchecked", kGauge, "", "routing=health", "backends nobody has checked"},

    {"event log", "records", "event_log_records", kCounter, "", "log=event log", "records of an event log"},
    {"event log", "bytes", "event_log_written_bytes", kCounter, "bytes", "log=event log", "bytes of an event log"},
    {"event log", "dropped", "event_log_dropped", kCounter, "", "log=event log", "records there was no room for"},
    {"event log", "over_rate", "event_log_over_rate", kCounter, "", "log=event log", "records above its rate"},

    {"forward proxy", "certificates_shared", "minted_certificates", kGauge, "", "proxy=forward proxy",
     "minted certificates in shared memory"},
    {"forward proxy", "certificates_shared_bytes", "minted_certificates_bytes", kGauge, "bytes", "proxy=forward proxy",
     "shared memory of minted certificates"},
    {"memory observer", "group_percent", "memory_group_percent", kGauge, "", "",
     "memory of the control group in use, percent; 0 when it is not watched"},
};

// Kinds of two words first: "event log ACCESS" is no part of kind "event".
constexpr std::string_view kTwoWords[] = {"event log", "forward proxy", "memory observer", "tcp connector"};

struct Part {
  std::string_view kind, name;
};

Part part_of(std::string_view text) {
  size_t end = text.find(' ');
  for (const std::string_view two : kTwoWords)
    if (text.starts_with(two) && (text.size() == two.size() || text[two.size()] == ' ')) end = two.size();
  if (end == std::string_view::npos || end >= text.size()) return {text.substr(0, end), {}};
  return {text.substr(0, end), text.substr(end + 1)};
}

using LabelValues = std::vector<std::string>;

// "host context" or "log=event log": at most one label whose kind has two words, and that one alone.
struct LabelSpec {
  std::string_view label, kind;
};
std::vector<LabelSpec> label_specs(std::string_view text) {
  if (const size_t equals = text.find('='); equals != std::string_view::npos)
    return {{text.substr(0, equals), text.substr(equals + 1)}};
  std::vector<LabelSpec> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    out.push_back({text.substr(0, end), text.substr(0, end)});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

class Collector {
 public:
  void visit(const ComponentNode& node) {
    for (const ComponentNode::Value& value : node.values)
      if (!path_.empty()) take(value);
    for (const ComponentNode& part : node.parts) {
      path_.push_back(part_of(part.name));
      visit(part);
      path_.pop_back();
    }
  }

  void write(MetricsWriter& out) const {
    for (size_t i = 0; i < std::size(kRows); i++) {
      if (found_[i].empty()) continue;
      const ComponentMetricRow& row = kRows[i];
      out.family(row.family, row.type, row.help, row.unit);
      const auto specs = label_specs(row.labels);
      std::vector<MetricLabel> labels(specs.size());
      for (const auto& [values, number] : found_[i]) {
        for (size_t l = 0; l < specs.size(); l++) labels[l] = {specs[l].label, values[l]};
        out.sample(labels, number);
      }
    }
  }

 private:
  void take(const ComponentNode::Value& value) {
    const std::string_view kind = path_.back().kind;
    for (size_t i = 0; i < std::size(kRows); i++) {
      const ComponentMetricRow& row = kRows[i];
      if (kind != row.part || value.name != row.value) continue;
      if (value.is_number != (row.is[0] == 0)) continue;
      LabelValues labels;
      for (const LabelSpec& spec : label_specs(row.labels)) labels.emplace_back(name_of(spec.kind));
      found_[i].emplace(std::move(labels), value.is_number ? value.number : value.text == row.is ? 1 : 0);
    }
  }

  std::string_view name_of(std::string_view kind) const {
    for (const Part& part : path_)
      if (part.kind == kind) return part.name;
    return {};
  }

  std::vector<Part> path_;
  std::map<LabelValues, double> found_[std::size(kRows)];
};

}  // namespace

std::span<const ComponentMetricRow> component_metric_table() { return kRows; }

void write_component_metrics(MetricsWriter& out, const ComponentNode& root) {
  Collector collector;
  collector.visit(root);
  collector.write(out);
}

}  // namespace navajo::api
