#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "navajo/cli/commands.h"
#include "navajo/cli/route_text.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/route/routing_segment.h"

#include "CppUTest/TestHarness.h"

#include "CppUTest/MemoryLeakWarningPlugin.h"

using namespace navajo;
using namespace navajo::cli;

TEST_GROUP(RouteCommand) {
  config::TemporaryFolder folder;
  std::string xml = folder.file("navajo.xml");

  void setup() override {
    // Readers keep tables that are made when they are first needed.
    MemoryLeakWarningPlugin::saveAndDisableNewDeleteOverloads();
    write("<Routing name=\"edge\" backends=\"10.0.0.1:80 10.0.0.2:80\" region=\"eu\" binding=\"none\"/>");
  }
  void teardown() override {
    route::RoutingSegment::close_unwanted([](std::string_view) { return false; });
    MemoryLeakWarningPlugin::restoreNewDeleteOverloads();
  }
  void write(const std::string& service) const {
    std::ofstream(xml) << "<Server>\n<Service>" << service
                       << "<Connector name=\"localhost\" port=\"18080\"/><Engine><Host name=\"localhost\" "
                          "appBase=\"webapps\"/></Engine></Service></Server>\n";
  }
  // Exit code and what went to standard output.
  int run(std::vector<std::string> words, std::string & out) const {
    const std::string path = folder.file("out");
    fflush(stdout);
    const int before = dup(1);
    FILE* const file = fopen(path.c_str(), "w");
    dup2(fileno(file), 1);
    words.push_back("--config");
    words.push_back(xml);
    const int code = navajo_main(words);
    fflush(stdout);
    dup2(before, 1);
    close(before);
    fclose(file);
    std::ifstream in(path);
    out.assign(std::istreambuf_iterator<char>(in), {});
    return code;
  }
};

TEST(RouteCommand, why_names_every_candidate_with_its_score) {
  std::string out;
  LONGS_EQUAL(kOk, run({"route", "why", "--client", "192.0.2.7"}, out));
  STRCMP_CONTAINS("client: place not known\n", out.c_str());
  STRCMP_CONTAINS("policy edge: 10.0.0.", out.c_str());
  STRCMP_CONTAINS(" of 2 candidates\n", out.c_str());
  STRCMP_CONTAINS("usable", out.c_str());
  STRCMP_CONTAINS("300.000", out.c_str());
  LONGS_EQUAL(kOk, run({"route", "why", "--client", "2001:db8::1", "--json"}, out));
  STRCMP_CONTAINS("\"type\":\"candidate\"", out.c_str());
  STRCMP_CONTAINS("\"type\":\"end\",\"country\":\"\",\"region\":\"\",\"backend\":\"10.0.0.", out.c_str());
}

TEST(RouteCommand, why_wants_a_client_and_an_app_that_is_there) {
  std::string out;
  LONGS_EQUAL(kUsage, run({"route", "why"}, out));
  LONGS_EQUAL(kUsage, run({"route", "why", "--client", "web"}, out));
  LONGS_EQUAL(kFaults, run({"route", "why", "--client", "192.0.2.7", "--app", "none"}, out));
  LONGS_EQUAL(kFaults, run({"route", "why", "--client", "192.0.2.7", "--routing", "none"}, out));
}

TEST(RouteCommand, simulate_tells_how_many_get_which) {
  std::string out;
  LONGS_EQUAL(kOk, run({"route", "simulate", "--random", "1000"}, out));
  STRCMP_CONTAINS("10.0.0.1:80  0       500      50.000%", out.c_str());
  STRCMP_CONTAINS("10.0.0.2:80  0       500      50.000%", out.c_str());
  std::ofstream(folder.file("clients")) << "# mine\n192.0.2.1\n\n  2001:db8::7 \n";
  LONGS_EQUAL(kOk, run({"route", "simulate", "--clients", folder.file("clients"), "--json"}, out));
  STRCMP_CONTAINS("{\"type\":\"end\",\"clients\":2,\"refused\":{}}", out.c_str());
  LONGS_EQUAL(kUsage, run({"route", "simulate"}, out));
  LONGS_EQUAL(kUsage, run({"route", "simulate", "--random", "0"}, out));
  LONGS_EQUAL(kUsage, run({"route", "simulate", "--clients", folder.file("none")}, out));
}

TEST(RouteCommand, live_loads_are_those_of_the_running_servers_answer) {
  route::LoadRowShm row{};
  const auto line = admin::parse_line(
      "backend routing=edge id=a in_flight=7 health=ejected checked=up ejected_ms=5000 connect_us=900");
  CHECK_TRUE(line.ok());
  apply_live_state(*line, row);
  LONGS_EQUAL(7, row.at_work.load());
  LONGS_EQUAL(900, row.connect_us.load());
  CHECK_TRUE(row.ejected_until.load() > route::to_ms(base::coarse_now()));
  const auto down = admin::parse_line("backend id=a in_flight=0 health=down checked=down");
  apply_live_state(*down, row);
  CHECK_TRUE(row.checked.load() == route::Checked::down);
}
