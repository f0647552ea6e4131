#include "navajo/api/component_metrics.h"

#include <set>
#include <string>

#include "navajo/observe/metrics_text.h"
#include "navajo/observe/open_metrics.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::api;
using navajo::observe::MetricsText;

TEST_GROUP(ComponentMetrics) {
  ComponentTree tree;
  std::string text() {
    MetricsText out;
    write_component_metrics(out, tree.root());
    return out.finish();
  }
  void store(const char* host, double active) {
    tree.begin(std::string("host ") + host);
    tree.begin("context /");
    tree.begin("servlet Sessions");
    tree.number("sessions_active", active);
    tree.end();
    tree.end();
    tree.end();
  }
};

TEST(ComponentMetrics, a_backend_has_the_labels_of_its_way) {
  tree.begin("host www.example.org");
  tree.begin("context /a");
  tree.begin("servlet Shop");
  tree.begin("backend app1:80");
  tree.text("state", "usable");
  tree.number("marked_bad", 2);
  tree.number("idle", 7);
  tree.end();
  tree.begin("backend app2:80");
  tree.text("state", "bad");
  tree.end();
  const std::string out = text();
  STRCMP_CONTAINS("navajo_backend_up{host=\"www.example.org\",context=\"/a\",servlet=\"Shop\",backend=\"app1:80\"} 1\n",
                  out.c_str());
  STRCMP_CONTAINS("backend=\"app2:80\"} 0\n", out.c_str());
  STRCMP_CONTAINS("navajo_backend_marked_bad_total{", out.c_str());
  // Of this child alone.
  CHECK(out.find("idle") == std::string::npos);
}

TEST(ComponentMetrics, a_store_of_several_hosts_comes_once) {
  store("a", 5);
  store("b", 5);
  STRCMP_EQUAL("# TYPE navajo_sessions_active gauge\n# HELP navajo_sessions_active sessions of a store\n"
               "navajo_sessions_active{store=\"Sessions\"} 5\n# EOF\n",
               text().c_str());
}

TEST(ComponentMetrics, a_kind_of_two_words_is_not_taken_for_another) {
  tree.begin("event log ACCESS LOG");
  tree.number("records", 3);
  tree.end();
  tree.begin("rules main");
  tree.begin("rule no-\"quotes\"");
  tree.number("hits", 1);
  const std::string out = text();
  STRCMP_CONTAINS("navajo_event_log_records_total{log=\"ACCESS LOG\"} 3\n", out.c_str());
  STRCMP_CONTAINS("navajo_rule_hits_total{rules=\"main\",rule=\"no-\\\"quotes\\\"\"} 1\n", out.c_str());
}

TEST(ComponentMetrics, no_family_is_one_of_the_segments_and_each_ends_with_its_unit) {
  std::set<std::string> names;
  for (const auto& row : navajo::observe::kCounterRows) names.insert(navajo::observe::metric_name(row.name).name);
  for (const auto& row : navajo::observe::kGaugeRows) names.insert(navajo::observe::metric_name(row.name).name);
  for (const ComponentMetricRow& row : component_metric_table()) {
    CHECK_TRUE_TEXT(names.insert(row.family).second, row.family);
    const std::string_view family(row.family), unit(row.unit);
    CHECK_TRUE_TEXT(unit.empty() || family.ends_with("_" + std::string(unit)), row.family);
  }
}
