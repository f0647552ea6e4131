#include "navajo/container/telemetry_service.h"

#include <unistd.h>

#include "navajo/base/build_config.h"
#include "navajo/config/file_text.h"
#include "navajo/config/text.h"
#include "navajo/container/file_access.h"
#include "navajo/observe/log.h"

namespace navajo::container {
namespace {

constexpr size_t kMaxHeadersFile = 64 * 1024;

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "";
}

}  // namespace

std::shared_ptr<telemetry::Telemetry> make_telemetry(const config::NavajoXml& navajo,
                                                     const std::string& user_of_children,
                                                     config::Diagnostics& diagnostics) {
  if (!navajo.service.open_telemetry) return nullptr;
  const config::OpenTelemetryElement& element = *navajo.service.open_telemetry;
  const size_t before = diagnostics.count();
  const auto fault = [&](const config::Position& where, const std::string& text) {
    diagnostics.fault(where, observe::id::config_bad_value, "OpenTelemetry " + text);
  };
  telemetry::TelemetryOptions options;
  if (const auto ratio = telemetry::parse_ratio(*element.sampling_ratio); ratio.ok())
    options.ratio = *ratio;
  else
    fault(element.sampling_ratio.where,
          "samplingRatio: '" + config::printable(*element.sampling_ratio) + "' " + ratio.error().text);
  if (!element.exporter->empty()) {
    if (const auto base = telemetry::parse_exporter(*element.exporter); base.ok())
      options.collector.base = *base;
    else
      fault(element.exporter.where, "exporter: '" + config::printable(*element.exporter) + "' " + base.error().text);
    if (!telemetry::has_http_collector())
      diagnostics.fault(element.exporter.where, observe::id::config_not_supported,
                        "OpenTelemetry exporter: this Navajo was built without libcurl and can send nothing; build it "
                        "with libcurl, or leave exporter away");
  }
  if (!element.headers_file->empty()) {
    const auto text = config::read_file_text(*element.headers_file, kMaxHeadersFile);
    const auto headers = text.ok() ? telemetry::parse_headers(*text)
                                   : base::Result<std::vector<std::string>>(base::Failed{text.error()});
    if (headers.ok())
      options.collector.headers = *headers;
    else
      fault(element.headers_file.where,
            "headersFile " + config::printable(*element.headers_file) + ": " + headers.error().text);
  }
  const std::string& ca = *element.ca_certificate;
  if (!ca.empty() && (access(ca.c_str(), R_OK) != 0 || !may_read(user_of_children, ca)))
    fault(element.ca_certificate.where, "caCertificate: the child processes may not read " +
                                            config::printable(ca));
  options.collector.ca_certificate = ca;
  options.collector.timeout = *element.timeout;
  options.extract = *element.extract;
  options.inject = *element.inject;
  options.exporter.traces = *element.traces;
  options.exporter.metrics = *element.metrics;
  options.exporter.metrics_interval = *element.metrics_interval;
  options.exporter.queue = *element.queue;
  options.exporter.batch = *element.batch;
  options.exporter.batch_delay = *element.batch_delay;
  options.exporter.resource = {element.service_name->empty() ? *navajo.service.name : *element.service_name,
                               *element.environment, host_name(), NAVAJO_VERSION};
  if (diagnostics.count() != before) return nullptr;
  return std::make_shared<telemetry::Telemetry>(std::move(options));
}

}  // namespace navajo::container
