#include "navajo/observe/open_metrics.h"

#include <array>

#include "navajo/observe/metrics_text.h"
#include "navajo/observe/process_use.h"
#include "navajo/observe/status_report.h"

namespace navajo::observe {
namespace {

void write_table(MetricsWriter& out, const StatusNumbers& numbers) {
  for (size_t i = 0; i < kCounters; i++) {
    const MetricName name = metric_name(kCounterRows[i].name);
    out.family(name.name, MetricType::counter, kCounterRows[i].help, name.unit);
    if (name.scale == 1)
      out.sample({}, numbers.counters[i]);
    else
      out.sample({}, static_cast<double>(numbers.counters[i]) * name.scale);
  }
  for (size_t i = 0; i < kGauges; i++) {
    const MetricName name = metric_name(kGaugeRows[i].name);
    out.family(name.name, MetricType::gauge, kGaugeRows[i].help, name.unit);
    out.sample({}, static_cast<double>(numbers.gauges[i]) * name.scale);
  }
}

void write_server(MetricsWriter& out, const StatusNumbers& numbers) {
  out.family("build", MetricType::info, "what runs");
  out.sample({{"version", numbers.texts.server}, {"allocator", numbers.texts.allocator}}, uint64_t{1});
  out.family("up", MetricType::gauge, "1 while the parent process is there");
  out.sample({}, uint64_t{numbers.parent_alive});
  out.family("start_time_seconds", MetricType::gauge, "when the parent process began to count, since 1970", "seconds");
  out.sample({}, static_cast<double>(numbers.started_at));
  out.family("configuration_generation", MetricType::gauge, "configurations put to work by this parent");
  out.sample({}, uint64_t{numbers.generation});
  out.family("configuration_time_seconds", MetricType::gauge, "when the present configuration was put to work, since "
             "1970", "seconds");
  out.sample({}, static_cast<double>(numbers.configured_at));
  out.family("configuration_state", MetricType::gauge,
             "1 for what the last restart came to: the files were taken, refused (what ran goes on), or rolled back");
  for (const ConfigurationState state :
       {ConfigurationState::taken, ConfigurationState::kept, ConfigurationState::rolled_back})
    out.sample({{"state", word(state)}}, uint64_t{numbers.configuration_state == state});
  out.family("child_crashes", MetricType::counter, "child processes that died since the server was started");
  out.sample({}, numbers.child_crashes);
  out.family("blocked_since_seconds", MetricType::gauge,
             "since when every request is answered 503 (crashRecoveryStrategy), since 1970; 0: requests are served",
             "seconds");
  out.sample({}, static_cast<double>(numbers.blocked_since));
  out.family("configuration_memory_limit_bytes", MetricType::gauge, "Core memorySize", "bytes");
  out.sample({}, numbers.memory_configured);
  out.family("configuration_memory_used_bytes", MetricType::gauge, "of Core memorySize, in use", "bytes");
  out.sample({}, numbers.memory_used);
  out.family("children", MetricType::gauge, "child processes that count, by the configuration they run");
  uint64_t current = 0;
  for (const ChildNumbers& child : numbers.children) current += child.generation == numbers.generation ? 1 : 0;
  out.sample({{"configuration", "current"}}, current);
  out.sample({{"configuration", "earlier"}}, numbers.children.size() - current);
  out.family("child_slots", MetricType::gauge, "child processes that can count");
  out.sample({}, uint64_t{numbers.slots});
  out.family("children_without_slot", MetricType::counter, "child processes whose numbers are missing");
  out.sample({}, numbers.claims_refused);
}

void write_processes(MetricsWriter& out, const StatusNumbers& numbers) {
  ProcessUse children, parent;
  if (const auto use = process_use(static_cast<pid_t>(numbers.parent_pid)); use && numbers.parent_alive) parent = *use;
  for (const ChildNumbers& child : numbers.children) {
    const auto use = process_use(static_cast<pid_t>(child.pid));
    if (!use) continue;
    children.resident += use->resident;
    children.own += use->own;
    children.cpu_seconds += use->cpu_seconds;
    children.threads += use->threads;
  }
  const auto both = [&](auto ProcessUse::*what) {
    out.sample({{"process", "parent"}}, parent.*what);
    out.sample({{"process", "children"}}, children.*what);
  };
  out.family("resident_memory_bytes", MetricType::gauge, "resident memory; pages that processes share count in each of "
             "them", "bytes");
  both(&ProcessUse::resident);
  out.family("own_memory_bytes", MetricType::gauge, "resident memory that is neither shared nor of a file", "bytes");
  both(&ProcessUse::own);
  out.family("threads", MetricType::gauge, "threads of all processes");
  both(&ProcessUse::threads);
  out.family("cpu_seconds", MetricType::counter, "processor time of the parent and all children that ever were",
             "seconds");
  out.sample({}, parent.cpu_seconds + parent.ended_cpu_seconds + children.cpu_seconds);
}

void write_causes(MetricsWriter& out, const StatusNumbers& numbers) {
  out.family("causes", MetricType::counter, "requests refused or cut off, by cause code, whoever was asked");
  for (const auto& [cause, count] : numbers.causes) out.sample({{"cause", cause}}, count);
}

void write_certificates(MetricsWriter& out, const StatusNumbers& numbers) {
  out.family("certificate_not_after_seconds", MetricType::gauge,
             "when a certificate ends, since 1970: one that is served, or the issuer of minted ones", "seconds");
  for (const CertificateEnd& one : numbers.certificates)
    out.sample({{"name", one.name}, {"use", one.use}}, static_cast<double>(one.not_after));
}

void write_family(MetricsWriter& out, const FamilyRow& row, const FamilyNumbers& numbers) {
  const bool histogram = row.kind == FamilyKind::histogram;
  out.family(histogram ? std::string(row.name) + "_seconds" : row.name,
             histogram ? MetricType::histogram : MetricType::counter, row.help, histogram ? "seconds" : "");
  std::array<MetricLabel, kMostLabels> labels;
  const size_t count = row.label_count();
  for (const Series& series : numbers.series) {
    for (size_t i = 0; i < count; i++) labels[i] = {row.labels[i], series.labels[i]};
    if (histogram)
      out.sample(std::span<const MetricLabel>(labels).first(count), series.latency);
    else
      out.sample(std::span<const MetricLabel>(labels).first(count), series.count());
  }
}

void write_traffic(MetricsWriter& out, const Traffic& traffic) {
  for (size_t i = 0; i < kFamilies; i++) write_family(out, kFamilyRows[i], traffic.families[i]);
  const auto each = [&](auto number_of) {
    for (size_t i = 0; i < kFamilies; i++)
      out.sample({{"family", kFamilyRows[i].name}}, static_cast<uint64_t>(number_of(traffic.families[i])));
  };
  out.family("series", MetricType::gauge, "names a family tells apart now");
  each([](const FamilyNumbers& family) { return family.series.size(); });
  out.family("series_limit", MetricType::gauge, "names a family can tell apart; what comes later is 'other'");
  each([](const FamilyNumbers& family) { return family.most; });
  out.family("series_unnamed", MetricType::counter, "times something was counted as 'other' because no row was free");
  each([](const FamilyNumbers& family) { return family.unnamed; });
  out.family("series_forgotten", MetricType::counter, "names not seen for an hour that gave way to others");
  each([](const FamilyNumbers& family) { return family.forgotten; });
}

}  // namespace

MetricName metric_name(std::string_view table_name) {
  MetricName out;
  for (std::string_view rest = table_name; !rest.empty();) {
    const size_t end = rest.find('_');
    const std::string_view word = rest.substr(0, end);
    const bool last = end == std::string_view::npos;
    rest.remove_prefix(last ? rest.size() : end + 1);
    if (word == "bytes") {
      out.unit = "bytes";
    } else if (last && word == "us") {
      out.unit = "seconds";
      out.scale = 1e-6;
    } else {
      out.name.append(out.name.empty() ? "" : "_").append(word);
    }
  }
  if (!out.unit.empty()) out.name.append(out.name.empty() ? "" : "_").append(out.unit);
  return out;
}

void write_metrics(MetricsWriter& out, const StatusNumbers& numbers, const Traffic& traffic) {
  write_server(out, numbers);
  write_processes(out, numbers);
  write_table(out, numbers);
  write_causes(out, numbers);
  write_traffic(out, traffic);
  write_certificates(out, numbers);
}

std::string open_metrics(const StatusSegment& segment, base::FunctionRef<void(MetricsWriter&)> more) {
  MetricsText out;
  write_metrics(out, segment.read(), read_traffic(segment.traffic()));
  more(out);
  return out.finish();
}

std::string open_metrics(const StatusSegment& segment) {
  return open_metrics(segment, [](MetricsWriter&) {});
}

}  // namespace navajo::observe
