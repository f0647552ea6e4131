#include "navajo/admin/backend_answer.h"

#include <string>

#include "navajo/observe/log.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::admin;

namespace {
std::string* g_backend_line;
}

TEST_GROUP(BackendAnswer) {
  std::shared_ptr<connector::Drains> drains = connector::Drains::open();
  std::unique_ptr<connector::BackendList> shop, other;
  std::string line;

  void setup() override {
    g_backend_line = &line;
    observe::set_log_sink([](observe::LogId, std::string_view text) { *g_backend_line = text; },
                          [](observe::Level) { return true; });
    shop = made("/", "Shop");
    other = made("/other", "Shop");
  }
  void teardown() override {
    shop.reset();
    other.reset();
    drains.reset();
    shm::Segment::close_unwanted("navajo-drains", [](std::string_view) { return false; });
    observe::set_log_sink(nullptr, nullptr);
  }
  std::unique_ptr<connector::BackendList> made(const char* context, const char* servlet) {
    connector::BackendOptions options;
    options.place = {"www", context, servlet};
    options.drains = drains;
    return std::make_unique<connector::BackendList>(*connector::parse_addresses("a:80 b:80", 80), options, nullptr);
  }
  std::string asked(const std::string& request) {
    const auto answering = answer("navajo/1 " + request, {}, {4711, 1000});
    std::string out;
    while (answering->more(out)) {}
    return out;
  }
};

TEST(BackendAnswer, lists_addresses_of_servlets) {
  STRCMP_EQUAL(
      "address host=www context=/ servlet=Shop address=a:80 group=1 health=usable draining=false requests=0 in_use=0\n"
      "address host=www context=/ servlet=Shop address=b:80 group=1 health=usable draining=false requests=0 in_use=0\n"
      "end addresses=2 draining=0\n",
      asked("backend list servlet=Shop context=/ format=fields").c_str());
  STRCMP_CONTAINS("\"addresses\":4", asked("backend list").c_str());
  STRCMP_CONTAINS("\"addresses\":0", asked("backend list host=elsewhere").c_str());
}

TEST(BackendAnswer, takes_an_address_out_of_service_and_puts_it_back) {
  const std::string which = " servlet=Shop context=/ address=a:80";
  STRCMP_CONTAINS("\"draining\":true,\"draining_since\":", asked("backend drain" + which).c_str());
  STRCMP_EQUAL("NVJ2350 backend a:80 of servlet Shop (Host www, Context /) is taken out of service by process 4711 of "
               "user 1000, 1 of 2 are in service",
               line.c_str());
  CHECK_TRUE(shop->drained(0));
  CHECK_FALSE(other->drained(0));
  line.clear();
  STRCMP_CONTAINS("\"in_service\":1", asked("backend drain" + which).c_str());
  STRCMP_EQUAL("", line.c_str());  // nothing was changed
  STRCMP_CONTAINS("\"in_service\":2", asked("backend undrain" + which).c_str());
  STRCMP_CONTAINS("NVJ2351", line.c_str());
  CHECK_FALSE(shop->drained(0));
}

TEST(BackendAnswer, leaves_no_servlet_without_a_backend_unless_told_so) {
  asked("backend drain servlet=Shop context=/ address=a:80");
  STRCMP_CONTAINS("\"code\":\"last_address\"", asked("backend drain servlet=Shop context=/ address=b:80").c_str());
  CHECK_FALSE(shop->drained(1));
  STRCMP_CONTAINS("\"in_service\":0", asked("backend drain servlet=Shop context=/ address=b:80 force=yes").c_str());
}

TEST(BackendAnswer, wants_to_know_which) {
  STRCMP_CONTAINS("\"code\":\"nothing_selected\"", asked("backend drain servlet=Shop").c_str());
  STRCMP_CONTAINS("\"code\":\"ambiguous_servlet\"", asked("backend drain servlet=Shop address=a:80").c_str());
  STRCMP_CONTAINS("\"code\":\"unknown_servlet\"", asked("backend drain servlet=None address=a:80").c_str());
  STRCMP_CONTAINS("\"code\":\"unknown_address\"",
                  asked("backend undrain servlet=Shop context=/ address=c:80").c_str());
  STRCMP_CONTAINS("\"code\":\"bad_request\"", asked("backend undrain servlet=Shop address=a:80 force=yes").c_str());
}
