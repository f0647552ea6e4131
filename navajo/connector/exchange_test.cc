#include <future>
#include <optional>
#include <string>

#include "navajo/connector/connector.h"
#include "navajo/connector/exchange.h"
#include "navajo/connector/reactor_fixture.h"
#include "navajo/connector/scripted_backend.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::connector;
using namespace std::chrono_literals;
using navajo::reactor::Deadline;
using Kind = Exchange::Piece::Kind;
using Peer = ScriptedBackend::Peer;

namespace {

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

navajo::base::TimePoint now() { return navajo::base::system_clock().now(); }

// What one exchange came to.
struct Result {
  Exchange::Sent sent = Exchange::Sent::all;
  Failure failure;
  int status = 0;
  std::string body;
  bool reusable = false, response_started = false, unasked = false;
};

iovec part(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

void finish(Exchange& exchange, Result& result) {
  result.failure = exchange.read_head();
  result.response_started = exchange.response_started();
  if (result.failure.failed()) return;
  result.status = exchange.head().status();
  exchange.forget_head();
  while (true) {
    const Exchange::Piece piece = exchange.read_body();
    result.body.append(piece.bytes.data(), piece.bytes.size());
    if (piece.kind == Kind::failed) result.failure = exchange.failure();
    if (piece.kind != Kind::data || piece.last) break;
  }
  result.reusable = exchange.reusable();
  result.unasked = exchange.unasked_bytes();
}

}  // namespace

TEST_GROUP(Exchange) {
  ExchangeLimits limits;
  std::string method = "GET";
  navajo::reactor::Resolver resolver;

  void setup() override { limits.timeout = 10s; }

  // Runs on an ordinary thread; the reactor's turn comes in both().
  Result exchange_with(ScriptedBackend::Script script, const std::string& request = kGet) {
    ScriptedBackend backend(std::move(script));
    Connector connector(*parse_addresses(backend.address(), 80), {}, resolver);
    return run_on(connector, request);
  }
  Result run_on(Connector & connector, const std::string& request) {
    auto lease = connector.open(0, Freshness::any, Deadline::never(), now());
    Exchange exchange(**lease, limits, method, now());
    Result result;
    const iovec parts[] = {part(request)};
    result.sent = exchange.send(parts);
    if (result.sent == Exchange::Sent::failed) {
      result.failure = exchange.failure();
      return result;
    }
    exchange.request_complete();
    finish(exchange, result);
    return result;
  }
  Result run_on_reactor(ScriptedBackend::Script script) {
    ScriptedBackend backend(std::move(script));
    Connector connector(*parse_addresses(backend.address(), 80), {}, resolver);
    ReactorFixture reactor;
    Result result;
    reactor.run([&] {
      result = run_on(connector, kGet);
      connector.drop_pool_of_this_thread();
    });
    return result;
  }
  // The response the backend gives, in these pieces.
  Result answer(std::vector<std::string> pieces) {
    return exchange_with([pieces = std::move(pieces)](Peer& peer) {
      peer.read_head();
      for (const std::string& piece : pieces) peer.send(piece);
    });
  }
  void fails(const std::vector<std::string>& pieces, Cause cause, const char* detail) {
    const Result result = answer(pieces);
    STRCMP_EQUAL(word(cause), word(result.failure.cause));
    STRCMP_EQUAL(detail, result.failure.detail);
    CHECK_FALSE(result.reusable);
  }
};

TEST(Exchange, a_response_with_a_length) {
  const Result result = answer({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"});
  CHECK_FALSE(result.failure.failed());
  CHECK_EQUAL(200, result.status);
  STRCMP_EQUAL("hello", result.body.c_str());
  CHECK_TRUE(result.reusable);
}

TEST(Exchange, a_chunked_response_that_comes_in_bits) {
  const Result result = answer({"HTTP/1.1 200 O", "K\r\nTransfer-Encoding: chunked\r\n", "\r\n5\r", "\nhel",
                                "lo\r\n1\r\n!\r\n", "0\r\nX: y\r\n", "\r\n"});
  CHECK_FALSE(result.failure.failed());
  STRCMP_EQUAL("hello!", result.body.c_str());
  CHECK_TRUE(result.reusable);
}

TEST(Exchange, the_same_on_a_reactor) {
  const Result result = run_on_reactor([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    peer.send("0\r\n\r\n");
    peer.wait_for_close();
  });
  CHECK_FALSE(result.failure.failed());
  STRCMP_EQUAL("hello", result.body.c_str());
  CHECK_TRUE(result.reusable);
}

TEST(Exchange, a_response_that_ends_with_the_connection) {
  const Result result = answer({"HTTP/1.1 200 OK\r\n\r\nhel", "lo"});
  CHECK_FALSE(result.failure.failed());
  STRCMP_EQUAL("hello", result.body.c_str());
  CHECK_FALSE(result.reusable);
}

TEST(Exchange, a_body_larger_than_the_buffer) {
  std::string body;
  for (int i = 0; body.size() < 1000000; i++) body += std::to_string(i) + " ";
  const Result result =
      answer({"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n", body});
  CHECK_TRUE(body == result.body);
  CHECK_TRUE(result.reusable);
}

TEST(Exchange, a_head_request_has_no_body_in_its_response) {
  method = "HEAD";
  const Result result = answer({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"});
  CHECK_FALSE(result.failure.failed());
  STRCMP_EQUAL("", result.body.c_str());
  CHECK_TRUE(result.reusable);
}

TEST(Exchange, interim_responses_are_passed_over) {
  const Result result = answer(
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"});
  CHECK_EQUAL(204, result.status);
  CHECK_TRUE(result.reusable);
}

TEST(Exchange, a_flood_of_interim_responses_is_refused) {
  std::string flood;
  for (int i = 0; i < 20; i++) flood += "HTTP/1.1 103 Early Hints\r\n\r\n";
  fails({flood}, Cause::malformed_response, "too many interim responses");
}

TEST(Exchange, a_connection_that_is_to_close_or_says_too_much_is_not_reusable) {
  CHECK_FALSE(answer({"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"}).reusable);
  CHECK_FALSE(answer({"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"}).reusable);
  CHECK_FALSE(answer({"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"}).reusable);
  const Result more = answer({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n\r\n"});
  STRCMP_EQUAL("x", more.body.c_str());
  CHECK_TRUE(more.unasked);
  CHECK_FALSE(more.reusable);
}

TEST(Exchange, what_a_backend_must_not_say_is_a_malformed_response) {
  fails({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}, Cause::malformed_response,
        "Content-Length beside Transfer-Encoding");
  fails({"HTTP/1.1 101 Switching Protocols\r\n\r\n"}, Cause::malformed_response, "101 without being asked");
  fails({"SSH-2.0-x\r\n"}, Cause::malformed_response, "not HTTP/1.x");
  fails({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello"}, Cause::malformed_response,
        "junk after a chunk size");
}

TEST(Exchange, a_head_has_a_limit_of_bytes_and_fields) {
  limits.head = {1000, 3};
  fails({"HTTP/1.1 200 OK\r\nX: " + std::string(1000, 'x') + "\r\n\r\n"}, Cause::response_too_large_head,
        "head too large");
  fails({"HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n"}, Cause::response_too_large_head, "too many fields");
}

TEST(Exchange, a_head_may_fill_the_whole_buffer_and_its_body_follows) {
  const std::string frame = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: \r\n\r\n";
  const std::string fill(Buffer::kSize - frame.size(), 'x');
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: ";
  const Result result = answer({head + fill + "\r\n\r\nhello"});
  CHECK_FALSE(result.failure.failed());
  STRCMP_EQUAL("hello", result.body.c_str());
  fails({head + fill + "x\r\n\r\nhello"}, Cause::response_too_large_head, "head too large");
}

TEST(Exchange, a_head_after_a_large_interim_one_still_has_the_whole_buffer) {
  const std::string interim = "HTTP/1.1 103 Early Hints\r\nX: " + std::string(40000, 'x') + "\r\n\r\n";
  const Result result =
      answer({interim + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nY: " + std::string(40000, 'y') + "\r\n\r\nok"});
  CHECK_FALSE(result.failure.failed());
  STRCMP_EQUAL("ok", result.body.c_str());
}

TEST(Exchange, a_backend_that_closes_without_a_word) {
  const Result result = answer({});
  STRCMP_EQUAL("closed without a response", result.failure.detail);
  CHECK_TRUE(result.failure.cause == Cause::backend_closed);
  CHECK_FALSE(result.response_started);
}

TEST(Exchange, a_backend_that_closes_within_the_head) {
  const Result result = answer({"HTTP/1.1 200"});
  CHECK_TRUE(result.failure.cause == Cause::backend_closed);
  CHECK_TRUE(result.response_started);
}

TEST(Exchange, a_backend_that_resets) {
  const Result result = exchange_with([](Peer& peer) {
    peer.read_head();
    peer.reset();
  });
  CHECK_TRUE(result.failure.cause == Cause::backend_reset);
}

TEST(Exchange, a_body_that_ends_too_early_is_truncated) {
  fails({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nxx"}, Cause::truncated_response,
        "closed within the response body");
  fails({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}, Cause::truncated_response,
        "closed within the response body");
}

TEST(Exchange, a_silent_backend_times_out) {
  limits.timeout = 20ms;
  const Result result = exchange_with([](Peer& peer) { peer.wait_for_close(); });
  CHECK_TRUE(result.failure.cause == Cause::backend_timeout);
  STRCMP_EQUAL("no response", result.failure.detail);
}

TEST(Exchange, a_backend_that_stops_within_head_or_body_times_out) {
  limits.timeout = 20ms;
  const Result head = exchange_with([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\n");
    peer.wait_for_close();
  });
  STRCMP_EQUAL("the response head is not complete", head.failure.detail);
  const Result body = exchange_with([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nxx");
    peer.wait_for_close();
  });
  CHECK_TRUE(body.failure.cause == Cause::backend_timeout);
  STRCMP_EQUAL("no more of the response body", body.failure.detail);
}

TEST(Exchange, bytes_one_by_one_do_not_extend_the_time_for_the_head) {
  limits.timeout = 50ms;
  std::promise<void> over;
  std::shared_future<void> end = over.get_future().share();
  const Result result = exchange_with([end](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\n");
    while (end.wait_for(2ms) == std::future_status::timeout && peer.send("x")) {}
  });
  over.set_value();
  CHECK_TRUE(result.failure.cause == Cause::backend_timeout);
}

TEST(Exchange, the_overall_limit_ends_everything) {
  limits.overall = Deadline::after(20ms);
  const Result result = exchange_with([](Peer& peer) { peer.wait_for_close(); });
  CHECK_TRUE(result.failure.cause == Cause::backend_timeout);
}

// ---------------------------------------------------------------- answers before the request is complete

TEST(Exchange, an_early_answer_ends_the_sending) {
  std::promise<void> answered;
  ScriptedBackend backend([&](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nbig!");
    answered.set_value();
    peer.wait_for_close();
  });
  Connector connector(*parse_addresses(backend.address(), 80), {}, resolver);
  {
    auto lease = connector.open(0, Freshness::any, Deadline::never(), now());
    Exchange exchange(**lease, limits, "POST", now());
    const std::string head = "POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n", body = "0123456789";
    const iovec first[] = {part(head)}, second[] = {part(body)};
    CHECK_TRUE(exchange.send(first) == Exchange::Sent::all);
    answered.get_future().wait();
    CHECK_TRUE(exchange.send(second) == Exchange::Sent::answered);
    Result result;
    finish(exchange, result);
    CHECK_EQUAL(413, result.status);
    STRCMP_EQUAL("big!", result.body.c_str());
    CHECK_FALSE(result.reusable);
  }
}

TEST(Exchange, an_answer_is_noticed_while_the_backend_reads_no_more) {
  ScriptedBackend backend([&](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
    peer.wait_until_told();
  });
  Connector connector(*parse_addresses(backend.address(), 80), {}, resolver);
  {
    auto lease = connector.open(0, Freshness::any, Deadline::never(), now());
    Exchange exchange(**lease, limits, "POST", now());
    const std::string head = "POST / HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n", body(30000000, 'x');
    const iovec parts[] = {part(head), part(body)};
    CHECK_TRUE(exchange.send(parts) == Exchange::Sent::answered);
    CHECK_EQUAL(413, exchange.head().status());
  }
  backend.tell();
}

TEST(Exchange, an_answer_before_a_reset_is_still_read) {
  std::promise<void> gone;
  ScriptedBackend backend([&](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    peer.close();  // with unread bytes: a reset follows
    gone.set_value();
  });
  Connector connector(*parse_addresses(backend.address(), 80), {}, resolver);
  auto lease = connector.open(0, Freshness::any, Deadline::never(), now());
  Exchange exchange(**lease, limits, "POST", now());
  const std::string head = "POST / HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n", body(1000000, 'x');
  const iovec parts[] = {part(head), part(body)};
  Exchange::Sent sent = exchange.send(parts);
  gone.get_future().wait();
  for (int i = 0; i < 100 && sent == Exchange::Sent::all; i++) sent = exchange.send({parts + 1, 1});
  CHECK_TRUE(sent == Exchange::Sent::answered);
  Result result;
  finish(exchange, result);
  CHECK_EQUAL(403, result.status);
  STRCMP_EQUAL("no", result.body.c_str());
}

TEST(Exchange, a_backend_that_is_gone_while_sending_is_told_apart) {
  std::promise<void> gone;
  ScriptedBackend backend([&](Peer& peer) {
    peer.read_head();
    peer.close();
    gone.set_value();
  });
  Connector connector(*parse_addresses(backend.address(), 80), {}, resolver);
  auto lease = connector.open(0, Freshness::any, Deadline::never(), now());
  Exchange exchange(**lease, limits, "POST", now());
  const std::string head = "POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n", body = "0123456789";
  const iovec first[] = {part(head)}, second[] = {part(body)};
  CHECK_TRUE(exchange.send(first) == Exchange::Sent::all);
  gone.get_future().wait();
  CHECK_TRUE(exchange.send(second) == Exchange::Sent::failed);
  CHECK_TRUE(exchange.failure().cause == Cause::backend_closed);
  CHECK_EQUAL(head.size(), exchange.sent());
}

// ---------------------------------------------------------------- Expect: 100-continue

TEST(Exchange, the_body_is_sent_when_the_backend_asks_for_it) {
  const auto expectation = [this](ScriptedBackend::Script script, navajo::base::Duration patience) {
    ScriptedBackend backend(std::move(script));
    Connector connector(*parse_addresses(backend.address(), 80), {}, resolver);
    auto lease = connector.open(0, Freshness::any, Deadline::never(), now());
    Exchange exchange(**lease, limits, "PUT", now());
    const iovec parts[] = {part(kGet)};
    CHECK_TRUE(exchange.send(parts) == Exchange::Sent::all);
    return exchange.await_continue(patience);
  };
  CHECK_TRUE(Exchange::Expectation::send_body == expectation(
                                                     [](Peer& peer) {
                                                       peer.read_head();
                                                       peer.send("HTTP/1.1 100 Continue\r\n\r\n");
                                                       peer.wait_for_close();
                                                     },
                                                     10s));
  CHECK_TRUE(Exchange::Expectation::send_body == expectation([](Peer& peer) { peer.wait_for_close(); }, 10ms));
  CHECK_TRUE(Exchange::Expectation::answered == expectation(
                                                    [](Peer& peer) {
                                                      peer.read_head();
                                                      peer.send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
                                                      peer.wait_for_close();
                                                    },
                                                    10s));
  CHECK_TRUE(Exchange::Expectation::failed == expectation([](Peer& peer) { peer.read_head(); }, 10s));
}

// ---------------------------------------------------------------- buffers and cancellation

TEST(Exchange, holds_no_buffer_while_it_waits) {
  ScriptedBackend backend([](Peer& peer) {
    peer.read_head();
    peer.wait_until_told();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    peer.wait_for_close();
  });
  Connector connector(*parse_addresses(backend.address(), 80), {}, resolver);
  ReactorFixture reactor;
  Result result;
  const size_t before = buffer_pool_stats().in_use;
  std::future<void> done = reactor.start([&] {
    result = run_on(connector, kGet);
    connector.drop_pool_of_this_thread();
  });
  while (backend.requests() == 0) std::this_thread::yield();
  reactor.post([] {});  // the fiber has given the thread away
  CHECK_EQUAL(before, buffer_pool_stats().in_use);
  backend.tell();
  done.wait();
  STRCMP_EQUAL("ok", result.body.c_str());
}

TEST(Exchange, a_cancelled_fiber_stops_waiting) {
  ScriptedBackend backend([](Peer& peer) { peer.wait_for_close(); });
  Connector connector(*parse_addresses(backend.address(), 80), {}, resolver);
  ReactorFixture reactor;
  navajo::reactor::Fiber* fiber = nullptr;
  Result result;
  std::future<void> done = reactor.start(
      [&] {
        result = run_on(connector, kGet);
        connector.drop_pool_of_this_thread();
      },
      &fiber);
  while (backend.connections() == 0) std::this_thread::yield();
  reactor.post([&] { fiber->cancel(); });
  done.wait();
  CHECK_TRUE(result.failure.cause == Cause::client_gone);
  CHECK_TRUE(backend.wait_for_closed(1));
}
