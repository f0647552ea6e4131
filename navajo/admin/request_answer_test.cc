#include "navajo/admin/request_answer.h"

#include <unistd.h>

#include <filesystem>
#include <string>

#include "navajo/observe/request_history.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::admin;
using observe::put_text;

TEST_GROUP(RequestAnswer) {
  std::string folder = (std::filesystem::temp_directory_path() / ("answers-" + std::to_string(getpid()))).string();
  std::unique_ptr<observe::RequestHistory> history;

  void setup() override {
    std::filesystem::create_directories(folder);
    auto opened = observe::RequestHistory::open_or_create(folder + "/requests", 2);
    history = std::make_unique<observe::RequestHistory>(std::move(*opened));
    observe::set_process_history(history.get());
  }
  void teardown() override {
    observe::set_process_history(nullptr);
    history.reset();
    std::filesystem::remove_all(folder);
  }
  std::string asked(const std::string& request, bool sees_people = true) {
    Peer peer{4711, 1000};
    peer.sees_people = sees_people;
    const auto answering = answer("navajo/1 " + request, {}, peer);
    std::string out;
    while (answering->more(out)) {}
    return out;
  }
  void remember(std::string_view id, observe::RecordKind kind, int64_t started_us) {
    observe::RequestRecord record{};
    record.kind = static_cast<uint8_t>(kind);
    record.started_us = started_us;
    record.total_us = 2'000'000;
    record.status = 502;
    record.connect_ms = -1;
    record.first_byte_ms = -1;
    record.backend_ms = 12;
    put_text(record.id, id);
    put_text(record.method, "GET");
    put_text(record.host, "www.example.org");
    put_text(record.path, "/a");
    put_text(record.client, "192.0.2.7");
    put_text(record.user, "anna");
    put_text(record.cause, "connect_refused");
    put_text(record.servlet, "Backend");
    put_text(record.tried, "10.0.0.1:80 connect_refused, 10.0.0.2:80 connect_timeout");
    put_text(record.rules, "bots shadow");
    record.elements = 2;
    put_text(record.chain[0].name, "Rules");
    record.chain[0].down_us = 11;
    record.chain[0].up_us = 3;
    put_text(record.chain[1].name, "Backend");
    record.chain[1].down_us = 1234;
    history->remember(record);
  }
};

TEST(RequestAnswer, lists_what_is_remembered_newest_first) {
  remember("older-request", observe::RecordKind::failed, 1'000'000);
  remember("newer-request", observe::RecordKind::slow, 9'000'000);
  const std::string all = asked("request list format=fields");
  CHECK_TRUE(all.find("newer-request") < all.find("older-request"));
  STRCMP_CONTAINS("end requests=2\n", all.c_str());
  STRCMP_EQUAL(
      "request id=newer-request kind=slow started_ms=9000 total_us=2000000 status=502 method=GET host=www.example.org "
      "path=/a cause=connect_refused servlet=Backend client=192.0.2.7 user=anna\n"
      "end requests=1\n",
      asked("request list kind=slow format=fields").c_str());
  STRCMP_CONTAINS("end requests=1\n", asked("request list limit=1 format=fields").c_str());
}

TEST(RequestAnswer, tells_why_element_by_element_and_try_by_try) {
  remember("0123456789abcdef", observe::RecordKind::failed, 1'000'000);
  STRCMP_EQUAL(
      "request id=0123456789abcdef kind=failed started_ms=1000 total_us=2000000 status=502 method=GET "
      "host=www.example.org path=/a cause=connect_refused servlet=Backend client=192.0.2.7 user=anna backend_ms=12 "
      "before_chain_us=0 bytes_sent=0 process=0 generation=0\n"
      "element name=Rules kind=filter down_us=11 up_us=3\n"
      "element name=Backend kind=servlet down_us=1234 up_us=0\n"
      "rule id=bots did=shadow\n"
      "try backend=10.0.0.1:80 outcome=connect_refused\n"
      "try backend=10.0.0.2:80 outcome=connect_timeout\n"
      "end requests=1\n",
      asked("request why request=01234567 format=fields").c_str());
}

TEST(RequestAnswer, shows_nobody_to_who_may_not_see_people) {
  remember("0123456789abcdef", observe::RecordKind::failed, 1'000'000);
  for (const char* request : {"request list", "request why request=0123456789abcdef"}) {
    const std::string told = asked(request, false);
    STRCMP_CONTAINS("0123456789abcdef", told.c_str());
    CHECK_TRUE(told.find("anna") == std::string::npos && told.find("192.0.2.7") == std::string::npos);
  }
}

TEST(RequestAnswer, shows_what_is_at_work) {
  history->claim_child(0, 3);
  observe::LivePlace place({1, "live-request", "192.0.2.7", "GET", "www.example.org", "/slow", ""});
  place.enter("Backend");
  const std::string told = asked("request live");
  STRCMP_CONTAINS("\"id\":\"live-request\"", told.c_str());
  STRCMP_CONTAINS("\"in\":\"Backend\"", told.c_str());
  STRCMP_CONTAINS("\"generation\":3", told.c_str());
  STRCMP_CONTAINS("{\"type\":\"end\",\"requests\":1}", told.c_str());
}

TEST(RequestAnswer, knows_what_it_is_asked_for) {
  STRCMP_CONTAINS("\"code\":\"unknown_request\"", asked("request why request=0123456789").c_str());
  STRCMP_CONTAINS("\"code\":\"bad_request\"", asked("request why request=0123").c_str());
  STRCMP_CONTAINS("\"code\":\"bad_request\"", asked("request why").c_str());
  STRCMP_CONTAINS("\"code\":\"bad_request\"", asked("request list kind=odd").c_str());
  STRCMP_CONTAINS("\"code\":\"bad_request\"", asked("request live user=anna").c_str());
  observe::set_process_history(nullptr);
  STRCMP_CONTAINS("\"code\":\"no_history\"", asked("request live").c_str());
}
