#include <sys/un.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "navajo/api/fakes.h"
#include "navajo/connector/connector.h"
#include "navajo/connector/reactor_fixture.h"
#include "navajo/connector/scripted_backend.h"
#include "navajo/observe/log.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::connector;
using namespace std::chrono_literals;
using navajo::api::FakeStatusWriter;
using navajo::reactor::Deadline;
using navajo::reactor::Endpoints;
using navajo::reactor::Resolver;

namespace {

navajo::base::TimePoint now() { return navajo::base::system_clock().now(); }

ConnectorOptions options() {
  ConnectorOptions options;
  options.connect_timeout = 5s;
  options.pool.max_idle = 2;
  options.pool.idle_timeout = 60s;
  options.backends.max_connections = 4;
  options.backends.wait_queue = 4;
  options.wait_timeout = 0s;
  return options;
}

std::vector<BackendAddress> addresses(const std::string& text) { return *parse_addresses(text, 80); }

// Keeps connections open until the other side closes them.
void hold(ScriptedBackend::Peer& peer) { peer.wait_for_close(); }

Cause failure_of(const navajo::base::Result<Lease, Failure>& result) {
  return result.ok() ? Cause::none : result.error().cause;
}

uint64_t number(const Connector& connector, const std::string& name) {
  FakeStatusWriter writer;
  connector.report(writer);
  for (const std::string& line : writer.lines) {
    const size_t at = line.find("/" + name + " ");
    if (at != std::string::npos) return std::stoull(line.substr(at + name.size() + 2));
  }
  return 999999;
}

// A port where nobody listens.
std::string refusing_address() {
  ScriptedBackend gone(hold);
  gone.stop();
  return gone.address();
}

// Its queue is full, so it answers no connect.
class SilentListener {
 public:
  SilentListener() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(listener_, 0);
    socklen_t length = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    for (int& filler : fillers_) {
      filler = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      (void)connect(filler, reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
  }
  ~SilentListener() {
    for (const int filler : fillers_) close(filler);
    close(listener_);
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int listener_, fillers_[4];
  uint16_t port_;
};

}  // namespace

TEST_GROUP(Connector) {
  Resolver resolver;
  void setup() override {
    navajo::observe::set_log_sink(nullptr, [](navajo::observe::Level) { return false; });
  }
  void teardown() override { navajo::observe::set_log_sink(nullptr, nullptr); }
};

TEST(Connector, a_connection_given_back_is_used_again) {
  ScriptedBackend backend(hold);
  Connector connector(addresses(backend.address()), options(), resolver);
  int fd;
  {
    auto lease = connector.open(0, Freshness::any, Deadline::never(), now());
    CHECK_TRUE(lease.ok());
    CHECK_FALSE((*lease)->reused);
    fd = (*lease)->stream.descriptor().fd();
    lease->give_back(now());
  }
  CHECK_EQUAL(1u, number(connector, "idle"));
  auto again = connector.open(0, Freshness::any, Deadline::never(), now());
  CHECK_TRUE((*again)->reused);
  CHECK_EQUAL(fd, (*again)->stream.descriptor().fd());
  CHECK_EQUAL(1u, number(connector, "opened"));
  CHECK_EQUAL(1u, number(connector, "reused"));
}

TEST(Connector, only_new_means_new) {
  ScriptedBackend backend(hold);
  Connector connector(addresses(backend.address()), options(), resolver);
  connector.open(0, Freshness::any, Deadline::never(), now())->give_back(now());
  auto fresh = connector.open(0, Freshness::only_new, Deadline::never(), now());
  CHECK_FALSE((*fresh)->reused);
  CHECK_EQUAL(1u, number(connector, "idle"));
}

TEST(Connector, a_connection_not_given_back_is_closed) {
  ScriptedBackend backend(hold);
  Connector connector(addresses(backend.address()), options(), resolver);
  { auto lease = connector.open(0, Freshness::any, Deadline::never(), now()); }
  CHECK_TRUE(backend.wait_for_closed(1));
  CHECK_EQUAL(0u, number(connector, "in_use"));
}

TEST(Connector, a_connection_the_backend_has_closed_is_not_used_again) {
  std::promise<void> closed;
  ScriptedBackend backend([&](ScriptedBackend::Peer& peer) {
    if (peer.number() > 0) return peer.wait_for_close();
    peer.read_head();
    peer.close();
    closed.set_value();
  });
  Connector connector(addresses(backend.address()), options(), resolver);
  auto lease = connector.open(0, Freshness::any, Deadline::never(), now());
  CHECK_TRUE((*lease)->stream.write(std::string_view("GET / HTTP/1.1\r\n\r\n"), Deadline::after(5s)).ok());
  closed.get_future().wait();
  lease->give_back(now());
  auto next = connector.open(0, Freshness::any, Deadline::never(), now());
  CHECK_FALSE((*next)->reused);
  CHECK_EQUAL(1u, number(connector, "closed_by_backend"));
}

TEST(Connector, a_connection_with_unasked_bytes_is_not_used_again) {
  std::promise<void> sent;
  ScriptedBackend backend([&](ScriptedBackend::Peer& peer) {
    if (peer.number() == 0) {
      peer.send("HTTP/1.1 408 Request Timeout\r\n\r\n");
      sent.set_value();
    }
    peer.wait_for_close();
  });
  Connector connector(addresses(backend.address()), options(), resolver);
  auto lease = connector.open(0, Freshness::any, Deadline::never(), now());
  sent.get_future().wait();
  lease->give_back(now());
  auto next = connector.open(0, Freshness::any, Deadline::never(), now());
  CHECK_FALSE((*next)->reused);
}

TEST(Connector, no_more_than_MaxIdle_connections_are_kept) {
  ScriptedBackend backend(hold);
  Connector connector(addresses(backend.address()), options(), resolver);
  std::vector<Lease> leases;
  for (int i = 0; i < 4; i++) leases.push_back(std::move(*connector.open(0, Freshness::any, Deadline::never(), now())));
  for (Lease& lease : leases) lease.give_back(now());
  CHECK_EQUAL(2u, number(connector, "idle"));
  CHECK_EQUAL(2u, number(connector, "surplus"));
  CHECK_TRUE(backend.wait_for_closed(2));
}

TEST(Connector, on_a_reactor_a_burst_is_kept_for_a_moment) {
  ScriptedBackend backend(hold);
  ReactorFixture fixture;
  Connector connector(addresses(backend.address()), options(), resolver);
  uint64_t idle = 0, surplus = 0;
  fixture.run([&] {
    std::vector<Lease> leases;
    for (int i = 0; i < 4; i++)
      leases.push_back(std::move(*connector.open(0, Freshness::any, Deadline::never(), now())));
    for (Lease& lease : leases) lease.give_back(now());
    idle = number(connector, "idle");
    surplus = number(connector, "surplus");
  });
  CHECK_EQUAL(4u, idle);
  CHECK_EQUAL(0u, surplus);
  CHECK_TRUE(backend.wait_for_closed(2));
  fixture.post([&] {
    idle = number(connector, "idle");
    surplus = number(connector, "surplus");
    connector.drop_pool_of_this_thread();
  });
  CHECK_EQUAL(2u, idle);
  CHECK_EQUAL(2u, surplus);
}

TEST(Connector, without_keep_alive_nothing_is_kept) {
  ScriptedBackend backend(hold);
  ConnectorOptions once = options();
  once.pool.max_idle = 0;
  Connector connector(addresses(backend.address()), once, resolver);
  connector.open(0, Freshness::any, Deadline::never(), now())->give_back(now());
  CHECK_TRUE(backend.wait_for_closed(1));
  CHECK_EQUAL(0u, number(connector, "idle"));
}

TEST(Connector, a_connection_that_was_idle_too_long_is_not_used_again) {
  ScriptedBackend backend(hold);
  Connector connector(addresses(backend.address()), options(), resolver);
  connector.open(0, Freshness::any, Deadline::never(), now())->give_back(now() - 61s);
  auto next = connector.open(0, Freshness::any, Deadline::never(), now());
  CHECK_FALSE((*next)->reused);
  CHECK_EQUAL(1u, number(connector, "expired"));
}

TEST(Connector, a_connection_past_its_age_is_not_used_again) {
  ScriptedBackend backend(hold);
  ConnectorOptions aging = options();
  aging.pool.max_age = 10s;
  Connector connector(addresses(backend.address()), aging, resolver);
  auto lease = connector.open(0, Freshness::any, Deadline::never(), now());
  (*lease)->opened -= 9s;
  lease->give_back(now());
  auto second = connector.open(0, Freshness::any, Deadline::never(), now());
  CHECK_TRUE((*second)->reused);
  (*second)->opened -= 1s;
  second->give_back(now());
  CHECK_EQUAL(0u, number(connector, "idle"));
}

TEST(Connector, more_than_MaxConnections_wait_and_are_refused) {
  ScriptedBackend backend(hold);
  Connector connector(addresses(backend.address()), options(), resolver);
  std::vector<Lease> leases;
  for (int i = 0; i < 4; i++) leases.push_back(std::move(*connector.open(0, Freshness::any, Deadline::never(), now())));
  CHECK_TRUE(failure_of(connector.open(0, Freshness::any, Deadline::never(), now())) == Cause::pool_exhausted);
  CHECK_EQUAL(1u, number(connector, "refused_by_limit"));
  CHECK_EQUAL(4u, number(connector, "in_use"));
  leases.pop_back();
  CHECK_TRUE(connector.open(0, Freshness::any, Deadline::never(), now()).ok());
}

TEST(Connector, who_waits_gets_the_connection_that_is_given_back) {
  ScriptedBackend backend(hold);
  ConnectorOptions one = options();
  one.backends.max_connections = 1;
  one.wait_timeout = 10s;
  Connector connector(addresses(backend.address()), one, resolver);
  auto lease = connector.open(0, Freshness::any, Deadline::never(), now());
  std::atomic<bool> reused{false};
  std::thread waiter([&] {
    auto second = connector.open(0, Freshness::any, Deadline::never(), now());
    reused = second.ok() && (*second)->reused;
  });
  while (connector.backends()[0].gate().waiting() == 0) std::this_thread::yield();
  lease->give_back(now());
  waiter.join();
  CHECK_TRUE(reused.load());
}

TEST(Connector, a_refused_connect_marks_one_of_several_bad) {
  ScriptedBackend backend(hold);
  Connector connector(addresses(refusing_address() + " " + backend.address()), options(), resolver);
  CHECK_TRUE(failure_of(connector.open(0, Freshness::any, Deadline::never(), now())) == Cause::connect_refused);
  CHECK_TRUE(connector.backends()[0].bad());
  CHECK_TRUE(connector.open(1, Freshness::any, Deadline::never(), now()).ok());
  CHECK_FALSE(connector.backends()[1].bad());
  CHECK_EQUAL(0u, number(connector, "in_use"));
  CHECK_EQUAL(1u, number(connector, "connect_failures"));
}

TEST(Connector, whoever_tries_a_bad_backend_opens_a_new_connection) {
  ScriptedBackend backend(hold);
  Connector connector(addresses(backend.address() + " 127.0.0.1:1"), options(), resolver);
  connector.open(0, Freshness::any, Deadline::never(), now())->give_back(now());
  connector.backends().connect_failed(0, Cause::connect_timeout, now());
  auto lease = connector.open(0, Freshness::any, Deadline::never(), now());
  CHECK_FALSE((*lease)->reused);
  CHECK_FALSE(connector.backends()[0].bad());
}

TEST(Connector, the_next_address_of_a_name_is_tried) {
  ScriptedBackend backend(hold);
  // 127.0.0.2 refuses at that port, 127.0.0.1 does not.
  Resolver scripted({}, [](const std::string&) {
    Resolver::Answer answer;
    Resolver literals;
    answer.endpoints = **literals.resolve("127.0.0.2", 0, Deadline::never());
    answer.endpoints.push_back(literals.resolve("127.0.0.1", 0, Deadline::never()).value()->front());
    answer.ttl = 60s;
    return answer;
  });
  Connector connector(addresses("two.example.test:" + std::to_string(backend.port())), options(), scripted);
  CHECK_TRUE(connector.open(0, Freshness::any, Deadline::never(), now()).ok());
}

namespace {

// "two.example.test" is 127.0.0.2 and 127.0.0.1, in this order.
Resolver::Answer two_addresses(const std::string&) {
  Resolver::Answer answer;
  Resolver literals;
  answer.endpoints = **literals.resolve("127.0.0.2", 0, Deadline::never());
  answer.endpoints.push_back(literals.resolve("127.0.0.1", 0, Deadline::never()).value()->front());
  answer.ttl = 60s;
  return answer;
}

}  // namespace

TEST(Connector, an_address_of_a_name_that_failed_is_tried_last_for_a_while) {
  ScriptedBackend backend(hold);
  Resolver scripted({}, two_addresses);
  Connector connector(addresses("two.example.test:" + std::to_string(backend.port())), options(), scripted);
  EndpointHealth health(connector.backends()[0].health().endpoints);
  const auto endpoints = *scripted.resolve("two.example.test", backend.port(), Deadline::never());
  CHECK_FALSE(health.bad((*endpoints)[0], now()));
  CHECK_TRUE(connector.open(0, Freshness::only_new, Deadline::never(), now()).ok());
  CHECK_TRUE(health.bad((*endpoints)[0], now()));
  CHECK_FALSE(health.bad((*endpoints)[1], now()));
  CHECK_FALSE(health.bad((*endpoints)[0], now() + 11s));
  CHECK_TRUE(connector.open(0, Freshness::only_new, Deadline::never(), now()).ok());
}

TEST(Connector, with_load_balancing_the_addresses_of_a_name_get_connections_in_turn) {
  ScriptedBackend backend(hold);  // listens on 127.0.0.1 only: 127.0.0.2 refuses
  Resolver scripted({}, [](const std::string& name) {
    Resolver::Answer answer = two_addresses(name);
    std::swap(answer.endpoints[0], answer.endpoints[1]);
    return answer;
  });
  ConnectorOptions turning = options();
  turning.backends.balancing = Balancing::round_robin;
  Connector connector(addresses("two.example.test:" + std::to_string(backend.port())), turning, scripted);
  EndpointHealth health(connector.backends()[0].health().endpoints);
  const auto endpoints = *scripted.resolve("two.example.test", backend.port(), Deadline::never());
  CHECK_TRUE(connector.open(0, Freshness::only_new, Deadline::never(), now()).ok());
  CHECK_FALSE(health.bad((*endpoints)[1], now()));  // the first was good enough
  CHECK_TRUE(connector.open(0, Freshness::only_new, Deadline::never(), now()).ok());
  CHECK_TRUE(health.bad((*endpoints)[1], now()));  // it was its turn
}

TEST(Connector, more_addresses_than_places_forget_the_one_that_failed_first) {
  BackendShm shm;
  EndpointHealth health(shm.endpoints);
  Resolver literals;
  std::vector<navajo::reactor::Endpoint> endpoints;
  for (int i = 0; i < 9; i++) {
    endpoints.push_back(literals.resolve("127.0.0." + std::to_string(i + 1), 80, Deadline::never()).value()->front());
    health.failed(endpoints[i], now() + 10s + std::chrono::milliseconds(i));
  }
  CHECK_FALSE(health.bad(endpoints[0], now()));
  for (int i = 1; i < 9; i++) CHECK_TRUE(health.bad(endpoints[i], now()));
  health.connected(endpoints[3]);
  CHECK_FALSE(health.bad(endpoints[3], now()));
}

TEST(Connector, a_name_that_does_not_resolve_is_a_failure_of_its_own) {
  Resolver scripted({}, [](const std::string&) {
    Resolver::Answer answer;
    answer.error = "no such name";
    return answer;
  });
  Connector connector(addresses("nowhere.example.test other.example.test"), options(), scripted);
  CHECK_TRUE(failure_of(connector.open(0, Freshness::any, Deadline::never(), now())) == Cause::resolve_failed);
  CHECK_TRUE(connector.backends()[0].bad());
}

TEST(Connector, a_local_socket_is_an_address_too) {
  const std::string path = "/tmp/navajo_connector_test." + std::to_string(getpid());
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  path.copy(local.sun_path, sizeof local.sun_path - 1);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK_EQUAL(0, bind(listener, reinterpret_cast<sockaddr*>(&local), sizeof local));
  CHECK_EQUAL(0, listen(listener, 1));
  Connector connector(addresses("unix:" + path), options(), resolver);
  const bool opened = connector.open(0, Freshness::any, Deadline::never(), now()).ok();
  close(listener);
  unlink(path.c_str());
  CHECK_TRUE(opened);
}

TEST(Connector, connects_from_the_source_address) {
  std::string seen;
  std::promise<void> told;
  ScriptedBackend backend([&](ScriptedBackend::Peer& peer) {
    seen = peer.address();
    told.set_value();
    peer.wait_for_close();
  });
  ConnectorOptions bound = options();
  bound.source = resolver.resolve("127.0.0.3", 0, Deadline::never()).value()->front();
  Connector connector(addresses(backend.address()), bound, resolver);
  auto lease = connector.open(0, Freshness::any, Deadline::never(), now());
  CHECK_TRUE(lease.ok());
  told.get_future().wait();
  STRCMP_EQUAL("127.0.0.3", seen.c_str());
}

TEST(Connector, gives_up_a_connect_that_nobody_answers) {
  SilentListener silent;
  ConnectorOptions hasty = options();
  hasty.connect_timeout = 20ms;
  Connector connector(addresses(silent.address()), hasty, resolver);
  CHECK_TRUE(failure_of(connector.open(0, Freshness::any, Deadline::never(), now())) == Cause::connect_timeout);
}

// ---------------------------------------------------------------- on a reactor

TEST(Connector, each_reactor_has_a_pool_of_its_own) {
  ScriptedBackend backend(hold);
  Connector connector(addresses(backend.address()), options(), resolver);
  connector.open(0, Freshness::any, Deadline::never(), now())->give_back(now());
  ReactorFixture reactor;
  bool reused[2] = {true, false};
  reactor.run([&] {
    for (bool& one : reused) {
      auto lease = connector.open(0, Freshness::any, Deadline::never(), now());
      one = (*lease)->reused;
      lease->give_back(now());
    }
  });
  CHECK_FALSE(reused[0]);
  CHECK_TRUE(reused[1]);
  CHECK_EQUAL(2u, number(connector, "idle"));
  reactor.post([&] { connector.drop_pool_of_this_thread(); });
  CHECK_EQUAL(1u, number(connector, "idle"));
}

TEST(Connector, an_idle_connection_goes_when_its_backend_closes_it) {
  std::promise<void> may_close;
  std::future<void> close_now = may_close.get_future();
  ScriptedBackend backend([&](ScriptedBackend::Peer& peer) {
    close_now.wait();
    peer.close();
  });
  Connector connector(addresses(backend.address()), options(), resolver);
  ReactorFixture reactor;
  reactor.run([&] { connector.open(0, Freshness::any, Deadline::never(), now())->give_back(now()); });
  CHECK_EQUAL(1u, number(connector, "idle"));
  may_close.set_value();
  while (number(connector, "idle") != 0) std::this_thread::yield();
  CHECK_EQUAL(1u, number(connector, "closed_by_backend"));
  reactor.post([&] { connector.drop_pool_of_this_thread(); });
}

TEST(Connector, an_idle_connection_goes_when_its_time_is_over) {
  ScriptedBackend backend(hold);
  ConnectorOptions brief = options();
  brief.pool.idle_timeout = 20ms;
  Connector connector(addresses(backend.address()), brief, resolver);
  ReactorFixture reactor;
  reactor.run([&] { connector.open(0, Freshness::any, Deadline::never(), now())->give_back(now()); });
  CHECK_TRUE(backend.wait_for_closed(1));
  while (number(connector, "idle") != 0) std::this_thread::yield();
  CHECK_EQUAL(1u, number(connector, "expired"));
  reactor.post([&] { connector.drop_pool_of_this_thread(); });
}

TEST(Connector, a_cancelled_fiber_stops_connecting_and_blames_nobody) {
  SilentListener silent;
  Connector connector(addresses(silent.address() + " 127.0.0.1:1"), options(), resolver);
  ReactorFixture reactor;
  navajo::reactor::Fiber* fiber = nullptr;
  std::promise<void> started;
  Cause cause = Cause::none;
  std::future<void> done = reactor.start(
      [&] {
        started.set_value();
        cause = failure_of(connector.open(0, Freshness::any, Deadline::never(), now()));
      },
      &fiber);
  started.get_future().wait();
  reactor.post([&] { fiber->cancel(); });
  done.wait();
  CHECK_TRUE(cause == Cause::client_gone);
  CHECK_FALSE(connector.backends()[0].bad());
  CHECK_EQUAL(0u, number(connector, "in_use"));
  reactor.post([&] { connector.drop_pool_of_this_thread(); });
}
