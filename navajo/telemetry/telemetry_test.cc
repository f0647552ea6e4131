#include "navajo/telemetry/telemetry.h"

#include <cstdio>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::telemetry;

TEST_GROUP(Telemetry) {
  static std::string trace(uint64_t number) {
    char text[33];
    snprintf(text, sizeof text, "0af7651916cd43dd84%014llx",
             static_cast<unsigned long long>(number * 0x9e3779b97f4a7c15u >> 8));
    return text;
  }
  static int sampled_of_1000(double ratio) {
    TelemetryOptions options;
    options.ratio = ratio;
    const Telemetry telemetry(options);
    int count = 0;
    for (uint64_t i = 1; i <= 1000; i++) count += telemetry.samples(trace(i));
    return count;
  }
};

TEST(Telemetry, samples_as_many_traces_as_the_ratio_says) {
  LONGS_EQUAL(1000, sampled_of_1000(1));
  LONGS_EQUAL(0, sampled_of_1000(0));
  const int some = sampled_of_1000(0.25);
  CHECK(some > 200 && some < 300);
}

TEST(Telemetry, decides_by_the_trace_alone) {
  TelemetryOptions options;
  options.ratio = 0.5;
  const Telemetry one(options), other(options);
  for (uint64_t i = 1; i <= 100; i++) CHECK(one.samples(trace(i)) == other.samples(trace(i)));
}

TEST(Telemetry, without_an_exporter_records_nothing) {
  CHECK_FALSE(Telemetry(TelemetryOptions()).records());
  TelemetryOptions options;
  options.collector.base = "http://127.0.0.1:4318";
  CHECK(Telemetry(options).records());
  options.exporter.traces = false;
  CHECK_FALSE(Telemetry(options).records());
}

TEST(Telemetry, reads_ratios) {
  DOUBLES_EQUAL(0.01, *parse_ratio("0.01"), 0);
  DOUBLES_EQUAL(1, *parse_ratio("1"), 0);
  for (const char* bad : {"", "1.01", "-0.1", "1%", "nan", "1e-3", " 1"})
    CHECK_FALSE_TEXT(parse_ratio(bad).ok(), bad);
}

TEST(Telemetry, reads_where_the_collector_is) {
  STRCMP_EQUAL("http://collector:4318", parse_exporter("collector:4318")->c_str());
  STRCMP_EQUAL("https://collector:4318", parse_exporter("https://collector:4318/")->c_str());
  STRCMP_EQUAL("https://otlp.example/otel/x", parse_exporter("https://otlp.example/otel/x")->c_str());
  STRCMP_EQUAL("http://[::1]:4318", parse_exporter("[::1]:4318")->c_str());
  for (const char* bad : {"", "ftp://x", "http://", "a b", "host/?q", "user@host:1", "http:///x"})
    CHECK_FALSE_TEXT(parse_exporter(bad).ok(), bad);
}

TEST(Telemetry, reads_headers_and_never_repeats_them_in_a_fault) {
  const auto headers = parse_headers("# of the collector\nAuthorization: Bearer abc\r\n\nX-Tenant:  t 1\n");
  LONGS_EQUAL(2, headers->size());
  STRCMP_EQUAL("Authorization: Bearer abc", (*headers)[0].c_str());
  STRCMP_EQUAL("X-Tenant: t 1", (*headers)[1].c_str());
  for (const char* bad : {"secret", ": x", "a b: secret", "a:", "ok: 1\nsecret\n"}) {
    const auto parsed = parse_headers(bad);
    CHECK_FALSE_TEXT(parsed.ok(), bad);
    CHECK(parsed.error().text.find("secret") == std::string::npos);
  }
}
