#include "navajo/admin/answer.h"

#include <string>

#include "navajo/admin/line.h"
#include "navajo/admin/session_answer.h"
#include "navajo/api/authentication.h"
#include "navajo/session/store_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::admin;
using namespace std::chrono_literals;
using session::AttributeType;
using session::SessionRef;

namespace {
struct AnswerTest : Utest, session::StoreFixture {};
constexpr Peer kPeer{4711, 1000};
}  // namespace

TEST_GROUP_BASE(AdminAnswer, AnswerTest) {
  std::vector<NamedStore> stores;

  void setup() override {
    open_store(name);
  }
  void teardown() override { stores.clear(); }
  session::LocalSessionStore& open_store(const std::string& of) {
    auto with = options();
    with.name = of;
    auto made = session::LocalSessionStore::open(with, clock);
    CHECK(made.ok());
    stores.push_back({of, std::shared_ptr<session::SessionStore>(std::move(*made))});
    return static_cast<session::LocalSessionStore&>(*stores.back().store);
  }
  SessionRef add(const std::string& user, size_t in = 0) {
    const auto created = stores[in].store->create(kLimits);
    CHECK(created.ok());
    if (!user.empty())
      CHECK(session::stored(stores[in].store->set(created->session, api::kUserAttribute, AttributeType::text, user)));
    return created->session;
  }
  size_t steps = 0;
  std::string asked(const std::string& request) {
    const auto answering = answer("navajo/1 " + request, stores, kPeer);
    std::string out;
    for (steps = 1; answering->more(out); steps++) {
    }
    return out;
  }
  static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
  static size_t count(const std::string& text, const std::string& part) {
    size_t found = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) found++;
    return found;
  }
};

TEST(AdminAnswer, lists_sessions_with_their_times) {
  const SessionRef anna = add("anna");
  clock.advance(100s);
  add("");
  clock.advance(5s);
  const std::string out = asked("session list");
  CHECK(has(out, "{\"type\":\"session\",\"id\":\"" + session::log_id(anna.serial) + "\",\"store\":\"" + name +
                     "\",\"user\":\"anna\",\"age_seconds\":105,\"idle_seconds\":105,\"expires_in_seconds\":495,"
                     "\"bytes\":256}\n"));
  CHECK(has(out, "\"age_seconds\":5,"));
  LONGS_EQUAL(1, count(out, "\"user\""));
  CHECK(out.ends_with("{\"type\":\"end\",\"matched\":2}\n"));
}

TEST(AdminAnswer, has_the_same_as_lines_of_fields) {
  add("anna b");
  const std::string out = asked("session list format=fields");
  const auto line = parse_line(out.substr(0, out.find('\n')));
  CHECK(line.ok());
  STRCMP_EQUAL("session", line->words[0].c_str());
  STRCMP_EQUAL("anna b", line->field("user")->c_str());
  CHECK(out.ends_with("\nend matched=1\n"));
}

TEST(AdminAnswer, selects_by_user_id_age_idleness_store_and_number) {
  open_store(name + "-other");
  const SessionRef old = add("anna");
  clock.advance(100s);
  add("anna");
  add("bert");
  add("anna", 1);
  CHECK(has(asked("session list user=anna"), "\"matched\":3}"));
  CHECK(has(asked("session list user=Anna"), "\"matched\":0}"));
  CHECK(has(asked("session list user=anna store=" + name + "-other"), "\"matched\":1}"));
  CHECK(has(asked("session list older-than=100"), "\"matched\":1}"));
  CHECK(has(asked("session list older-than=101"), "\"matched\":0}"));
  CHECK(has(asked("session list idle-for=100"), "\"matched\":1}"));
  CHECK(has(asked("session list limit=2"), "\"matched\":2}"));
  CHECK(has(asked("session list id=" + session::log_id(old.serial)), "\"matched\":1}"));
  CHECK(has(asked("session list id=000000000000"), "\"matched\":0}"));
  CHECK(has(asked("session list store=nobody"), "\"code\":\"unknown_store\""));
}

TEST(AdminAnswer, finds_users_that_a_state_key_keeps_apart) {
  const SessionRef both = add("anna"), keyed = add("");
  CHECK(session::stored(stores[0].store->set(both, "bank/user.auth.UserId", AttributeType::text, "bert")));
  CHECK(session::stored(stores[0].store->set(keyed, "bank/user.auth.UserId", AttributeType::text, "bert")));
  CHECK(session::stored(stores[0].store->set(keyed, "x/bank/user.auth.UserId", AttributeType::text, "carl")));
  CHECK(session::stored(
      stores[0].store->set(keyed, "navajo.cookie.s;c;/user.auth.UserId", AttributeType::text, "carl")));
  CHECK(session::stored(stores[0].store->set(keyed, "xuser.auth.UserId", AttributeType::text, "carl")));
  CHECK(has(asked("session list user=anna"), "\"matched\":1}"));
  CHECK(has(asked("session list user=carl"), "\"matched\":0}"));
  const std::string out = asked("session show user=bert");
  LONGS_EQUAL(2, count(out, "\"user\":\"bert\""));
  LONGS_EQUAL(2, count(out, "\"bank/user.auth.UserId\",\"kind\":\"text\",\"size\":4,\"value\":\"bert\""));
  CHECK_FALSE(has(out, "carl"));
  CHECK(has(asked("session kill user=bert"), "\"ended\":2}"));
}

TEST(AdminAnswer, takes_for_the_user_whom_the_filters_take_for_him) {
  const SessionRef session = add("bert");
  CHECK(session::stored(
      stores[0].store->set(session, "navajo.identity", AttributeType::text, "4:anna4:user5:staff1:0")));
  CHECK(has(asked("session list"), "\"user\":\"anna\""));
  CHECK(has(asked("session kill user=anna"), "\"ended\":1}"));
}

TEST(AdminAnswer, leaves_out_sessions_whose_time_is_up) {
  add("anna");
  clock.advance(kLimits.max_inactive_interval);
  CHECK(has(asked("session list"), "\"matched\":0}"));
}

TEST(AdminAnswer, comes_in_steps_that_fit_a_small_buffer) {
  for (int i = 0; i < 3000; i++) add("");
  const auto answering = answer("navajo/1 session list", stores, kPeer);
  size_t lines_told = 0;
  std::string out;
  for (bool more = true; more;) {
    out.clear();
    more = answering->more(out);
    CHECK(out.size() < SessionAnswer::kRoom + 1024);
    lines_told += count(out, "\"type\":\"session\"");
  }
  LONGS_EQUAL(3000, lines_told);
  CHECK(has(out, "\"matched\":3000}"));
}

TEST(AdminAnswer, takes_a_rest_while_nothing_is_selected) {
  for (int i = 0; i < 3000; i++) add("");
  CHECK(has(asked("session list user=anna"), "\"matched\":0}"));
  LONGS_EQUAL(3000 / SessionAnswer::kStep + 1, steps);
}

TEST(AdminAnswer, shows_names_and_sizes_but_only_harmless_values) {
  const SessionRef anna = add("anna");
  CHECK(session::stored(stores[0].store->set(anna, "cookie.backend", AttributeType::text, "JSESSIONID=secret")));
  CHECK(session::stored(stores[0].store->set(anna, api::kRolesAttribute, AttributeType::text, "staff,admin")));
  CHECK(session::stored(stores[0].store->set(anna, "user.auth.SecToken", AttributeType::bytes, "secret")));
  const std::string out = asked("session show user=anna");
  CHECK(has(out, "\"name\":\"user.auth.UserId\",\"kind\":\"text\",\"size\":4,\"value\":\"anna\"}"));
  CHECK(has(out, "\"name\":\"user.auth.SecurityRoles\",\"kind\":\"text\",\"size\":11,\"value\":\"staff,admin\"}"));
  CHECK(has(out, "\"name\":\"cookie.backend\",\"kind\":\"text\",\"size\":17}"));
  CHECK(has(out, "\"name\":\"user.auth.SecToken\",\"kind\":\"bytes\",\"size\":6}"));
  CHECK_FALSE(has(out, "secret"));
}

TEST(AdminAnswer, ends_sessions_and_says_so_in_the_log) {
  const SessionRef anna = add("anna"), bert = add("bert");
  add("anna");
  STRCMP_EQUAL("{\"type\":\"end\",\"ended\":2}\n", asked("session kill user=anna").c_str());
  LONGS_EQUAL(1, count_of(observe::id::admin_sessions_ended));
  STRCMP_EQUAL("NVJ1771 session kill user=anna by process 4711 of user 1000: 2 sessions ended",
               last_of(observe::id::admin_sessions_ended).c_str());
  LONGS_EQUAL(2, count_of(observe::id::admin_session_ended));
  CHECK_FALSE(stores[0].store->invalidate(anna));
  CHECK(stores[0].store->invalidate(bert));
  STRCMP_EQUAL("{\"type\":\"end\",\"ended\":0}\n", asked("session kill user=anna").c_str());
  LONGS_EQUAL(2, count_of(observe::id::admin_sessions_ended));
}

TEST(AdminAnswer, ends_all_when_that_is_said_and_a_few_when_there_is_a_limit) {
  for (int i = 0; i < 10; i++) add("anna");
  CHECK(has(asked("session kill user=anna limit=4"), "\"ended\":4}"));
  CHECK(has(asked("session kill"), "\"nothing_selected\""));
  CHECK(has(asked("session kill all=yes"), "\"ended\":6}"));
  LONGS_EQUAL(0, stores[0].store->numbers().active);
}

TEST(AdminAnswer, is_logged_when_it_is_broken_off) {
  for (int i = 0; i < 3000; i++) add("");
  {
    const auto answering = answer("navajo/1 session kill all=yes", stores, kPeer);
    std::string out;
    CHECK(answering->more(out));
  }
  STRCMP_EQUAL("NVJ1771 session kill all=yes by process 4711 of user 1000: 1000 sessions ended, then the answer was "
               "broken off",
               last_of(observe::id::admin_sessions_ended).c_str());
}

TEST(AdminAnswer, changes_nothing_and_logs_nothing_for_a_list) {
  add("anna");
  asked("session list");
  asked("session show user=anna");
  LONGS_EQUAL(0, count_of(observe::id::admin_sessions_ended));
  LONGS_EQUAL(1, stores[0].store->numbers().active);
}

TEST(AdminAnswer, does_not_keep_a_session_alive_by_looking_at_it) {
  add("anna");
  clock.advance(599s);
  asked("session show user=anna");
  clock.advance(1s);
  CHECK(has(asked("session list"), "\"matched\":0}"));
}

TEST(AdminAnswer, tells_the_numbers_of_stores) {
  add("anna");
  const std::string out = asked("store list");
  CHECK(has(out, "{\"type\":\"store\",\"name\":\"" + name + "\",\"state\":\"normal\",\"level\":0,\"sessions_active\":1,"
                 "\"memory_size_bytes\":4194304,"));
  CHECK(has(out, "\"sessions_created\":1,"));
  CHECK(out.ends_with("{\"type\":\"end\",\"stores\":1}\n"));
}

TEST(AdminAnswer, refuses_in_the_format_that_was_asked_for) {
  STRCMP_EQUAL("error code=unknown_command text=the%20commands%20are%20session%20list,%20show%20and%20kill,%20"
               "store%20list,%20rules%20show%20and%20reload,%20routing%20show,%20request%20live,%20list%20and%20why,%20"
               "backend%20list,%20drain%20and%20undrain,%20tunnel%20list%20and%20kill,%20"
               "limit%20show%20and%20clear\n",
               asked("session sell format=fields").c_str());
  CHECK(asked("session sell").starts_with("{\"type\":\"error\",\"code\":\"unknown_command\",\"text\":\""));
}
