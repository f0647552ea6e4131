// OpenTelemetry of Service. What its texts mean, telemetry::Telemetry says.
#include "navajo/config/navajo_xml_reading.h"

namespace navajo::config {

OpenTelemetryElement read_open_telemetry(const XmlElement& element, const NavajoXmlReading& reading) {
  ElementReader reader = reading.reader("OpenTelemetry", "Service", &element, element.where);
  OpenTelemetryElement out;
  out.where = element.where;
  out.exporter = reader.text("exporter");
  out.traces = reader.boolean("traces");
  out.metrics = reader.boolean("metrics");
  out.metrics_interval = reader.milliseconds("metricsInterval");
  out.sampling_ratio = reader.text("samplingRatio");
  out.extract = reader.boolean("extract");
  out.inject = reader.boolean("inject");
  out.service_name = reader.text("serviceName");
  out.environment = reader.text("environment");
  out.headers_file = reading.absolute(reader.text("headersFile"));
  out.ca_certificate = reading.absolute(reader.text("caCertificate"));
  out.timeout = reader.milliseconds("timeout");
  out.queue = reader.number<uint64_t>("queue");
  out.batch = reader.number<uint64_t>("batch");
  out.batch_delay = reader.milliseconds("batchDelay");
  if (*out.batch > *out.queue)
    reader.fault(out.batch.where, "batch",
                 std::to_string(*out.batch) + " spans are more than queue holds, " + std::to_string(*out.queue));
  return out;
}

}  // namespace navajo::config
