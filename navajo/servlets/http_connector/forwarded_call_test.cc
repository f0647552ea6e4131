#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "navajo/connector/reactor_fixture.h"
#include "navajo/servlets/http_connector/servlet_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::servlets;
using namespace navajo::servlets::http_connector;
using namespace std::chrono_literals;
using navajo::connector::ReactorFixture;

namespace {

// Keeps what it is told of calls of backends.
class HeardCalls final : public navajo::api::BackendCalls {
 public:
  struct Call {
    std::string name, target, cause;
    int status;
    bool reused, in_order, has_first_byte;
  };
  std::vector<Call> calls;
  int begun = 0;

  navajo::api::TraceFields begins() override {
    begun++;
    return {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=b"};
  }
  void ended(const navajo::api::BackendCall& call) override {
    const bool in_order = call.start <= call.end && (call.status == 0 || call.connected <= call.first_byte);
    const bool has_first_byte = call.first_byte != navajo::base::TimePoint();
    calls.push_back({std::string(call.name), std::string(call.target), std::string(call.cause), call.status,
                     call.reused, in_order, has_first_byte});
  }
};

}  // namespace

TEST_GROUP_BASE(ForwardedCall, ServletFixture){};

TEST(ForwardedCall, each_attempt_is_told_and_the_backend_learns_of_the_trace) {
  ScriptedBackend second(always(kOk));
  const std::string first = refusing_address();
  const auto one = servlet({{"InetAddress", first + " " + second.address()}});
  HeardCalls heard;
  for (int i = 0; i < 2; i++) {
    FakeRequest request("GET", "/x?y=1");
    request.with("traceparent", "the client's").with("Tracestate", "c=d");
    request.the_backend_calls = &heard;
    FakeResponse own;
    answered(one->service(request, own));
  }
  LONGS_EQUAL(3, heard.calls.size());
  LONGS_EQUAL(2, heard.begun);
  STRCMP_EQUAL(first.c_str(), heard.calls[0].name.c_str());
  STRCMP_EQUAL("connect_refused", heard.calls[0].cause.c_str());
  LONGS_EQUAL(0, heard.calls[0].status);
  CHECK_FALSE(heard.calls[0].has_first_byte);
  STRCMP_EQUAL(second.address().c_str(), heard.calls[1].name.c_str());
  STRCMP_EQUAL("/x?y=1", heard.calls[1].target.c_str());
  STRCMP_EQUAL("", heard.calls[1].cause.c_str());
  LONGS_EQUAL(200, heard.calls[1].status);
  CHECK(heard.calls[1].in_order && heard.calls[1].has_first_byte);
  CHECK_FALSE(heard.calls[1].reused);
  CHECK(heard.calls[2].reused);
  STRCMP_EQUAL("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
               second.request(0).field("traceparent").c_str());
  STRCMP_EQUAL("a=b", second.request(0).field("tracestate").c_str());
}

// ---------------------------------------------------------------- connections, failover, retries

TEST(ForwardedCall, connections_are_kept_and_reused) {
  ScriptedBackend backend(always(kOk));
  const auto one = servlet(backend);
  for (int i = 0; i < 5; i++) ask(*one, "ok");
  LONGS_EQUAL(1, backend.connections());
  const auto closing = servlet(backend, {{"KeepAlive", "false"}});
  for (int i = 0; i < 2; i++) ask(*closing, "ok");
  LONGS_EQUAL(3, backend.connections());
  STRCMP_EQUAL("close", backend.request(6).field("Connection").c_str());
}

TEST(ForwardedCall, a_connection_is_free_before_a_slow_client_has_the_last_piece) {
  ScriptedBackend backend(always(kOk));
  const auto one = servlet(backend);
  FakeRequest request;
  bool idle_at_write = false;
  response.on_write = [&](FakeResponse&) {
    FakeStatusWriter status;
    one->report(status);
    idle_at_write = status.has("backend " + backend.address() + "/idle 1");
  };
  answered(one->service(request, response));
  CHECK_TRUE(idle_at_write);
}

TEST(ForwardedCall, the_next_backend_is_asked_when_the_first_refuses) {
  ScriptedBackend second(always(kOk));
  const std::string first = refusing_address();
  const auto one = servlet({{"InetAddress", first + " " + second.address()}});
  FakeRequest request("POST", "/pay?secret=1");
  request.with_body("money");
  answered(one->service(request, response));
  STRCMP_EQUAL("ok", response.body.c_str());
  STRCMP_EQUAL(second.address().c_str(), request.variables["inetAB"].c_str());
  STRCMP_EQUAL(("NVJ1201 backend " + first + ": connect_refused (Connection refused), trying " + second.address() +
                " (2 of 2); POST /pay, request test-request")
                   .c_str(),
               lines.at(0).c_str());
  ask(*one, "ok");
  LONGS_EQUAL(1, lines.size());
}

TEST(ForwardedCall, when_all_backends_fail_the_last_cause_is_told_and_then_no_backend) {
  const auto one = servlet({{"InetAddress", refusing_address() + " | " + refusing_address()}});
  FakeRequest request, last_resort, hopeless;
  refused(502, "connect_refused", one->service(request, response));
  LONGS_EQUAL(2, lines.size());
  STRCMP_CONTAINS("answering 502", lines.at(1).c_str());
  refused(502, "connect_refused", one->service(last_resort, response));
  refused(503, "no_backend", one->service(hopeless, response));
  STRCMP_CONTAINS("NVJ1208", lines.back().c_str());
  STRCMP_EQUAL("no_backend", hopeless.variables["NAVAJO_CAUSE"].c_str());
}

TEST(ForwardedCall, a_bad_backend_is_shown) {
  ScriptedBackend second(always(kOk));
  const std::string first = refusing_address();
  const auto one = servlet({{"InetAddress", first + " | " + second.address()}});
  ask(*one, "ok");
  FakeStatusWriter status;
  one->report(status);
  CHECK_TRUE(status.has("backend " + first + "/state bad"));
  CHECK_TRUE(status.has("backend " + first + "/group 1"));
  CHECK_TRUE(status.has("backend " + first + "/last_failure connect_refused"));
  CHECK_TRUE(status.has("backend " + first + "/last_failure_seconds_ago 0"));
  CHECK_TRUE(status.has("backend " + second.address() + "/state usable"));
  CHECK_TRUE(status.has("backend " + second.address() + "/group 2"));
  CHECK_TRUE(status.has("backend " + second.address() + "/requests 1"));
}

// The first connection answers once and then dies at the second request; others answer.
struct DyingBackend {
  ScriptedBackend backend{[](Peer& peer) {
    if (peer.number() > 0) {
      while (peer.read_head()) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew");
      return;
    }
    peer.read_head();
    peer.send(kOk);
    peer.read_head();
  }};
};

TEST(ForwardedCall, a_stale_connection_costs_a_get_one_retry) {
  DyingBackend dying;
  const auto one = servlet(dying.backend);
  ask(*one, "ok");
  ask(*one, "new");
  LONGS_EQUAL(3, dying.backend.requests());
  LONGS_EQUAL(1, lines.size());
  STRCMP_CONTAINS("NVJ1212", lines.at(0).c_str());
  STRCMP_CONTAINS("trying again on a new connection", lines.at(0).c_str());
  FakeStatusWriter status;
  one->report(status);
  CHECK_TRUE(status.has("backend " + dying.backend.address() + "/stale 1"));
}

TEST(ForwardedCall, a_put_whose_small_body_is_at_hand_may_be_repeated) {
  std::string second_body;
  ScriptedBackend backend([&](Peer& peer) {
    peer.read_head();
    const std::string body = peer.read(5);
    if (peer.number() == 0) {
      peer.send(kOk);
      peer.read_head();
      return;
    }
    second_body = body;
    peer.send(kOk);
  });
  const auto one = servlet(backend);
  for (int i = 0; i < 2; i++) {
    FakeRequest request("PUT", "/x");
    request.with_body("hello");
    FakeResponse own;
    answered(one->service(request, own));
  }
  STRCMP_EQUAL("hello", second_body.c_str());
}

TEST(ForwardedCall, a_post_that_was_sent_is_never_repeated) {
  DyingBackend dying;
  const auto one = servlet(dying.backend);
  ask(*one, "ok");
  FakeRequest request("POST", "/x");
  request.with_body("money");
  refused(502, "backend_closed", one->service(request, response));
  LONGS_EQUAL(2, dying.backend.requests());
  LONGS_EQUAL(1, dying.backend.connections());
}

TEST(ForwardedCall, a_put_whose_body_is_consumed_is_never_repeated) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.read(100000);
    if (peer.number() > 0) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew");
  });
  FakeRequest request("PUT", "/x");
  request.with_body(std::string(100000, 'x'));
  refused(502, "backend_closed", servlet(backend)->service(request, response));
  LONGS_EQUAL(1, backend.requests());
}

TEST(ForwardedCall, a_get_that_gets_no_answer_is_asked_of_one_other_backend_only) {
  const auto mute = [](Peer& peer) { peer.read_head(); };
  ScriptedBackend first(mute), second(mute), third(always(kOk));
  const auto one = servlet({{"InetAddress", first.address() + " " + second.address() + " " + third.address()}});
  FakeRequest request;
  refused(502, "backend_closed", one->service(request, response));
  LONGS_EQUAL(1, first.requests());
  LONGS_EQUAL(1, second.requests());
  LONGS_EQUAL(0, third.requests());
}

TEST(ForwardedCall, without_a_retry_budget_nothing_is_sent_twice) {
  ScriptedBackend first([](Peer& peer) { peer.read_head(); }), second(always(kOk));
  const auto one = servlet({{"InetAddress", first.address() + " " + second.address()}, {"RetryBudget", "0"}});
  FakeRequest request;
  refused(502, "backend_closed", one->service(request, response));
  LONGS_EQUAL(0, second.requests());
  FakeStatusWriter status;
  one->report(status);
  CHECK_TRUE(status.has("backend " + first.address() + "/retries_refused 1"));
}

TEST(ForwardedCall, ConnectionRetries_bounds_how_many_backends_are_asked_for_a_connection) {
  ScriptedBackend third(always(kOk));
  const std::string list = refusing_address() + " " + refusing_address() + " " + third.address();
  FakeRequest request, again;
  const auto impatient = servlet({{"InetAddress", list}, {"ConnectionRetries", "1"}});
  refused(502, "connect_refused", impatient->service(request, response));
  ask(*impatient, "ok");  // the two are known to be bad now
}

TEST(ForwardedCall, a_backend_that_fails_request_after_request_is_left_alone) {
  ScriptedBackend first([](Peer& peer) { peer.read_head(); }), second(always(kOk));
  const auto one = servlet({{"InetAddress", first.address() + " " + second.address()},
                            {"ResourceManager.MaxFailures", "2"}});
  for (int i = 0; i < 5; i++) ask(*one, "ok");
  LONGS_EQUAL(2, first.requests());
  FakeStatusWriter status;
  one->report(status);
  CHECK_TRUE(status.has("backend " + first.address() + "/state bad"));
  CHECK_TRUE(status.has("backend " + second.address() + "/answers_2xx 5"));
  CHECK_TRUE(status.has("backend " + second.address() + "/last_success_seconds_ago 0"));
}

TEST(ForwardedCall, a_get_is_not_repeated_once_a_byte_of_a_response_came) {
  ScriptedBackend first([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 2");
  });
  ScriptedBackend second(always(kOk));
  FakeRequest request;
  refused(502, "backend_closed",
          servlet({{"InetAddress", first.address() + " " + second.address()}})->service(request, response));
  LONGS_EQUAL(0, second.requests());
}

TEST(ForwardedCall, a_post_may_take_a_new_connection_when_the_pooled_one_went_while_its_body_came) {
  std::promise<void> may_close, closed;
  std::shared_future<void> close_now = may_close.get_future().share();
  std::string received;
  ScriptedBackend backend([&, close_now](Peer& peer) {
    if (peer.number() == 0) {
      peer.read_head();
      peer.send(kOk);
      close_now.wait();
      peer.close();
      closed.set_value();
      return;
    }
    peer.read_head();
    received = peer.read_until("0\r\n\r\n");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew");
  });
  const auto one = servlet(backend);
  ask(*one, "ok");
  FakeRequest request("POST", "/x");
  request.with_chunks({"hello"});
  request.the_body.before_read = [&](size_t reads) {
    if (reads > 0) return;
    may_close.set_value();
    closed.get_future().wait();
  };
  answered(one->service(request, response));
  STRCMP_EQUAL("new", response.body.c_str());
  STRCMP_EQUAL("0005\r\nhello\r\n0\r\n\r\n", received.c_str());
}

TEST(ForwardedCall, more_requests_than_MaxConnections_are_503) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.wait_until_told();
    peer.send(kOk);
  });
  const auto one = servlet(backend, {{"MaxConnections", "1"}, {"MaxConnections.WaitTimeout", "off"}});
  std::thread first([&] {
    FakeRequest request;
    FakeResponse own;
    (void)one->service(request, own);
  });
  while (backend.requests() == 0) std::this_thread::yield();
  FakeRequest request;
  refused(503, "pool_exhausted", one->service(request, response));
  STRCMP_CONTAINS("NVJ1209", lines.at(0).c_str());
  backend.tell();
  first.join();
}

TEST(ForwardedCall, a_full_wait_queue_is_503_at_once) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.wait_until_told();
    peer.send(kOk);
  });
  const auto one = servlet(
      backend, {{"MaxConnections", "1"}, {"MaxConnections.WaitQueue", "0"}, {"MaxConnections.WaitTimeout", "1h"}});
  std::thread first([&] {
    FakeRequest request;
    FakeResponse own;
    (void)one->service(request, own);
  });
  while (backend.requests() == 0) std::this_thread::yield();
  FakeRequest request;
  refused(503, "pool_exhausted", one->service(request, response));
  backend.tell();
  first.join();
}

// ---------------------------------------------------------------- on a reactor

TEST(ForwardedCall, serves_many_fibers_of_a_reactor_at_once) {
  ScriptedBackend backend([](Peer& peer) {
    while (peer.read_head()) {
      peer.wait_until_told();
      peer.send(kOk);
    }
  });
  const auto one = servlet(backend);
  {
    ReactorFixture reactor;
    std::atomic<int> fine{0};
    std::vector<std::future<void>> done;
    for (int i = 0; i < 20; i++)
      done.push_back(reactor.start([&] {
        FakeRequest request;
        FakeResponse own;
        if (one->service(request, own).is_answered() && own.body == "ok") fine++;
      }));
    while (backend.requests() < 20) std::this_thread::yield();
    backend.tell();
    for (auto& each : done) each.wait();
    LONGS_EQUAL(20, fine.load());
    reactor.post([&] { one->connector().drop_pool_of_this_thread(); });
  }
}

TEST(ForwardedCall, a_client_that_goes_while_the_backend_thinks_cancels_the_call) {
  ScriptedBackend backend([](Peer& peer) { peer.read_head(), peer.wait_for_close(); });
  const auto one = servlet(backend);
  FakeRequest request;
  Outcome outcome;
  {
    ReactorFixture reactor;
    navajo::reactor::Fiber* fiber = nullptr;
    std::future<void> done = reactor.start([&] { outcome = one->service(request, response); }, &fiber);
    while (backend.requests() == 0) std::this_thread::yield();
    reactor.post([&] { fiber->cancel(); });
    done.wait();
    reactor.post([&] { one->connector().drop_pool_of_this_thread(); });
  }
  refused(499, "client_gone", outcome);
  CHECK_TRUE(backend.wait_for_closed(1));
  STRCMP_CONTAINS("NVJ1211", lines.at(0).c_str());
}

TEST(ForwardedCall, streams_both_ways_on_a_reactor) {
  std::string received;
  const std::string sent(1000000, 'u'), answer(1000000, 'd');
  ScriptedBackend backend([&](Peer& peer) {
    peer.read_head();
    received = peer.read(sent.size());
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(answer.size()) + "\r\n\r\n" + answer);
    peer.wait_for_close();
  });
  const auto one = servlet(backend);
  FakeRequest request("POST", "/x");
  request.with_body(sent);
  Outcome outcome;
  ReactorFixture reactor;
  reactor.run([&] { outcome = one->service(request, response); });
  reactor.post([&] { one->connector().drop_pool_of_this_thread(); });
  answered(outcome);
  CHECK_TRUE(sent == received);
  CHECK_TRUE(answer == response.body);
}

TEST(ForwardedCall, an_early_answer_is_forwarded_while_the_client_is_silent) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.read_until("first");
    peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno!");
    peer.wait_for_close();
  });
  const auto one = servlet(backend);
  const auto upload = [&](FakeRequest& request, FakeResponse& own) {
    request.with_chunks({"first", "never asked for"});
    request.the_body.silent_from = 1;
    return one->service(request, own);
  };
  FakeRequest request("POST", "/x"), on_reactor("POST", "/x");
  answered(upload(request, response));
  LONGS_EQUAL(413, response.the_status);
  STRCMP_EQUAL("no!", response.body.c_str());
  LONGS_EQUAL(1, request.the_body.reads);
  FakeResponse own;
  Outcome outcome;
  ReactorFixture reactor;
  reactor.run([&] { outcome = upload(on_reactor, own); });
  reactor.post([&] { one->connector().drop_pool_of_this_thread(); });
  answered(outcome);
  LONGS_EQUAL(413, own.the_status);
  CHECK_TRUE(backend.wait_for_closed(2));  // half a request is out: nobody may use that connection again
}

TEST(ForwardedCall, an_interim_response_does_not_end_a_silent_upload) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.read_until("first");
    peer.send("HTTP/1.1 102 Processing\r\n\r\n");
    peer.read_until("0\r\n\r\n");
    peer.send(kOk);
  });
  FakeRequest request("POST", "/x");
  request.with_chunks({"first", "second"});
  request.the_body.silent_from = 1;
  answered(servlet(backend)->service(request, response));
  STRCMP_EQUAL("ok", response.body.c_str());
}

TEST(ForwardedCall, a_backend_that_goes_away_ends_a_silent_upload_at_once) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.read_until("first");
  });
  FakeRequest request("POST", "/x");
  request.with_chunks({"first", "second"});
  request.the_body.silent_from = 1;
  refused(502, "backend_closed", servlet(backend)->service(request, response));
  LONGS_EQUAL(1, request.the_body.reads);
}

TEST(ForwardedCall, an_early_answer_is_noticed_on_a_reactor) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    peer.wait_until_told();
  });
  const auto one = servlet(backend);
  FakeRequest request("POST", "/x");
  request.with_chunks(std::vector<std::string>(100, std::string(60000, 'x')));
  Outcome outcome;
  ReactorFixture reactor;
  reactor.run([&] { outcome = one->service(request, response); });
  reactor.post([&] { one->connector().drop_pool_of_this_thread(); });
  backend.tell();
  answered(outcome);
  LONGS_EQUAL(403, response.the_status);
  STRCMP_EQUAL("no", response.body.c_str());
}

TEST(ForwardedCall, bytes_behind_a_response_are_counted_and_end_the_connection) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.send(std::string(kOk) + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    peer.wait_for_close();
  });
  const auto one = servlet(backend);
  ask(*one, "ok");
  CHECK_TRUE(backend.wait_for_closed(1));
  FakeStatusWriter status;
  one->report(status);
  CHECK_TRUE(status.has("backend " + backend.address() + "/unasked_bytes 1"));
}
