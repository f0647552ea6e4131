#include <future>
#include <memory>
#include <string>
#include <thread>

#include "navajo/servlets/http_connector/servlet_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::servlets;
using namespace navajo::servlets::http_connector;
using navajo::api::BodyStatus;

TEST_GROUP_BASE(HttpConnectorServlet, ServletFixture){};

// ---------------------------------------------------------------- the request

TEST(HttpConnectorServlet, forwards_a_request_and_its_response) {
  ScriptedBackend backend(
      always("HTTP/1.1 201 Made\r\nContent-Type: text/plain\r\nX-A: 1\r\nX-A: 2\r\n"
             "Content-Length: 5\r\n\r\nhello"));
  FakeRequest request("GET", "/a?b=c");
  request.with("Cookie", "k=v");
  answered(servlet(backend)->service(request, response));
  STRCMP_EQUAL("GET /a?b=c HTTP/1.1", backend.request(0).line.c_str());
  STRCMP_EQUAL("k=v", backend.request(0).field("Cookie").c_str());
  STRCMP_EQUAL(backend.address().c_str(), backend.request(0).field("Host").c_str());
  LONGS_EQUAL(201, response.the_status);
  STRCMP_EQUAL("Made", response.reason.c_str());
  STRCMP_EQUAL("text/plain", response.content_type.c_str());
  CHECK_TRUE(response.length == 5u);
  STRCMP_EQUAL("hello", response.body.c_str());
  LONGS_EQUAL(2, response.fields.size());
  LONGS_EQUAL(1, response.writes);
  LONGS_EQUAL(0, response.flushes);
}

TEST(HttpConnectorServlet, the_Host_field_is_the_one_that_is_set) {
  ScriptedBackend backend(always(kOk));
  FakeRequest plain, dynamic;
  plain.with("Host", "client.example.test");
  dynamic.with("Host", "client.example.test:81");
  answered(servlet(backend, {{"HostName", "intra.example.test"}})->service(plain, response));
  answered(servlet(backend, {{"HostName", "ENV:HTTP_Host;"}})->service(dynamic, response));
  STRCMP_EQUAL("intra.example.test", backend.request(0).field("Host").c_str());
  STRCMP_EQUAL("client.example.test:81", backend.request(1).field("Host").c_str());
}

TEST(HttpConnectorServlet, a_dynamic_host_that_is_none_is_refused) {
  ScriptedBackend backend(always(kOk));
  FakeRequest request;
  request.with("Host", "a b");
  refused(400, "request_head_malformed",
          servlet(backend, {{"HostName", "ENV:HTTP_Host;"}})->service(request, response));
  LONGS_EQUAL(0, backend.requests());
}

TEST(HttpConnectorServlet, a_small_body_leaves_with_its_head) {
  std::string body;
  ScriptedBackend backend([&](Peer& peer) {
    peer.read_head();
    body = peer.read(5);
    peer.send(kOk);
  });
  FakeRequest request("POST", "/x");
  request.with_body("");
  request.the_body.pieces = {"he", "llo"};
  request.the_body.length = 5;
  answered(servlet(backend)->service(request, response));
  STRCMP_EQUAL("hello", body.c_str());
  STRCMP_EQUAL("5", backend.request(0).field("Content-Length").c_str());
}

TEST(HttpConnectorServlet, a_large_body_is_streamed) {
  const std::string sent(500000, 'x');
  std::string received;
  ScriptedBackend backend([&](Peer& peer) {
    peer.read_head();
    received = peer.read(500000);
    peer.send(kOk);
  });
  FakeRequest request("POST", "/x");
  request.with_body(sent);
  answered(servlet(backend)->service(request, response));
  CHECK_TRUE(sent == received);
}

TEST(HttpConnectorServlet, a_body_of_unknown_length_is_sent_in_chunks) {
  std::string received;
  ScriptedBackend backend([&](Peer& peer) {
    peer.read_head();
    received = peer.read_until("\r\n0\r\n\r\n");
    peer.send(kOk);
  });
  FakeRequest request("POST", "/x");
  request.with_chunks({"hello", std::string(26, 'y')});
  answered(servlet(backend)->service(request, response));
  STRCMP_EQUAL("chunked", backend.request(0).field("Transfer-Encoding").c_str());
  STRCMP_EQUAL("(none)", backend.request(0).field("Content-Length").c_str());
  STRCMP_EQUAL(("0005\r\nhello\r\n001a\r\n" + std::string(26, 'y') + "\r\n0\r\n\r\n").c_str(), received.c_str());
}

TEST(HttpConnectorServlet, an_empty_body_of_unknown_length_is_one_last_chunk) {
  std::string received;
  ScriptedBackend backend([&](Peer& peer) {
    peer.read_head();
    received = peer.read_until("0\r\n\r\n");
    peer.send(kOk);
  });
  FakeRequest request("POST", "/x");
  request.with_chunks({});
  answered(servlet(backend)->service(request, response));
  STRCMP_EQUAL("0\r\n\r\n", received.c_str());
}

TEST(HttpConnectorServlet, what_is_wrong_with_the_body_is_the_clients_fault) {
  for (const size_t size : {10, 100000}) {
    ScriptedBackend backend([](Peer& peer) {
      peer.read_head();
      peer.wait_for_close();
    });
    const auto one = servlet(backend);
    const auto fails_with = [&](BodyStatus last, int status, const char* cause) {
      FakeRequest request("POST", "/x");
      request.with_body(std::string(size, 'x'));
      request.the_body.length = size + 1;
      request.the_body.last = last;
      refused(status, cause, one->service(request, response));
    };
    fails_with(BodyStatus::too_large, 413, "body_too_large");
    fails_with(BodyStatus::malformed, 400, "request_body_malformed");
    fails_with(BodyStatus::timed_out, 408, "request_body_timed_out");
    fails_with(BodyStatus::end, 400, "request_body_malformed");
    // A small one is read before any backend hears of it.
    if (size == 10) LONGS_EQUAL(0, backend.connections());
    CHECK_TRUE(backend.wait_for_closed(backend.connections()));
  }
}

TEST(HttpConnectorServlet, methods_that_are_not_allowed_are_405) {
  ScriptedBackend backend(always(kOk));
  FakeRequest trace("TRACE", "/"), post("POST", "/");
  refused(405, "method_not_allowed", servlet(backend)->service(trace, response));
  refused(405, "method_not_allowed", servlet(backend, {{"AllowMethods", "GET"}})->service(post, response));
  STRCMP_EQUAL("GET", std::string(*response.fields.get("Allow")).c_str());
  LONGS_EQUAL(0, backend.requests());
}

// ---------------------------------------------------------------- Expect

TEST(HttpConnectorServlet, a_backend_may_refuse_a_body_before_the_client_sends_it) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
    peer.wait_for_close();
  });
  FakeRequest request("PUT", "/x");
  request.with_body("hello").with("Expect", "100-continue");
  answered(servlet(backend, {{"ExpectTimeout", "10s"}})->service(request, response));
  LONGS_EQUAL(413, response.the_status);
  LONGS_EQUAL(0, request.the_body.reads);
  STRCMP_EQUAL("100-continue", backend.request(0).field("Expect").c_str());
  CHECK_TRUE(backend.wait_for_closed(1));
}

TEST(HttpConnectorServlet, a_backend_asks_for_the_body) {
  std::string received;
  ScriptedBackend backend([&](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 100 Continue\r\n\r\n");
    received = peer.read(5);
    peer.send(kOk);
  });
  FakeRequest request("PUT", "/x");
  request.with_body("hello").with("Expect", "100-Continue");
  answered(servlet(backend, {{"ExpectTimeout", "10s"}})->service(request, response));
  STRCMP_EQUAL("hello", received.c_str());
  STRCMP_EQUAL("ok", response.body.c_str());
}

TEST(HttpConnectorServlet, a_backend_that_knows_no_expectations_gets_the_body_after_a_while) {
  std::string received;
  ScriptedBackend backend([&](Peer& peer) {
    peer.read_head();
    received = peer.read(5);
    peer.send(kOk);
  });
  FakeRequest request("PUT", "/x");
  request.with_body("hello").with("Expect", "100-continue");
  answered(servlet(backend, {{"ExpectTimeout", "10"}})->service(request, response));
  STRCMP_EQUAL("hello", received.c_str());
}

TEST(HttpConnectorServlet, the_client_is_told_to_go_on_only_when_a_backend_is_connected) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.read(5);
    peer.send(kOk);
  });
  FakeRequest request("PUT", "/x"), hopeless("PUT", "/x");
  request.with_body("hello").with("Expect", "100-continue");
  size_t connections = 0;
  request.the_body.before_read = [&](size_t) {
    while (backend.connections() == 0) std::this_thread::yield();
    connections = backend.connections();
  };
  answered(servlet(backend, {{"ExpectTimeout", "off"}})->service(request, response));
  LONGS_EQUAL(1, connections);
  STRCMP_EQUAL("(none)", backend.request(0).field("Expect").c_str());
  hopeless.with_body("hello").with("Expect", "100-continue");
  FakeResponse other;
  const Outcome outcome =
      servlet({{"InetAddress", refusing_address()}, {"ExpectTimeout", "off"}})->service(hopeless, other);
  STRCMP_EQUAL("connect_refused", outcome.cause);
  LONGS_EQUAL(0, hopeless.the_body.reads);
}

TEST(HttpConnectorServlet, an_answer_before_the_body_is_all_there_is_forwarded) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.read(60000);
    peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    peer.wait_until_told();
  });
  FakeRequest request("POST", "/x");
  request.with_body("");
  request.the_body.pieces.assign(100, std::string(60000, 'x'));
  request.the_body.length = 6000000;
  answered(servlet(backend)->service(request, response));
  LONGS_EQUAL(403, response.the_status);
  STRCMP_EQUAL("no", response.body.c_str());
  backend.tell();
}

// ---------------------------------------------------------------- the response

TEST(HttpConnectorServlet, fields_of_the_backends_hop_are_not_forwarded) {
  forward(
      "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nTrailer: X\r\n"
      "Proxy-Authenticate: x\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\nX-End: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n");
  LONGS_EQUAL(1, response.fields.size());
  STRCMP_EQUAL("2", std::string(*response.fields.get("X-End")).c_str());
  CHECK_FALSE(response.length.has_value());
  STRCMP_EQUAL("ok", response.body.c_str());
}

TEST(HttpConnectorServlet, responses_without_a_body) {
  forward("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n", "HEAD");
  CHECK_TRUE(response.length == 1234u);
  response = {};
  forward("HTTP/1.1 204 No Content\r\n\r\n");
  LONGS_EQUAL(204, response.the_status);
  response = {};
  forward("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nETag: \"x\"\r\n\r\n");
  LONGS_EQUAL(304, response.the_status);
  CHECK_FALSE(response.length.has_value());
  STRCMP_EQUAL("", response.body.c_str());
}

TEST(HttpConnectorServlet, a_redirect_to_the_backend_leads_to_this_server_unless_told_otherwise) {
  std::string location;
  ScriptedBackend backend([&](Peer& peer) {
    while (peer.read_head())
      peer.send("HTTP/1.1 302 Found\r\nLocation: " + location + "\r\nContent-Location: " + location +
                "\r\nContent-Length: 0\r\n\r\n");
  });
  location = "http://" + backend.address() + "/login";
  FakeRequest first, second;
  answered(servlet(backend)->service(first, response));
  STRCMP_EQUAL("http://www.example.test/login", std::string(*response.fields.get("Location")).c_str());
  STRCMP_EQUAL("http://www.example.test/login", std::string(*response.fields.get("Content-Location")).c_str());
  FakeResponse as_it_came;
  answered(servlet(backend, {{"RewriteLocation", "false"}})->service(second, as_it_came));
  STRCMP_EQUAL(location.c_str(), std::string(*as_it_came.fields.get("Location")).c_str());
}

TEST(HttpConnectorServlet, a_pause_within_a_response_sends_the_client_what_is_there) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    peer.wait_until_told();
    peer.send("1\r\n!\r\n0\r\n\r\n");
    peer.wait_for_close();
  });
  FakeRequest request;
  std::string at_flush;
  response.on_flush = [&](FakeResponse& now) {
    at_flush = now.body;
    backend.tell();
  };
  answered(servlet(backend)->service(request, response));
  STRCMP_EQUAL("hello", at_flush.c_str());
  STRCMP_EQUAL("hello!", response.body.c_str());
}

TEST(HttpConnectorServlet, a_head_alone_is_not_held_back_either) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
    peer.wait_until_told();
  });
  FakeRequest request;
  response.on_flush = [&](FakeResponse& now) {
    STRCMP_EQUAL("text/event-stream", now.content_type.c_str());
    backend.tell();
  };
  answered(servlet(backend, {{"FlushDelay", "off"}})->service(request, response));
  LONGS_EQUAL(1, response.flushes);
}

TEST(HttpConnectorServlet, a_lying_backend_is_502) {
  rejects("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok", 502, "malformed_response");
  rejects("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", 502, "malformed_response");
  rejects("HTTP/1.1 20x OK\r\n\r\n", 502, "malformed_response");
  rejects("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 502, "malformed_response");
  rejects("HTTP/1.1 200 OK\r\nX: y\nZ: a\r\n\r\n", 502, "malformed_response");
  rejects("HTTP/1.1 200 OK\r\nX: " + std::string(70000, 'x') + "\r\n\r\n", 502, "response_too_large_head");
  rejects("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", 502, "truncated_response");
  rejects("HTTP/1.1 200 OK\r\n", 502, "backend_closed");
  rejects("", 502, "backend_closed");
}

TEST(HttpConnectorServlet, the_limits_of_a_response_head_can_be_set) {
  ScriptedBackend backend(always("HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nContent-Length: 0\r\n\r\n"));
  FakeRequest fields, bytes;
  refused(502, "response_too_large_head", servlet(backend, {{"MaxHeaders", "2"}})->service(fields, response));
  ScriptedBackend large(always("HTTP/1.1 200 OK\r\nA: " + std::string(600, 'a') + "\r\nContent-Length: 0\r\n\r\n"));
  refused(502, "response_too_large_head", servlet(large, {{"MaxHeadSize", "512"}})->service(bytes, response));
}

TEST(HttpConnectorServlet, a_response_that_breaks_off_is_cut_for_the_client_too) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nxx");
  });
  FakeRequest request;
  const auto one = servlet(backend);
  answered(one->service(request, response));
  CHECK_TRUE(response.is_aborted);
  STRCMP_EQUAL("truncated_response", request.variables["NAVAJO_CAUSE"].c_str());
  FakeStatusWriter status;
  one->report(status);
  CHECK_TRUE(status.has("backend " + backend.address() + "/truncated 1"));
  CHECK_TRUE(status.has("backend " + backend.address() + "/idle 0"));
  STRCMP_CONTAINS("NVJ1207 backend 127.0.0.1", lines.at(0).c_str());
  STRCMP_CONTAINS("the response is cut off", lines.at(0).c_str());
}

TEST(HttpConnectorServlet, a_client_that_is_gone_ends_the_backend_call) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    while (peer.send(std::string(10000, 'x'))) {}
    peer.wait_for_close();
  });
  FakeRequest request;
  response.client_gone_after = 30000;
  const auto one = servlet(backend);
  answered(one->service(request, response));
  CHECK_TRUE(response.is_aborted);
  STRCMP_EQUAL("client_gone", request.variables["NAVAJO_CAUSE"].c_str());
  CHECK_TRUE(backend.wait_for_closed(1));
  FakeStatusWriter status;
  one->report(status);
  CHECK_TRUE(status.has("backend " + backend.address() + "/client_gone 1"));
}

TEST(HttpConnectorServlet, a_slow_backend_is_504) {
  ScriptedBackend backend([](Peer& peer) { peer.wait_for_close(); });
  FakeRequest first, second;
  refused(504, "backend_timeout", servlet(backend, {{"RequestTimeout", "20"}})->service(first, response));
  refused(504, "backend_timeout", servlet(backend, {{"TotalTimeout", "20"}})->service(second, response));
  STRCMP_CONTAINS("NVJ1204 backend 127.0.0.1", lines.at(0).c_str());
}

// ---------------------------------------------------------------- what is told

TEST(HttpConnectorServlet, the_access_log_gets_its_variables) {
  ScriptedBackend backend(always("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
  FakeRequest request;
  answered(servlet(backend)->service(request, response));
  STRCMP_EQUAL("404", request.variables["sCB"].c_str());
  STRCMP_EQUAL(backend.address().c_str(), request.variables["inetAB"].c_str());
  for (const char* name : {"dTB", "dTcB", "dTsB", "dTr1B", "dTr2B"}) {
    const std::string value = request.variables[name];
    CHECK_TRUE_TEXT(!value.empty() && value.find_first_not_of("0123456789") == std::string::npos, name);
  }
  CHECK_TRUE(std::stoul(request.variables["dTB"]) >= std::stoul(request.variables["dTr1B"]));
  LONGS_EQUAL(0, request.variables.count("NAVAJO_CAUSE"));
  LONGS_EQUAL(0, lines.size());
}
