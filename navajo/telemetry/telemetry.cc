#include "navajo/telemetry/telemetry.h"

#include <charconv>

#include "navajo/http/syntax.h"

namespace navajo::telemetry {
namespace {

base::Failed<base::Error> failed(std::string text) { return {base::Error{std::move(text)}}; }

}  // namespace

bool Telemetry::samples(std::string_view trace_id) const {
  if (options_.ratio >= 1) return true;
  if (options_.ratio <= 0 || trace_id.size() < 16) return false;
  // The last 7 bytes are the random ones (W3C Trace Context level 2, 3.2.2.3).
  uint64_t random = 0;
  for (const char c : trace_id.substr(trace_id.size() - 14))
    random = random << 4 | static_cast<uint64_t>(http::hex_value(c));
  return static_cast<double>(random) < options_.ratio * 0x1p56;
}

void Telemetry::start_child() {
  if (options_.collector.base.empty()) return;
  auto collector = make_http_collector(options_.collector);
  if (!collector) return;
  exporter_ = std::make_unique<Exporter>(options_.exporter, std::move(collector));
  exporter_->start();
}

void Telemetry::drain_child() {
  if (exporter_) exporter_->leave_metrics_to_others();
}

void Telemetry::stop_child() {
  if (exporter_) exporter_->stop();
}

void Telemetry::report(api::StatusWriter& writer) const {
  writer.begin("telemetry");
  writer.text("exporter", options_.collector.base.empty() ? "none" : options_.collector.base);
  writer.number("sampling_ratio", options_.ratio);
  writer.number("spans_waiting", exporter_ ? static_cast<double>(exporter_->waiting()) : 0);
  writer.end();
}

base::Result<std::vector<std::string>> parse_headers(std::string_view text) {
  std::vector<std::string> out;
  for (size_t number = 1; !text.empty(); number++) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = http::trim(text.substr(0, end).ends_with('\r') ? text.substr(0, end - 1)
                                                                                 : text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#') continue;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !http::is_token(line.substr(0, colon)) ||
        !http::is_field_value(line.substr(colon + 1)) || http::trim(line.substr(colon + 1)).empty())
      return failed("line " + std::to_string(number) + " is not 'Name: value'");
    out.push_back(std::string(line.substr(0, colon)) + ": " + std::string(http::trim(line.substr(colon + 1))));
  }
  return out;
}

base::Result<double> parse_ratio(std::string_view text) {
  double ratio = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ratio, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || !(ratio >= 0 && ratio <= 1))
    return failed("is not a fraction from 0 to 1");
  return ratio;
}

base::Result<std::string> parse_exporter(std::string_view text) {
  std::string_view rest = text;
  std::string scheme = "http://";
  if (const size_t at = rest.find("://"); at != std::string_view::npos) {
    scheme = rest.substr(0, at + 3);
    if (scheme != "http://" && scheme != "https://") return failed("is neither http:// nor https://");
    rest.remove_prefix(at + 3);
  }
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const size_t slash = rest.find('/');
  const std::string_view host = rest.substr(0, slash);
  // A path before /v1/traces, as some services have it.
  const std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  constexpr std::string_view kPathCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/%";
  if (host.empty() || !http::is_host(host) || path.find_first_not_of(kPathCharacters) != std::string_view::npos)
    return failed("is not host:port, http://host:port or https://host:port");
  return scheme + std::string(rest);
}

}  // namespace navajo::telemetry
