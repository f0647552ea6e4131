// OpenTelemetry: defaults, what is read, what is refused.
#include <string>

#include "navajo/config/navajo_xml.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::config;
using namespace std::chrono_literals;

TEST_GROUP(OpenTelemetryReader) {
  TemporaryFolder folder;
  Diagnostics diagnostics;
  std::optional<OpenTelemetryElement> read(const std::string& element) {
    return load_navajo_xml(
               folder.write("navajo.xml", "<Navajo><Service>" + element +
                                              "<Connector name='www.example.org' port='8080'/><Engine>"
                                              "<Host name='www'><Context docBase='d'/></Host></Engine></Service>"
                                              "</Navajo>"),
               diagnostics)
        .service.open_telemetry;
  }
};

TEST(OpenTelemetryReader, without_the_element_there_is_none) { CHECK_FALSE(read("").has_value()); }

TEST(OpenTelemetryReader, has_defaults_that_send_nothing) {
  const auto element = read("<OpenTelemetry/>");
  CHECK(element.has_value() && diagnostics.ok());
  STRCMP_EQUAL("", element->exporter->c_str());
  CHECK(*element->traces && *element->metrics && *element->extract && *element->inject);
  STRCMP_EQUAL("1", element->sampling_ratio->c_str());
  CHECK(*element->metrics_interval == 60s && *element->timeout == 10s && *element->batch_delay == 1s);
  LONGS_EQUAL(4096, *element->queue);
  LONGS_EQUAL(512, *element->batch);
}

TEST(OpenTelemetryReader, reads_what_is_given_and_paths_from_the_folder_of_the_file) {
  const auto element = read(
      "<OpenTelemetry exporter='c:4318' traces='off' metrics='off' extract='off' inject='off' samplingRatio='0.5' "
      "serviceName='n' environment='e' headersFile='h' caCertificate='/c.pem' metricsInterval='5s' timeout='1s' "
      "queue='100' batch='10' batchDelay='20ms'/>");
  CHECK(diagnostics.ok());
  CHECK_FALSE(*element->traces || *element->metrics || *element->extract || *element->inject);
  STRCMP_EQUAL((folder.path() + "/h").c_str(), element->headers_file->c_str());
  STRCMP_EQUAL("/c.pem", element->ca_certificate->c_str());
  STRCMP_EQUAL("n", element->service_name->c_str());
  STRCMP_EQUAL("e", element->environment->c_str());
  CHECK(*element->batch_delay == 20ms);
}

TEST(OpenTelemetryReader, a_batch_larger_than_the_queue_is_a_fault) {
  (void)read("<OpenTelemetry queue='100' batch='101'/>");
  LONGS_EQUAL(1, diagnostics.faults().size());
  STRCMP_CONTAINS("OpenTelemetry batch: 101 spans are more than queue holds, 100",
                  diagnostics.faults()[0].text.c_str());
}
