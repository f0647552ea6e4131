#include <cstdio>
#include <string>
#include <vector>

#include "navajo/base/build_config.h"
#include "navajo/cli/backends_text.h"
#include "navajo/cli/commands.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

#include "CppUTest/MemoryLeakWarningPlugin.h"

using namespace navajo;
using namespace navajo::cli;

namespace {
// Tables that are made when they are first asked for are no leaks of a test.
[[maybe_unused]] const size_t kTables = command_table().size();

// The reader of navajo.xml keeps some of its own.
struct KeepsTables {
  KeepsTables() { MemoryLeakWarningPlugin::saveAndDisableNewDeleteOverloads(); }
  ~KeepsTables() { MemoryLeakWarningPlugin::restoreNewDeleteOverloads(); }
};
}  // namespace

TEST_GROUP(BackendsCommand) {
  config::TemporaryFolder folder;
  std::string db = folder.file("routing.db");
  FILE* out = nullptr;
  FILE* err = nullptr;
  void setup() override {
    out = stdout;
    err = stderr;
    open();
  }
  void teardown() override {
    fclose(stdout);
    fclose(stderr);
    stdout = out;
    stderr = err;
  }
  void open() {
    stdout = fopen(folder.file("out").c_str(), "w");
    stderr = fopen(folder.file("err").c_str(), "w");
  }
  // On the file, unless it says where.
  int run(std::vector<std::string> words, bool on_db = true) {
    fclose(stdout);
    fclose(stderr);
    open();
    words.insert(words.begin(), "backends");
    if (on_db) words.insert(words.end(), {"--database", db});
    return navajo_main(words);
  }
  std::string said() {
    fflush(stdout);
    fflush(stderr);
    std::string all;
    for (const char* name : {"out", "err"}) {
      std::ifstream file(folder.file(name));
      all.append((std::istreambuf_iterator<char>(file)), {});
    }
    return all;
  }
  void says(const char* text) { STRCMP_CONTAINS(text, said().c_str()); }
  static std::vector<route::BackendRow> csv(const char* text, config::Diagnostics& faults) {
    return read_backends_csv(text, "b.csv", faults);
  }
};

TEST(BackendsCommand, csv_has_its_columns_in_any_order) {
  config::Diagnostics faults;
  const auto rows = csv("\xef\xbb\xbfport,ID, app ,ip,zone,deleted\r\n80,a,shop,10.0.0.1,\"z\"\"1\",0\r\n\r\n"
                        "81,b,,fd00::1,,\n82,c,shop,10.0.0.1,,1", faults);
  // A quote is no character of a zone.
  LONGS_EQUAL(1, faults.count());
  STRCMP_CONTAINS("b.csv:2: NVJ2000 zone 'z\"1' has a blank, a quote", faults.faults()[0].line().c_str());
  LONGS_EQUAL(1, rows.size());
  STRCMP_EQUAL("default", rows[0].app.c_str());
  STRCMP_EQUAL("fd00::1", rows[0].host.c_str());
}

TEST(BackendsCommand, csv_is_judged_as_a_whole_with_its_lines) {
  config::Diagnostics faults;
  csv("id,port,ip\na,0,10.0.0.1\na,80,10.0.0.1\nb,x,y z\nc\n\"d", faults);
  std::string all;
  for (const config::Fault& fault : faults.faults()) all += fault.line() + "\n";
  STRCMP_CONTAINS("b.csv:2: NVJ2000 port '0' is no port", all.c_str());
  STRCMP_CONTAINS("b.csv:3: NVJ2000 id 'a' stands there twice", all.c_str());
  STRCMP_CONTAINS("b.csv:4: NVJ2000 port 'x'", all.c_str());
  STRCMP_CONTAINS("b.csv:4: NVJ2000 wg_ip 'y z'", all.c_str());
  STRCMP_CONTAINS("b.csv:5: NVJ2000 has 1 fields; the header has 3", all.c_str());
  STRCMP_CONTAINS("b.csv:6: NVJ2000 a quote has no other one", all.c_str());
  config::Diagnostics head;
  csv("id,prt", head);
  STRCMP_CONTAINS("there is no column 'prt', did you mean 'port'?", head.faults()[0].line().c_str());
}

TEST(BackendsCommand, a_table_leaves_out_what_all_of_them_lack) {
  route::BackendRow row;
  row.id = "a";
  row.app = "shop";
  row.host = "10.0.0.1";
  row.port = 80;
  STRCMP_EQUAL("ID  APP   ADDRESS      STATE   WEIGHT  SOFT  HARD\n"
               "a   shop  10.0.0.1:80  in use  1       1     none\n",
               backends_table({&row, 1}, {}).c_str());
  const LiveBackends live = {{"a", {{"in_flight", "7"}}}};
  STRCMP_CONTAINS("IN-FLIGHT", backends_table({&row, 1}, live).c_str());
  STRCMP_CONTAINS("\"live\":{\"in_flight\":\"7\"}", backend_json(row, live).c_str());
}

TEST(BackendsCommand, wrong_usage_is_exit_code_2) {
  LONGS_EQUAL(kUsage, run({"list"}, false));
  LONGS_EQUAL(kUsage, run({"list", "--config", "x"}));
  LONGS_EQUAL(kUsage, run({"add"}));
  LONGS_EQUAL(kUsage, run({"set", "a"}));
  LONGS_EQUAL(kUsage, run({"set", "a", "port"}));
  LONGS_EQUAL(kUsage, run({"drain"}));
  LONGS_EQUAL(kUsage, run({"remove"}));
  LONGS_EQUAL(kUsage, run({"import"}));
  LONGS_EQUAL(kUsage, run({"check", "a"}));
}

#if NAVAJO_HAVE_SQLITE

TEST(BackendsCommand, a_backend_is_added_changed_drained_and_removed) {
  LONGS_EQUAL(kOk, run({"add", "a", "app=shop", "ip=10.0.0.1", "port=80", "hard_limit=5"}));
  says("10.0.0.1:80");
  LONGS_EQUAL(kFaults, run({"add", "a", "ip=10.0.0.1", "port=80"}));
  says("there is a backend 'a' already");
  LONGS_EQUAL(kFaults, run({"add", "b", "ip=10.0.0.300", "port=80", "wait=7"}));
  says("wg_ip '10.0.0.300' is neither");
  says("there is no column 'wait'");
  LONGS_EQUAL(kOk, run({"set", "a", "zone=z1", "healthy=0"}));
  says("out");
  LONGS_EQUAL(kFaults, run({"set", "a", "soft_limit=6"}));
  says("hard_limit '5' is lower than soft_limit (6)");
  LONGS_EQUAL(kOk, run({"set", "a", "healthy=1"}));
  LONGS_EQUAL(kOk, run({"drain", "a"}));
  says("draining");
  LONGS_EQUAL(kOk, run({"drain", "a", "--undo", "--json"}));
  says("\"draining\":false");
  LONGS_EQUAL(kFaults, run({"drain", "a", "none"}));
  says("there is no backend 'none'");
  LONGS_EQUAL(kOk, run({"list", "--json"}));
  says("{\"type\":\"backend\",\"id\":\"a\",\"app\":\"shop\",");
  says("{\"type\":\"end\",\"backends\":1}");
  LONGS_EQUAL(kFaults, run({"list", "b"}));
  LONGS_EQUAL(kOk, run({"remove", "a"}));
  LONGS_EQUAL(kFaults, run({"remove", "a"}));
  LONGS_EQUAL(kOk, run({"list"}));
  STRCMP_EQUAL("", said().c_str());
}

TEST(BackendsCommand, nothing_is_made_where_only_something_is_to_be_changed) {
  LONGS_EQUAL(kFaults, run({"set", "a", "zone=z"}));
  LONGS_EQUAL(kFaults, run({"remove", "a"}));
  LONGS_EQUAL(kFaults, run({"list"}));
  says("cannot be read: No such file");
}

TEST(BackendsCommand, imports_csv_and_other_files_whole_or_not_at_all) {
  const std::string csv_file = folder.write("b.csv", "id,app,ip,port\na,shop,10.0.0.1,80\nb,shop,10.0.0.2,80\n");
  LONGS_EQUAL(kOk, run({"import", csv_file}));
  says("2 backends: 2 new, 0 written over");
  const std::string other = db;
  db = folder.file("second.db");
  LONGS_EQUAL(kOk, run({"add", "c", "ip=10.0.0.3", "port=80"}));
  LONGS_EQUAL(kOk, run({"import", other}));
  LONGS_EQUAL(kOk, run({"list", "--json"}));
  says("\"backends\":3}");
  LONGS_EQUAL(kOk, run({"import", other, "--replace", "--json"}));
  LONGS_EQUAL(kOk, run({"list", "--json"}));
  says("\"backends\":2}");
  folder.write("b.csv", "id,app,ip,port\nx,shop,10.0.0.1,80\ny,shop,10.0.0.1,0\n");
  LONGS_EQUAL(kFaults, run({"import", csv_file, "--replace"}));
  says("b.csv:3: NVJ2000 port '0'");
  LONGS_EQUAL(kOk, run({"list", "--json"}));
  says("\"backends\":2}");
}

TEST(BackendsCommand, check_tells_faults_and_what_is_in_use) {
  LONGS_EQUAL(kOk, run({"add", "a", "ip=10.0.0.1", "port=80"}));
  LONGS_EQUAL(kOk, run({"check"}));
  says("no faults (1 backend)");
  db = folder.write("no.db", "this is no SQLite file");
  LONGS_EQUAL(kFaults, run({"check"}));
  says("no.db: NVJ2000 is no SQLite file, or damaged");
}

TEST(BackendsCommand, the_file_is_that_of_the_routing_in_navajo_xml) {
  const KeepsTables keeps;
  const auto xml = [&](const char* routings) {
    return folder.write("navajo.xml", std::string("<Navajo><Service>") + routings +
                                          "<Connector name='localhost' port='18080'/><Engine><Host name='localhost'>"
                                          "<Context path='/' docBase='.'/></Host></Engine></Service></Navajo>");
  };
  std::string file = xml("<Routing database='routing.db'/>");
  LONGS_EQUAL(kOk, run({"add", "a", "ip=10.0.0.1", "port=80", "--config", file}, false));
  LONGS_EQUAL(kOk, run({"list", "a"}));
  file = xml("<Routing name='one' database='routing.db'/><Routing name='two' backends='10.0.0.1:80 [::1]:81'/>");
  LONGS_EQUAL(kUsage, run({"list", "--config", file}, false));
  LONGS_EQUAL(kOk, run({"list", "--config", file, "--routing", "two"}, false));
  says("[::1]:81");
  LONGS_EQUAL(kFaults, run({"add", "b", "ip=10.0.0.1", "port=80", "--config", file, "--routing", "two"}, false));
  says("stand in navajo.xml");
  LONGS_EQUAL(kFaults, run({"list", "--config", file, "--routing", "three"}, false));
  says("has no Routing of that name");
}

#endif
