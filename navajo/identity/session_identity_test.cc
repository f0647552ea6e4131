#include "navajo/identity/session_identity.h"

#include <string>

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using identity::SessionIdentity;
using namespace std::chrono_literals;

TEST_GROUP(SessionIdentity) {
  base::ManualClock clock;
  api::FakeSession session;
  api::FakeRequest request;
  const api::Identity anna{"anna", {"user", "teller"}, {{"mail", "anna@example.test"}, {"user.auth.level", "2"}}};

  std::string attribute(const char* name) { return std::string(request.attribute(name).value_or("(none)")); }
};

TEST(SessionIdentity, is_kept_in_the_session_and_published) {
  const SessionIdentity identity("", "staff");
  CHECK_FALSE(identity.publish(session, request, clock.now(), 0s).has_value());
  CHECK_TRUE(identity.write(session, anna, clock.now()));
  STRCMP_EQUAL("anna", std::string(*identity.publish(session, request, clock.now(), 0s)).c_str());
  STRCMP_EQUAL("anna", attribute("user.auth.UserId").c_str());
  STRCMP_EQUAL("user,teller", attribute("user.auth.SecurityRoles").c_str());
  STRCMP_EQUAL("staff", attribute("user.auth.Realm").c_str());
  STRCMP_EQUAL("anna@example.test", session.values["user.auth.mail"].c_str());
  STRCMP_EQUAL("2", session.values["user.auth.level"].c_str());
}

TEST(SessionIdentity, of_two_state_keys_know_nothing_of_each_other) {
  const SessionIdentity staff("staff", "s"), guests("guests", "g");
  CHECK_TRUE(staff.write(session, anna, clock.now()));
  CHECK_FALSE(guests.publish(session, request, clock.now(), 0s).has_value());
  CHECK_TRUE(staff.publish(session, request, clock.now(), 0s).has_value());
  STRCMP_EQUAL("anna@example.test", attribute("user.auth.mail").c_str());
}

TEST(SessionIdentity, nothing_of_the_user_before_stays) {
  const SessionIdentity identity("", "staff");
  CHECK_TRUE(identity.write(session, anna, clock.now()));
  CHECK_TRUE(identity.write(session, {"bert", {}, {}}, clock.now()));
  STRCMP_EQUAL("bert", session.values["user.auth.UserId"].c_str());
  STRCMP_EQUAL("", session.values["user.auth.SecurityRoles"].c_str());
  LONGS_EQUAL(0, session.values.count("user.auth.mail"));
}

TEST(SessionIdentity, a_session_that_takes_no_more_knows_nobody) {
  const SessionIdentity identity("", "staff");
  CHECK_TRUE(identity.write(session, anna, clock.now()));
  session.takes_more = false;
  CHECK_FALSE(identity.write(session, {"bert", {"admin"}, {}}, clock.now()));
  CHECK_FALSE(identity.publish(session, request, clock.now(), 0s).has_value());
}

TEST(SessionIdentity, is_forgotten_as_a_whole) {
  const SessionIdentity identity("", "staff");
  session.values["other"] = "kept";
  CHECK_TRUE(identity.write(session, anna, clock.now()));
  identity.forget(session);
  LONGS_EQUAL(1, session.values.size());
}

TEST(SessionIdentity, may_be_too_old) {
  const SessionIdentity identity("", "staff");
  CHECK_TRUE(identity.write(session, anna, clock.now()));
  clock.advance(90s);
  CHECK_TRUE(identity.publish(session, request, clock.now(), 91s).has_value());
  CHECK_FALSE(identity.publish(session, request, clock.now(), 90s).has_value());
  CHECK_TRUE(identity.publish(session, request, clock.now(), 0s).has_value());
}

TEST(SessionIdentity, what_decides_is_one_attribute) {
  const SessionIdentity identity("", "staff");
  CHECK_TRUE(identity.write(session, anna, clock.now()));
  session.values["user.auth.SecurityRoles"] = "admin";
  session.values["user.auth.UserId"] = "root";
  STRCMP_EQUAL("anna", std::string(*identity.publish(session, request, clock.now(), 0s)).c_str());
  STRCMP_EQUAL("user,teller", attribute("user.auth.SecurityRoles").c_str());
}

TEST(SessionIdentity, that_is_not_whole_is_nobodys) {
  const SessionIdentity identity("", "staff");
  CHECK_TRUE(identity.write(session, anna, clock.now()));
  const std::string whole = session.values["navajo.identity"];
  for (size_t length = 0; length < whole.size(); length++) {
    api::FakeRequest other;
    session.values["navajo.identity"] = whole.substr(0, length);
    const auto user = identity.publish(session, other, clock.now(), 0s);
    CHECK_TRUE(!user || *user == "anna");
  }
  for (const char* text : {"0:0:0:0:", "x", "99999999999999999999:a", "4:anna"}) {
    session.values["navajo.identity"] = text;
    CHECK_FALSE_TEXT(identity.publish(session, request, clock.now(), 0s).has_value(), text);
  }
}

TEST(SessionIdentity, a_step_up_adds_roles_once) {
  const SessionIdentity identity("", "staff");
  CHECK_TRUE(identity.write(session, anna, clock.now()));
  CHECK_TRUE(identity.add_roles(session, {"teller", "payments"}));
  (void)identity.publish(session, request, clock.now(), 0s);
  STRCMP_EQUAL("user,teller,payments", attribute("user.auth.SecurityRoles").c_str());
}

TEST(SessionIdentity, an_identity_in_no_session_is_published_too) {
  SessionIdentity("", "staff").publish(anna, request);
  STRCMP_EQUAL("anna", attribute("user.auth.UserId").c_str());
  STRCMP_EQUAL("anna@example.test", attribute("user.auth.mail").c_str());
}

TEST(SessionIdentity, roles_are_compared_whole) {
  CHECK_TRUE(identity::has_role("user, teller", "teller"));
  CHECK_FALSE(identity::has_role("user,teller", "tell"));
  CHECK_FALSE(identity::has_role("", ""));
}
