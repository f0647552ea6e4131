#include <string>

#include "navajo/reactor/name_lookup.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::reactor;
using namespace std::string_literals;

namespace {

ServiceAnswer parse(const std::string& message) {
  return parse_service_answer({reinterpret_cast<const unsigned char*>(message.data()), message.size()});
}

// A head with one question for "_x", and so many answers.
std::string head(char answers) { return "\1\2\x81\x80\0\1\0"s + answers + "\0\0\0\0\2_x\0\0\x21\0\1"s; }
constexpr const char kOwner[] = "\xc0\x0c";

std::string record(const std::string& target, char port, char ttl = 60) {
  const std::string data = "\0\1\0\2\0"s + port + target;
  return kOwner + "\0\x21\0\1\0\0\0"s + ttl + "\0"s + static_cast<char>(data.size()) + data;
}

}  // namespace

TEST_GROUP(ServiceAnswer) {};

TEST(ServiceAnswer, has_host_port_priority_weight_and_the_shortest_ttl) {
  const auto answer = parse(head(2) + record("\3web\3int\0"s, 80) + record("\1b\xc0\x2a"s, 81, 5));
  STRCMP_EQUAL("", answer.error.c_str());
  LONGS_EQUAL(2, answer.records.size());
  STRCMP_EQUAL("web.int", answer.records[0].host.c_str());
  LONGS_EQUAL(80, answer.records[0].port);
  LONGS_EQUAL(1, answer.records[0].priority);
  LONGS_EQUAL(2, answer.records[0].weight);
  LONGS_EQUAL(5, answer.ttl.count());
}

TEST(ServiceAnswer, a_name_may_point_to_an_earlier_one) {
  // The first record's target begins at 20 + 2 + 10 + 6 = 38.
  const auto answer = parse(head(2) + record("\3web\3int\0"s, 80) + record("\1b\xc0\x26"s, 81));
  STRCMP_EQUAL("b.web.int", answer.records[1].host.c_str());
}

TEST(ServiceAnswer, a_target_of_a_dot_means_that_there_is_no_service) {
  const auto answer = parse(head(1) + record("\0"s, 80));
  STRCMP_EQUAL("there are no SRV records", answer.error.c_str());
}

TEST(ServiceAnswer, loops_and_messages_cut_anywhere_are_malformed) {
  STRCMP_EQUAL("the answer is malformed", parse(head(1) + record("\1b\xc0\x26"s, 80)).error.c_str());
  STRCMP_EQUAL("the answer is malformed", parse(head(1) + record("\xc0\xff"s, 80)).error.c_str());
  STRCMP_EQUAL("the answer is malformed", parse(head(1) + record("\xff\xff"s, 80)).error.c_str());
  const std::string whole = head(1) + record("\3web\3int\0"s, 80);
  for (size_t size = 0; size < whole.size(); size++) CHECK_TRUE(parse(whole.substr(0, size)).records.empty());
  CHECK_TRUE(parse(whole).records.size() == 1);
}

TEST(ServiceAnswer, a_record_that_is_shorter_than_its_name_is_malformed) {
  std::string message = head(1) + record("\3web\3int\0"s, 80);
  message[20 + 11] = 7;
  STRCMP_EQUAL("the answer is malformed", parse(message).error.c_str());
}
