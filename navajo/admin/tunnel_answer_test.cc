#include "navajo/admin/tunnel_answer.h"

#include <string>
#include <utility>

#include "navajo/observe/log.h"
#include "navajo/tunnel/tunnel_list.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::admin;

namespace {
std::string* g_tunnel_line;
}

TEST_GROUP(TunnelAnswer) {
  std::string line;

  void setup() override {
    g_tunnel_line = &line;
    observe::set_log_sink([](observe::LogId, std::string_view text) { *g_tunnel_line = text; },
                          [](observe::Level) { return true; });
  }
  void teardown() override {
    tunnel::set_process_tunnels(nullptr);
    shm::Segment::close_unwanted("navajo-tunnels", [](std::string_view) { return false; });
    observe::set_log_sink(nullptr, nullptr);
  }
  std::string asked(const std::string& request, bool sees_people = true) {
    const auto answering = answer("navajo/1 " + request, {}, {4711, 1000, "anna", sees_people});
    std::string out;
    while (answering->more(out)) {}
    return out;
  }
};

TEST(TunnelAnswer, lists_the_oldest_first_and_says_how_many_more_there_are) {
  const auto list = std::move(*tunnel::TunnelList::open());
  tunnel::set_process_tunnels(&list);
  STRCMP_EQUAL("{\"type\":\"end\",\"tunnels\":0}\n", asked("tunnel list").c_str());
  const tunnel::Listing one({"websocket", "192.0.2.7", "app:80", "/chat", "anna", "0123"});
  const tunnel::Listing two({"tcp", "192.0.2.8", "db:5432", "Database", "", ""});
  const std::string shown = asked("tunnel list limit=1");
  STRCMP_CONTAINS("{\"type\":\"tunnel\",\"tunnel\":1,\"kind\":\"websocket\",\"backend\":\"app:80\",\"about\":\"/chat\","
                  "\"client\":\"192.0.2.7\",\"user\":\"anna\",\"request\":\"0123\",\"started_ms\":",
                  shown.c_str());
  STRCMP_CONTAINS("\"tunnels\":1,\"not_shown\":1", shown.c_str());
  const std::string hidden = asked("tunnel list", false);
  CHECK(hidden.find("192.0.2") == hidden.npos && hidden.find("anna") == hidden.npos);
  STRCMP_CONTAINS("\"tunnel\":2", hidden.c_str());
}

TEST(TunnelAnswer, ends_one_that_is_open) {
  const auto list = std::move(*tunnel::TunnelList::open());
  tunnel::set_process_tunnels(&list);
  const tunnel::Listing one({"tcp", "192.0.2.8", "db:5432", "Database", "", ""});
  STRCMP_CONTAINS("\"code\":\"unknown_tunnel\"", asked("tunnel kill tunnel=99").c_str());
  STRCMP_CONTAINS("\"code\":\"nothing_selected\"", asked("tunnel kill").c_str());
  CHECK_FALSE(one.is_to_end());
  STRCMP_EQUAL("{\"type\":\"end\",\"ended\":1}\n", asked("tunnel kill tunnel=1").c_str());
  STRCMP_EQUAL("NVJ2353 tunnel 1 is ended by anna", line.c_str());
  CHECK_TRUE(one.is_to_end());
  STRCMP_CONTAINS("\"ending\":true", asked("tunnel list").c_str());
}

TEST(TunnelAnswer, says_that_there_is_no_list) {
  STRCMP_CONTAINS("\"code\":\"no_tunnels\"", asked("tunnel list").c_str());
}
