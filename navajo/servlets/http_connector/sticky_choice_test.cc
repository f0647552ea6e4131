#include "navajo/servlets/http_connector/sticky_choice.h"

#include "navajo/servlets/http_connector/servlet_fixture.h"

using namespace navajo::servlets;
using namespace navajo::servlets::http_connector;

TEST_GROUP_BASE(StickyChoice, ServletFixture){};

TEST(StickyChoice, a_session_stays_with_its_backend_while_that_is_usable) {
  ScriptedBackend first(always(kOk)), second(always(kOk));
  const auto one = servlet({{"InetAddress", first.address() + " " + second.address()}, {"LoadBalancing", "true"}});
  navajo::api::FakeSession session;
  const auto ask_in_session = [&] {
    FakeRequest request;
    request.set_session_source(&session);
    FakeResponse own;
    answered(one->service(request, own));
  };
  for (int i = 0; i < 4; i++) ask_in_session();
  LONGS_EQUAL(4, std::max(first.requests(), second.requests()));
  ScriptedBackend& chosen = first.requests() > 0 ? first : second;
  STRCMP_EQUAL(chosen.address().c_str(), session.values["navajo.connector.Connector.backend"].c_str());
  chosen.stop();
  ask_in_session();
  ask_in_session();
  ScriptedBackend& other = &chosen == &first ? second : first;
  STRCMP_EQUAL(other.address().c_str(), session.values["navajo.connector.Connector.backend"].c_str());
}

TEST(StickyChoice, a_session_of_a_backend_that_is_gone_gets_another) {
  ScriptedBackend first(always(kOk)), second(always(kOk));
  const auto one = servlet({{"InetAddress", first.address() + " " + second.address()}, {"LoadBalancing", "true"}});
  navajo::api::FakeSession session;
  session.values["navajo.connector.Connector.backend"] = "192.0.2.1:80";
  for (int i = 0; i < 2; i++) {
    FakeRequest request;
    request.set_session_source(&session);
    FakeResponse own;
    answered(one->service(request, own));
  }
  LONGS_EQUAL(2, std::max(first.requests(), second.requests()));
  CHECK_TRUE(session.values["navajo.connector.Connector.backend"] != "192.0.2.1:80");
}

TEST(StickyChoice, stickiness_makes_no_session) {
  ScriptedBackend backend(always(kOk)), other(always(kOk));
  const auto one = servlet({{"InetAddress", backend.address() + " " + other.address()}, {"LoadBalancing", "true"}});
  navajo::api::FakeSession session;
  session.exists = false;
  FakeRequest request;
  request.set_session_source(&session);
  answered(one->service(request, response));
  CHECK_FALSE(session.exists);
}

TEST(StickyChoice, without_a_session_or_its_consent_requests_take_turns) {
  ScriptedBackend first(always(kOk)), second(always(kOk));
  const auto one = servlet({{"InetAddress", first.address() + " " + second.address()}, {"LoadBalancing", "true"}});
  navajo::api::FakeSession full;
  full.takes_more = false;
  for (int i = 0; i < 4; i++) {
    FakeRequest request;
    if (i >= 2) request.set_session_source(&full);
    FakeResponse own;
    answered(one->service(request, own));
  }
  LONGS_EQUAL(2, first.requests());
  LONGS_EQUAL(2, second.requests());
}

TEST(StickyChoice, StatelessResourceManager_looks_at_no_session) {
  ScriptedBackend first(always(kOk)), second(always(kOk));
  const auto one = servlet(
      {{"InetAddress", first.address() + " " + second.address()},
       {"LoadBalancing", "true"},
       {"ResourceManager", "ch::nevis::isiweb4::servlet::connector::base::StatelessResourceManager"}});
  navajo::api::FakeSession session;
  for (int i = 0; i < 4; i++) {
    FakeRequest request;
    request.set_session_source(&session);
    FakeResponse own;
    answered(one->service(request, own));
  }
  LONGS_EQUAL(2, first.requests());
  LONGS_EQUAL(2, second.requests());
  CHECK_TRUE(session.values.empty());
}
