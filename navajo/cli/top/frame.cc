#include "navajo/cli/top/frame.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <utility>

#include "navajo/cli/session_table.h"
#include "navajo/config/text.h"
#include "navajo/observe/json_writer.h"
#include "navajo/observe/status_report.h"

namespace navajo::cli::top {
namespace {

using observe::ChildNumbers;
using observe::Counter;
using observe::Gauge;

constexpr char kBold[] = "\033[1m", kReverse[] = "\033[7m", kNormal[] = "\033[0m";

double seconds_between(const Sample& before, const Sample& now) {
  return std::max(0.001, std::chrono::duration<double>(now.at - before.at).count());
}

double rate(uint64_t before, uint64_t now, double seconds) {
  // A child of which one sample knows nothing.
  return now >= before ? static_cast<double>(now - before) / seconds : 0;
}

uint64_t counter_of(const ChildNumbers& child, Counter which) { return child.counters[static_cast<size_t>(which)]; }
int64_t gauge_of(const ChildNumbers& child, Gauge which) { return child.gauges[static_cast<size_t>(which)]; }

struct Cell {
  std::string text;
  double value = 0;  // sorted by; of a text 0
};
using Row = std::vector<Cell>;

Cell number(double value) { return {short_number(value), value}; }
Cell bytes(uint64_t value) { return {size_text(value), static_cast<double>(value)}; }
Cell words(std::string text) { return {std::move(text), 0}; }
Cell percent(double value) {
  char text[32];
  snprintf(text, sizeof text, "%.0f %%", value);
  return {text, value};
}

// "340 us", "12 ms", "4.6 s"; "-" of nothing.
std::string time_text(std::optional<double> seconds) {
  if (!seconds) return "-";
  if (*seconds < 1e-3) return short_number(std::round(*seconds * 1e6)) + " us";
  return *seconds < 1 ? short_number(*seconds * 1e3) + " ms" : short_number(*seconds) + " s";
}

class Picture {
 public:
  Picture(const Sample& before, const Sample& now) : before_(before), now_(now) {}

  double per_second(Counter which) const { return rate(before_.numbers[which], now_.numbers[which], seconds_); }
  double processor(uint32_t pid) const {
    const auto then = before_.processes.find(pid), later = now_.processes.find(pid);
    if (then == before_.processes.end() || later == now_.processes.end()) return 0;
    static const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    return 100 * rate(then->second.ticks, later->second.ticks, seconds_) / ticks;
  }
  double processor() const {
    double sum = 0;
    for (const auto& [pid, use] : now_.processes) sum += processor(pid);
    return sum;
  }
  uint64_t resident() const {
    uint64_t sum = 0;
    for (const auto& [pid, use] : now_.processes) sum += use.resident;
    return sum;
  }
  // Of what ended between the two samples; none: nothing did.
  std::optional<double> requests_took(double q) const { return now_.requests.since(before_.requests).quantile(q); }
  std::optional<double> calls_took(double q) const { return now_.calls.since(before_.calls).quantile(q); }
  double cause_per_second(const std::string& cause, uint64_t count) const {
    for (const auto& [name, earlier] : before_.numbers.causes)
      if (name == cause) return rate(earlier, count, seconds_);
    return rate(0, count, seconds_);
  }

  std::vector<Row> rows(Table table, int64_t wall_seconds) const {
    std::vector<Row> out;
    switch (table) {
      case Table::processes:
        for (const ChildNumbers& child : now_.numbers.children) out.push_back(process_row(child, wall_seconds));
        break;
      case Table::backends:
        for (const admin::Line& line : now_.backends) out.push_back(backend_row(line));
        break;
      case Table::causes:
        for (const auto& [cause, count] : now_.numbers.causes)
          out.push_back({number(cause_per_second(cause, count)), number(static_cast<double>(count)), words(cause)});
        break;
    }
    return out;
  }

 private:
  Row process_row(const ChildNumbers& child, int64_t wall_seconds) const {
    const ChildNumbers* earlier = nullptr;
    for (const ChildNumbers& one : before_.numbers.children)
      if (one.pid == child.pid) earlier = &one;
    const auto found = now_.processes.find(child.pid);
    const auto per = [&](Counter which) {
      return number(earlier ? rate(counter_of(*earlier, which), counter_of(child, which), seconds_) : 0);
    };
    return {{std::to_string(child.pid), static_cast<double>(child.pid)},
            {std::to_string(child.generation), static_cast<double>(child.generation)},
            {short_duration(wall_seconds - child.started_at), static_cast<double>(wall_seconds - child.started_at)},
            per(Counter::requests),
            number(static_cast<double>(gauge_of(child, Gauge::connections_live))),
            number(static_cast<double>(gauge_of(child, Gauge::connections_busy))),
            percent(processor(child.pid)),
            bytes(found == now_.processes.end() ? 0 : found->second.resident),
            {std::to_string(gauge_of(child, Gauge::run_queue_delay_max_us)) + " us",
             static_cast<double>(gauge_of(child, Gauge::run_queue_delay_max_us))}};
  }

  Row backend_row(const admin::Line& line) const {
    const auto text = [&](const char* name) {
      const std::string* value = line.field(name);
      return value ? config::printable(*value) : std::string();
    };
    const auto value = [&](const char* name) { return strtod(text(name).c_str(), nullptr); };
    double chosen = 0;
    for (const admin::Line& earlier : before_.backends)
      if (const std::string* id = earlier.field("id"), *routing = earlier.field("routing");
          id && routing && *id == text("id") && *routing == text("routing"))
        if (const std::string* then = earlier.field("chosen"))
          chosen = std::max(0.0, value("chosen") - strtod(then->c_str(), nullptr)) / seconds_;
    return {number(chosen),
            number(value("in_flight")),
            number(value("failed")),
            {text("connect_us") + (text("connect_us").empty() ? "" : " us"), value("connect_us")},
            words(text("health") + (text("draining") == "true" ? ", draining" : "")),
            words(text("routing") + "/" + text("app")),
            words(text("id"))};
  }

  const Sample& before_;
  const Sample& now_;
  const double seconds_ = seconds_between(before_, now_);
};

constexpr const char* kProcessTitles[] = {"pid", "gen", "age", "req/s", "conns", "busy", "cpu", "memory", "delay"};
constexpr const char* kBackendTitles[] = {"new/s", "now", "failed", "connect", "health", "routing/app", "backend"};
constexpr const char* kCauseTitles[] = {"per s", "all", "cause"};

std::span<const char* const> titles(Table table) {
  switch (table) {
    case Table::backends: return kBackendTitles;
    case Table::causes: return kCauseTitles;
    case Table::processes: break;
  }
  return kProcessTitles;
}

// Characters as a terminal counts them, near enough: UTF-8 sequences are one.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string cut_to(const std::string& text, size_t width) {
  size_t seen = 0, end = 0;
  while (end < text.size() && (seen < width || (text[end] & 0xc0) == 0x80)) {
    if ((text[end] & 0xc0) != 0x80) seen++;
    end++;
  }
  return text.substr(0, end);
}

void append_table(std::string& out, std::vector<Row> rows, const View& view, size_t room) {
  const auto heads = titles(view.table);
  const size_t column = std::min(view.column, heads.size() - 1);
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    const Cell &x = view.ascending ? a[column] : b[column], &y = view.ascending ? b[column] : a[column];
    return x.value != y.value ? x.value < y.value : x.value == 0 && y.text > x.text && view.ascending;
  });
  if (rows.size() + 1 > room) rows.resize(room > 0 ? room - 1 : 0);
  std::vector<size_t> widths;
  for (size_t i = 0; i < heads.size(); i++) {
    widths.push_back(std::string_view(heads[i]).size() + 1);
    for (const Row& row : rows) widths[i] = std::max(widths[i], width_of(row[i].text));
  }
  std::string head;
  for (size_t i = 0; i < heads.size(); i++) {
    std::string cell = std::string(heads[i]) + (i == column ? (view.ascending ? "^" : "v") : " ");
    if (i + 1 < heads.size()) cell.insert(0, widths[i] - cell.size(), ' ');
    head += cell + "  ";
  }
  head = cut_to(head, view.columns);
  out += view.colours ? kReverse + head + kNormal + "\n" : head + "\n";
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); i++) {
      // Numbers to the right, the last column, which may be long, as it is.
      const std::string pad(i + 1 < row.size() ? widths[i] - width_of(row[i].text) : 0, ' ');
      line += pad + row[i].text + "  ";
    }
    out += cut_to(line, view.columns) + "\n";
  }
}

}  // namespace

size_t columns_of(Table table) { return titles(table).size(); }

std::string short_number(double value) {
  char text[32];
  const double size = std::fabs(value);
  if (size < 9.95 && size != std::floor(size))
    snprintf(text, sizeof text, "%.1f", value);
  else if (size < 9999.5)
    snprintf(text, sizeof text, "%.0f", value);
  else if (size < 999950)
    snprintf(text, sizeof text, "%.*fk", size < 99950 ? 1 : 0, value / 1e3);
  else if (size < 999.95e6)
    snprintf(text, sizeof text, "%.*fM", size < 99.95e6 ? 1 : 0, value / 1e6);
  else
    snprintf(text, sizeof text, "%.1fG", value / 1e9);
  return text;
}

std::string frame(const Sample& before, const Sample& now, const View& view, int64_t wall_seconds) {
  const Picture picture(before, now);
  const observe::StatusNumbers& numbers = now.numbers;
  const auto per = [&](Counter which) { return short_number(picture.per_second(which)); };
  const auto gauge = [&](Gauge which) { return short_number(static_cast<double>(numbers[which])); };
  std::vector<std::string> lines;
  lines.push_back(numbers.texts.server + ", process " + std::to_string(numbers.parent_pid) + ", up " +
                  observe::duration_text(wall_seconds - numbers.started_at) + ", configuration " +
                  std::to_string(numbers.generation) + " since " +
                  observe::duration_text(wall_seconds - numbers.configured_at) + (view.paused ? "   PAUSED" : ""));
  lines.push_back("requests " + per(Counter::requests) + "/s   2xx " + per(Counter::responses_2xx) + "  3xx " +
                  per(Counter::responses_3xx) + "  4xx " + per(Counter::responses_4xx) + "  5xx " +
                  per(Counter::responses_5xx) + "   in " +
                  size_text(static_cast<uint64_t>(picture.per_second(Counter::bytes_in))) + "/s  out " +
                  size_text(static_cast<uint64_t>(picture.per_second(Counter::bytes_out))) + "/s");
  lines.push_back("latency     requests p50 " + time_text(picture.requests_took(0.5)) + "  p99 " +
                  time_text(picture.requests_took(0.99)) + "   backends p50 " + time_text(picture.calls_took(0.5)) +
                  "  p99 " + time_text(picture.calls_took(0.99)));
  lines.push_back("connections " + gauge(Gauge::connections_live) + " of " + gauge(Gauge::connections_limit) +
                  "   new " + per(Counter::connections_taken) + "/s  busy " + gauge(Gauge::connections_busy) +
                  "  idle " + gauge(Gauge::connections_idle) + "  hibernated " + gauge(Gauge::connections_hibernated) +
                  "  tunnels " + gauge(Gauge::tunnels_open));
  lines.push_back("backends    connects " + per(Counter::backend_connects) + "/s  reused " +
                  per(Counter::backend_reuses) + "/s  failures " + per(Counter::backend_failures) + "/s  retries " +
                  per(Counter::backend_retries) + "/s");
  lines.push_back("processes   " + std::to_string(numbers.children.size()) + " and the parent, " +
                  percent(picture.processor()).text + " of a processor, " + size_text(picture.resident()) + ", " +
                  numbers.texts.allocator + (numbers[Gauge::memory_level] > 0 ? ", MEMORY IS SHORT" : ""));
  lines.push_back("refused     rules " + per(Counter::rule_refusals) + "/s  limits " + per(Counter::limiter_refused) +
                  "/s  credits " + per(Counter::credits_refused) + "/s  bodies " + per(Counter::bodies_refused) +
                  "/s  memory " + per(Counter::memory_refused) + "/s");
  for (const admin::Line& store : now.stores) lines.push_back(store_text(store));
  if (!now.unanswered.empty()) lines.push_back("sessions and backends: nobody tells of them: " + now.unanswered);
  std::string out;
  for (size_t i = 0; i < lines.size() && i + 3 < view.rows; i++) {
    const std::string line = cut_to(lines[i], view.columns);
    out += i == 0 && view.colours ? kBold + line + kNormal + "\n" : line + "\n";
  }
  out += "\n";
  const size_t used = static_cast<size_t>(std::count(out.begin(), out.end(), '\n'));
  if (view.rows > used) append_table(out, picture.rows(view.table, wall_seconds), view, view.rows - used);
  return out;
}

std::string frame_json(const Sample& before, const Sample& now, int64_t wall_seconds) {
  const Picture picture(before, now);
  observe::JsonWriter json;
  json.begin_object().key("seconds").number(seconds_between(before, now));
  json.key("per_second").begin_object();
  for (size_t i = 0; i < observe::kCounters; i++)
    json.key(observe::kCounterRows[i].name).number(picture.per_second(static_cast<Counter>(i)));
  json.end_object().key("now").begin_object();
  for (size_t i = 0; i < observe::kGauges; i++) json.key(observe::kGaugeRows[i].name).integer(now.numbers.gauges[i]);
  json.end_object();
  const auto quantiles = [&](const char* name, auto took) {
    json.key(name).begin_object();
    for (const auto& [quantile, q] : {std::pair{"p50", 0.5}, std::pair{"p99", 0.99}})
      if (const auto seconds = took(q)) json.key(quantile).number(*seconds);
    json.end_object();
  };
  quantiles("request_seconds", [&](double q) { return picture.requests_took(q); });
  quantiles("backend_seconds", [&](double q) { return picture.calls_took(q); });
  json.key("processor_percent").number(picture.processor()).key("resident_bytes").natural(picture.resident());
  for (const Table table : {Table::processes, Table::backends, Table::causes}) {
    json.key(table == Table::processes ? "processes" : table == Table::backends ? "backends" : "causes").begin_array();
    for (const Row& row : picture.rows(table, wall_seconds)) {
      json.begin_object();
      for (size_t i = 0; i < row.size(); i++) {
        json.key(titles(table)[i]);
        if (row[i].value != 0 || row[i].text.find_first_not_of("0123456789. %us") == std::string::npos)
          json.number(row[i].value);
        else
          json.text(row[i].text);
      }
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
  return json.str() + "\n";
}

}  // namespace navajo::cli::top
