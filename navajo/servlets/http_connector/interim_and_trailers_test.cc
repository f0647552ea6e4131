#include <string>

#include "navajo/servlets/http_connector/servlet_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::servlets::http_connector;

namespace {

constexpr const char* kWithTrailers = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"
                                      "Digest: x=y\r\nContent-Length: 3\r\nset_cookie: a=b\r\n\r\n";

}  // namespace

TEST_GROUP_BASE(InterimAndTrailers, ServletFixture) {};

TEST(InterimAndTrailers, early_hints_reach_the_client_with_their_links_only) {
  forward("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nSet-Cookie: a=b\r\n\r\n"
          "HTTP/1.1 102 Processing\r\n\r\n" +
          std::string(kOk));
  LONGS_EQUAL(1, response.interim.size());
  LONGS_EQUAL(103, response.interim[0].first);
  LONGS_EQUAL(1, response.interim[0].second.size());
  CHECK_TRUE(response.interim[0].second.get("Link") == "</a.css>; rel=preload");
  STRCMP_EQUAL("ok", response.body.c_str());
}

TEST(InterimAndTrailers, other_interim_responses_are_forwarded_or_dropped_as_configured) {
  ScriptedBackend backend(always("HTTP/1.1 102 Processing\r\nX: y\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" +
                                 std::string(kOk)));
  FakeRequest request, other;
  answered(servlet(backend, {{"InterimResponses", "all"}})->service(request, response));
  LONGS_EQUAL(2, response.interim.size());
  LONGS_EQUAL(102, response.interim[0].first);
  LONGS_EQUAL(0, response.interim[0].second.size());
  FakeResponse own;
  answered(servlet(backend, {{"InterimResponses", "off"}})->service(other, own));
  LONGS_EQUAL(0, own.interim.size());
}

TEST(InterimAndTrailers, an_interim_response_too_many_is_refused) {
  std::string text;
  for (int i = 0; i < 17; i++) text += "HTTP/1.1 103 Early Hints\r\n\r\n";
  rejects(text + kOk, 502, "malformed_response");
}

TEST(InterimAndTrailers, trailers_reach_a_client_that_wants_them_if_they_may_stand_there) {
  response.takes_trailers = true;
  forward(kWithTrailers);
  STRCMP_EQUAL("ok", response.body.c_str());
  LONGS_EQUAL(1, response.trailer_fields.size());
  CHECK_TRUE(response.trailer_fields.get("Digest") == "x=y");
}

TEST(InterimAndTrailers, trailers_are_dropped_for_other_clients_and_where_switched_off) {
  forward(kWithTrailers);
  LONGS_EQUAL(0, response.trailer_fields.size());
  ScriptedBackend backend(always(kWithTrailers));
  FakeRequest request;
  FakeResponse own;
  own.takes_trailers = true;
  answered(servlet(backend, {{"ResponseTrailers", "false"}})->service(request, own));
  LONGS_EQUAL(0, own.trailer_fields.size());
}

TEST(InterimAndTrailers, request_trailers_that_are_listed_follow_the_body) {
  std::string received;
  ScriptedBackend backend([&](Peer& peer) {
    peer.read_head();
    received = peer.read_until("\r\n\r\n");
    peer.send(kOk);
  });
  FakeRequest request("POST", "/x");
  request.with_chunks({"body"});
  request.the_body.trailer_fields.add("Digest", "x=y");
  request.the_body.trailer_fields.add("X-User", "admin");
  answered(servlet(backend, {{"RequestTrailers", "Digest, X-Other"}})->service(request, response));
  STRCMP_EQUAL("0004\r\nbody\r\n0\r\nDigest: x=y\r\n\r\n", received.c_str());
}

TEST(InterimAndTrailers, request_trailers_are_dropped_unless_listed) {
  std::string received;
  ScriptedBackend backend([&](Peer& peer) {
    peer.read_head();
    received = peer.read_until("\r\n\r\n");
    peer.send(kOk);
  });
  FakeRequest request("POST", "/x");
  request.with_chunks({"body"});
  request.the_body.trailer_fields.add("Digest", "x=y");
  answered(servlet(backend)->service(request, response));
  STRCMP_EQUAL("0004\r\nbody\r\n0\r\n\r\n", received.c_str());
}
