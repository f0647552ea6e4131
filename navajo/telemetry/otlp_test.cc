#include "navajo/telemetry/otlp.h"

#include <cstring>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::telemetry;
using navajo::observe::MetricType;

namespace {
const Resource kResource{"shop", "production", "host1", "1.0"};
}

TEST_GROUP(Otlp) {
  static void has(const std::string& text, const char* part) { STRCMP_CONTAINS(part, text.c_str()); }
};

TEST(Otlp, a_span_has_its_ids_in_hexadecimal_and_its_times_as_text) {
  Span span;
  memcpy(span.trace_id.data(), "0af7651916cd43dd8448eb211c80319c", 32);
  memcpy(span.span_id.data(), "b7ad6b7169203331", 16);
  span.name = "GET /app/*";
  span.start_ns = 1'700'000'000'000'000'001;
  span.end_ns = span.start_ns + 5;
  span.failed = true;
  span.add("http.request.method", "GET");
  span.add("http.response.status_code", 503);
  span.add("empty", "");
  const std::string json = traces_as_json(kResource, {&span, 1});
  has(json, "{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}}");
  has(json, "{\"key\":\"deployment.environment.name\",\"value\":{\"stringValue\":\"production\"}}");
  has(json, "\"traceId\":\"0af7651916cd43dd8448eb211c80319c\",\"spanId\":\"b7ad6b7169203331\",\"flags\":1,");
  has(json, "\"kind\":2,\"startTimeUnixNano\":\"1700000000000000001\",\"endTimeUnixNano\":\"1700000000000000006\"");
  has(json, "{\"key\":\"http.response.status_code\",\"value\":{\"intValue\":\"503\"}}");
  has(json, "\"status\":{\"code\":2}");
  CHECK(json.find("parentSpanId") == std::string::npos);
  CHECK(json.find("\"empty\"") == std::string::npos);
}

TEST(Otlp, a_long_text_is_cut) {
  Span span;
  span.add("url.path", std::string(5000, 'x'));
  LONGS_EQUAL(Span::kLongestText, span.attributes[0].text.size());
}

TEST(Otlp, metrics_have_the_names_of_a_scrape) {
  OtlpMetrics out(kResource, 1, 2);
  out.family("requests", MetricType::counter, "requests answered");
  out.sample({}, uint64_t{7});
  out.family("nothing", MetricType::gauge, "nobody said anything");
  out.family("memory_bytes", MetricType::gauge, "memory", "bytes");
  out.sample({{"kind", "a"}}, 1.5);
  out.sample({{"kind", ""}}, 2.5);
  out.family("x_seconds", MetricType::histogram, "x", "seconds");
  navajo::observe::Latency latency;
  latency.buckets[1] = 2;
  latency.nanoseconds = 500'000;
  out.sample(OtlpMetrics::LabelList(), latency);
  const std::string json = out.finish();
  has(json, "{\"name\":\"navajo_requests\",\"description\":\"requests answered\",\"unit\":\"1\",\"sum\":"
            "{\"aggregationTemporality\":2,\"isMonotonic\":true,\"dataPoints\":[{\"startTimeUnixNano\":\"1\","
            "\"timeUnixNano\":\"2\",\"attributes\":[],\"asInt\":\"7\"}]}}");
  has(json, "\"unit\":\"By\",\"gauge\":{\"dataPoints\":[{\"timeUnixNano\":\"2\",\"attributes\":[{\"key\":\"kind\","
            "\"value\":{\"stringValue\":\"a\"}}],\"asDouble\":1.5},{\"timeUnixNano\":\"2\",\"attributes\":[],"
            "\"asDouble\":2.5}]}}");
  has(json, "\"count\":\"2\",\"sum\":0.0005,\"bucketCounts\":[\"0\",\"2\",");
  has(json, "\"explicitBounds\":[0.000125,0.00025,");
  CHECK(json.find("navajo_nothing") == std::string::npos);
  CHECK(json.ends_with("]}]}]}"));
}

TEST(Otlp, what_the_collector_rejected_is_understood) {
  STRCMP_EQUAL("", rejected_by("{}").c_str());
  STRCMP_EQUAL("", rejected_by("{\"partialSuccess\":{\"rejectedSpans\":\"0\"}}").c_str());
  constexpr char kThree[] = "{\"partialSuccess\":{\"rejectedSpans\": \"3\",\"errorMessage\": \"too old\"}}";
  STRCMP_EQUAL("3: too old", rejected_by(kThree).c_str());
  STRCMP_EQUAL("12", rejected_by("{\"partialSuccess\":{\"rejectedDataPoints\":12}}").c_str());
  STRCMP_EQUAL("1: a?b", rejected_by("{\"rejectedSpans\":1,\"errorMessage\":\"a\nb\"}").c_str());
}
