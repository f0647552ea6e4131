// Every metric that the dashboard, the alert rules and docs/metrics.md name is one that is rendered; and
// docs/metrics.md lists all of them, as they are. NAVAJO_WRITE_DOCS=1 in the environment writes that list anew.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "navajo/api/component_metrics.h"
#include "navajo/observe/metrics_text.h"
#include "navajo/observe/open_metrics.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;

namespace {

constexpr char kBegin[] = "<!-- made by conf/metrics_test.cc -->\n", kEnd[] = "<!-- end -->\n";

std::string read_whole(const std::string& path) {
  std::ifstream in(path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

struct Shown {
  std::string type, unit, help, labels;
};
using Families = std::map<std::string, Shown>;

// One of everything: what the text then holds are the families and their labels.
std::string everything() {
  observe::StatusNumbers numbers;
  numbers.causes = {{"no_backend", 1}};
  numbers.certificates = {{"www:443", "server", 1}};
  numbers.texts = {"Navajo", "jemalloc", "navajo.xml"};
  observe::Traffic traffic;
  for (auto& family : traffic.families) family.series.push_back({{"a", "b", "c", "d"}, {}});
  observe::MetricsText out;
  observe::write_metrics(out, numbers, traffic);
  api::ComponentTree tree;
  for (const api::ComponentMetricRow& row : api::component_metric_table()) {
    // Around it all that labels may stem from.
    for (const char* part : {"host h", "context /c", "servlet s", "rules r", "routing r", "event log e", "backend b"})
      tree.begin(part);
    tree.begin(std::string(row.part) + " x");
    if (row.is[0])
      tree.text(row.value, row.is);
    else
      tree.number(row.value, 1);
    tree.end();
    for (int i = 0; i < 7; i++) tree.end();
  }
  api::write_component_metrics(out, tree.root());
  return out.finish();
}

Families families() {
  Families out;
  std::istringstream lines(everything());
  std::string name;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash, what;
    words >> hash >> what;
    if (hash == "#" && what != "EOF") {
      words >> name;
      std::string rest;
      std::getline(words, rest);
      rest.erase(0, 1);
      (what == "TYPE" ? out[name].type : what == "UNIT" ? out[name].unit : out[name].help) = rest;
    } else if (hash != "#") {
      std::string& labels = out[name].labels;
      labels.clear();
      const std::regex label("([a-z_]+)=\"");
      for (std::sregex_iterator at(line.begin(), line.end(), label), end; at != end; ++at)
        if ((*at)[1] != "le") labels += (labels.empty() ? "" : ", ") + (*at)[1].str();
    }
  }
  return out;
}

std::string without(std::string name, const std::string& suffix) {
  if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  return name;
}

// A name in a query: a family's sample.
bool is_sample(const Families& known, const std::string& name) {
  const auto type_is = [&](const std::string& family, const char* type) {
    const auto found = known.find(family);
    return found != known.end() && found->second.type == type;
  };
  if (type_is(name, "gauge")) return true;
  if (name.ends_with("_total") && type_is(without(name, "_total"), "counter")) return true;
  if (name.ends_with("_info") && type_is(without(name, "_info"), "info")) return true;
  for (const char* suffix : {"_bucket", "_sum", "_count"})
    if (name.ends_with(suffix) && type_is(without(name, suffix), "histogram")) return true;
  return false;
}

std::set<std::string> names_in(const std::string& text) {
  std::set<std::string> out;
  const std::regex name("\\bnavajo_[a-z0-9_]+");
  for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at) out.insert(at->str());
  return out;
}

std::string list(const Families& known) {
  std::string out = "| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const auto& [name, shown] : known)
    out += "| `" + name + "` | " + shown.type + " | " + shown.labels + " | " + shown.help + " |\n";
  return out;
}

}  // namespace

TEST_GROUP(Metrics){};

TEST(Metrics, the_dashboard_and_the_alerts_ask_for_what_is_there) {
  const Families known = families();
  for (const char* file : {"/grafana/navajo.json", "/prometheus/navajo-alerts.yml"}) {
    const auto names = names_in(read_whole(std::string(CONF_FOLDER) + file));
    CHECK_TRUE_TEXT(names.size() > 10, file);
    for (const std::string& name : names) CHECK_TRUE_TEXT(is_sample(known, name), (file + (": " + name)).c_str());
  }
}

TEST(Metrics, the_documentation_lists_all_of_them_as_they_are) {
  const std::string path = std::string(DOCS_FOLDER) + "/metrics.md", wanted = list(families());
  std::string text = read_whole(path);
  const size_t begin = text.find(kBegin), end = text.find(kEnd);
  CHECK(begin != std::string::npos && end != std::string::npos);
  const size_t from = begin + sizeof kBegin - 1;
  if (getenv("NAVAJO_WRITE_DOCS")) {
    std::ofstream(path) << text.replace(from, end - from, wanted);
    return;
  }
  CHECK_TRUE_TEXT(text.substr(from, end - from) == wanted,
                  "docs/metrics.md is not up to date: NAVAJO_WRITE_DOCS=1 conf/unit_tests -g Metrics");
}

TEST(Metrics, what_else_the_documentation_names_is_there_too) {
  const Families known = families();
  for (const std::string& name : names_in(read_whole(std::string(DOCS_FOLDER) + "/metrics.md")))
    CHECK_TRUE_TEXT(known.contains(name) || is_sample(known, name), name.c_str());
}
