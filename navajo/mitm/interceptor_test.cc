#include "navajo/mitm/interceptor.h"

#include <malloc.h>

#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "navajo/mitm/mitm_fixture.h"
#include "navajo/observe/status_segment.h"
#include "navajo/reactor/offload.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::mitm;
using namespace std::chrono_literals;
using navajo::observe::Counter;
using navajo::shm::Forked;
using navajo::tls::SslHandle;
using Refusal = Interceptor::Refusal;

namespace {

uint64_t counted(Counter which) { return navajo::observe::counter(which).load(); }

size_t resident_kilobytes() {
  std::ifstream status("/proc/self/statm");
  size_t pages = 0, resident = 0;
  status >> pages >> resident;
  return resident * 4;
}

time_t g_wall = 0;
time_t wall(time_t*) { return g_wall; }

}  // namespace

TEST_GROUP(Interceptor) {
  navajo::base::ManualClock clock;
  const CaFiles ca;
  MintOptions options = ca.options();
  std::shared_ptr<Interceptor> interceptor;

  void setup() override {
    options.clock = &clock;
    g_wall = time(nullptr);
    options.wall_clock = &wall;
  }
  void make() {
    auto made = Interceptor::make(options);
    if (!made.ok()) FAIL(made.error().text.c_str());
    interceptor = std::move(*made);
  }
  SslHandle ssl(const std::string& name, const std::string& client = "192.0.2.1") {
    auto made = interceptor->ssl_for({.name = name, .client = client}, clock.now());
    return made.ok() ? std::move(*made) : nullptr;
  }
  bool serves(const std::string& name, const std::string& client = "192.0.2.1") { return ssl(name, client) != nullptr; }
  std::string answer(const Interceptor::Wish& wish) {
    const auto made = interceptor->ssl_for(wish, clock.now());
    if (made.ok()) return dns_names(SSL_get_certificate(made->get()));
    return made.error() == Refusal::limited ? "limited" : made.error() == Refusal::failed ? "failed" : "bad name";
  }
  void refused(const char* because) {
    const auto made = Interceptor::make(options);
    CHECK_FALSE(made.ok());
    STRCMP_CONTAINS(because, made.error().text.c_str());
  }
};

TEST(Interceptor, mints_once_and_finds_it_from_then_on) {
  make();
  const uint64_t minted = counted(Counter::certificates_minted), hits = counted(Counter::certificate_hits);
  const SslHandle first = ssl("www.example.com"), second = ssl("WWW.example.com.");
  POINTERS_EQUAL(SSL_get_certificate(first.get()), SSL_get_certificate(second.get()));
  LONGS_EQUAL(minted + 1, counted(Counter::certificates_minted));
  LONGS_EQUAL(hits + 1, counted(Counter::certificate_hits));
  LONGS_EQUAL(1, interceptor->numbers().cached);
  LONGS_EQUAL(1, interceptor->numbers().shared);
  LONGS_EQUAL(X509_V_OK, verified(SSL_get_certificate(first.get()), ca.ca.certificate.get(), "www.example.com"));
}

TEST(Interceptor, mints_anew_after_its_time) {
  make();
  CHECK(serves("www.example.com"));
  const uint64_t minted = counted(Counter::certificates_minted);
  clock.advance(24h - 1s);
  CHECK(serves("www.example.com"));
  LONGS_EQUAL(minted, counted(Counter::certificates_minted));
  clock.advance(1s);
  CHECK(serves("www.example.com"));
  LONGS_EQUAL(minted + 1, counted(Counter::certificates_minted));
}

TEST(Interceptor, collapses_names_on_request) {
  STRCMP_EQUAL("", wildcard_for(*parse_host_name("example.com")).c_str());
  options.wildcard = true;
  make();
  const uint64_t minted = counted(Counter::certificates_minted);
  STRCMP_EQUAL("*.example.com", answer({.name = "www.example.com", .client = "c"}).c_str());
  STRCMP_EQUAL("*.example.com", answer({.name = "img.example.com", .client = "c"}).c_str());
  STRCMP_EQUAL("example.com", answer({.name = "example.com", .client = "c"}).c_str());
  LONGS_EQUAL(minted + 2, counted(Counter::certificates_minted));
}

TEST(Interceptor, refuses_names_that_are_none) {
  make();
  const uint64_t minted = counted(Counter::certificates_minted);
  for (const char* name : {"", "*.example.com", "a b", "1.2.3"})
    STRCMP_EQUAL("bad name", answer({.name = name}).c_str());
  LONGS_EQUAL(minted, counted(Counter::certificates_minted));
}

TEST(Interceptor, has_a_ca_nobody_trusts_for_hosts_that_did_not_verify) {
  make();
  const Interceptor::Wish wish{.name = "www.example.com", .client = "c", .untrusted = true};
  const auto doubtful = interceptor->ssl_for(wish, clock.now());
  CHECK(doubtful.ok());
  const SslHandle good = ssl("www.example.com");
  CHECK(verified(SSL_get_certificate(doubtful->get()), ca.ca.certificate.get(), "www.example.com") != X509_V_OK);
  LONGS_EQUAL(X509_V_OK, verified(SSL_get_certificate(good.get()), ca.ca.certificate.get(), "www.example.com"));
}

TEST(Interceptor, mirrors_the_real_certificate_only_on_request) {
  const CaFiles real({.common_name = "Real", .organization = "Shop Inc"});
  make();
  const Interceptor::Wish wish{.name = "www.example.com", .client = "c", .mirror = real.ca.certificate.get()};
  const auto subject = [&] {
    const auto made = interceptor->ssl_for(wish, clock.now());
    return name_text(X509_get_subject_name(SSL_get_certificate(made->get())));
  };
  STRCMP_EQUAL("CN = www.example.com", subject().c_str());
  options.mirror = true;
  make();
  STRCMP_EQUAL("CN = Real, O = Shop Inc", subject().c_str());
}

TEST(Interceptor, limits_a_client_that_invents_names_and_serves_known_hosts) {
  const LogCatcher log;
  options.mints_per_second_per_client = 10;
  options.burst_per_client = 20;
  make();
  CHECK(serves("known.example.com", "198.51.100.1"));
  int served = 0;
  for (int i = 0; i < 500; i++) served += ssl("h" + std::to_string(i) + ".example.com") != nullptr;
  LONGS_EQUAL(20, served);
  STRCMP_EQUAL("limited", answer({.name = "more.example.com", .client = "192.0.2.1"}).c_str());
  STRCMP_EQUAL("known.example.com", answer({.name = "known.example.com", .client = "192.0.2.1"}).c_str());
  STRCMP_EQUAL("other.example.com", answer({.name = "other.example.com", .client = "198.51.100.1"}).c_str());
  CHECK(log.has("NVJ1805"));
  clock.advance(100ms);
  STRCMP_EQUAL("more.example.com", answer({.name = "more.example.com", .client = "192.0.2.1"}).c_str());
}

TEST(Interceptor, holds_its_bound_over_20000_names_and_still_serves_known_hosts) {
  options.mints_per_second_per_client = options.mints_per_second = options.burst = options.burst_per_client = 10000;
  options.cache_size = 200;
  make();
  for (int i = 0; i < 20; i++) {
    CHECK(serves("known" + std::to_string(i) + ".example.com"));
    CHECK(serves("known" + std::to_string(i) + ".example.com"));
  }
  const auto flood = [&](int from, int to) {
    for (int i = from; i < to; i++) {
      if (!ssl("flood" + std::to_string(i) + ".example.com")) FAIL("not minted");
      clock.advance(1ms);
    }
  };
  flood(0, 2000);
  malloc_trim(0);
  const size_t before = resident_kilobytes();
  flood(2000, 20000);
  malloc_trim(0);
  const size_t after = resident_kilobytes(), grown = after - std::min(before, after);
  LONGS_EQUAL(200, interceptor->numbers().cached);
  CHECK(interceptor->numbers().shared <= 200);
#ifndef __SANITIZE_ADDRESS__  // which keeps what is freed for a while
  CHECK_TEXT(grown < 1024, std::to_string(grown).c_str());
#else
  (void)grown;
#endif
  const uint64_t minted = counted(Counter::certificates_minted);
  for (int i = 0; i < 20; i++) CHECK(serves("known" + std::to_string(i) + ".example.com"));
  LONGS_EQUAL(minted, counted(Counter::certificates_minted));
}

TEST(Interceptor, mints_once_for_8_threads) {
  make();
  for (int round = 0; round < 20; round++) {
    std::vector<std::thread> threads;
    std::vector<SslHandle> served(8);
    for (SslHandle& one : served)
      threads.emplace_back([&] { one = ssl("r" + std::to_string(round) + ".example.com"); });
    for (auto& thread : threads) thread.join();
    for (const SslHandle& one : served)
      POINTERS_EQUAL(SSL_get_certificate(served[0].get()), SSL_get_certificate(one.get()));
    CHECK(served[0] != nullptr);
  }
  LONGS_EQUAL(20, interceptor->numbers().cached);
}

TEST(Interceptor, mints_once_for_all_children) {
  make();
  std::vector<Forked> children;
  navajo::shm::Arena arena = std::move(*navajo::shm::Arena::create(4096));
  auto* total = arena.make<std::atomic<uint64_t>>("test");
  auto* ready = arena.make<std::atomic<int>>("test");
  constexpr int kChildren = 4, kHosts = 50;
  for (int child = 0; child < kChildren; child++)
    children.emplace_back([&] {
      const uint64_t before = counted(Counter::certificates_minted);
      ready->fetch_add(1);
      while (ready->load() < kChildren) sched_yield();
      for (int host = 0; host < kHosts; host++)
        if (!ssl("h" + std::to_string(host) + ".example.com")) return false;
      total->fetch_add(counted(Counter::certificates_minted) - before);
      return true;
    });
  for (Forked& child : children) CHECK(child.succeeded());
  LONGS_EQUAL(kHosts, total->load());
  // And the parent finds what they have made.
  const uint64_t minted = counted(Counter::certificates_minted);
  CHECK(serves("h0.example.com"));
  LONGS_EQUAL(minted, counted(Counter::certificates_minted));
}

TEST(Interceptor, goes_on_when_a_child_is_killed_while_it_mints) {
  make();
  CHECK(serves("before.example.com"));
  for (int i = 0; i < 20; i++) {
    Forked child([&] {
      for (int host = 0;; host++)
        if (!ssl("k" + std::to_string(host) + ".example.com")) return false;
    });
    while (interceptor->numbers().shared < static_cast<size_t>(i + 1)) sched_yield();
    child.kill_and_wait();
  }
  for (int host = 0; host < 30; host++) CHECK(serves("k" + std::to_string(host) + ".example.com"));
}

TEST(Interceptor, signs_with_an_rsa_ca_on_a_helper_thread) {
  const CaFiles big({.key = CaWish::Key::rsa3072, .common_name = "Big"});
  options.ca_certificate = big.files.certificate;
  options.ca_key = big.files.key;
  make();
  navajo::reactor::HelperPool pool({.threads = 2});
  navajo::reactor::HelperPool::set_current(&pool);
  std::atomic<int> served{0};
  {
    FiberThread reactor;
    std::vector<std::future<void>> fibers;
    for (int i = 0; i < 8; i++)
      fibers.push_back(reactor.start([&] { served += ssl("www.example.com") != nullptr; }));
    for (auto& one : fibers) one.wait();
  }
  navajo::reactor::HelperPool::set_current(nullptr);
  LONGS_EQUAL(8, served.load());
  LONGS_EQUAL(1, pool.stats().completed);
}

TEST(Interceptor, refuses_when_its_ca_has_expired) {
  const LogCatcher log;
  const CaFiles last({.common_name = "Last days", .days = 20});
  options.ca_certificate = last.files.certificate;
  options.ca_key = last.files.key;
  make();
  CHECK(log.has("NVJ1807"));
  STRCMP_EQUAL("a.example", answer({.name = "a.example", .client = "c"}).c_str());
  g_wall += 21 * 86400;
  STRCMP_EQUAL("failed", answer({.name = "b.example", .client = "c"}).c_str());
  CHECK(log.has("NVJ1806"));
  CHECK(log.has("has expired"));
  refused("has expired at");
}

TEST(Interceptor, tells_what_its_ca_does_not_permit) {
  const LogCatcher log;
  const CaFiles narrow({.common_name = "Narrow", .permitted = {"example.com"}});
  options.ca_certificate = narrow.files.certificate;
  options.ca_key = narrow.files.key;
  make();
  STRCMP_EQUAL("www.example.com", answer({.name = "www.example.com", .client = "c"}).c_str());
  STRCMP_EQUAL("bad name", answer({.name = "www.example.org", .client = "c"}).c_str());
  CHECK(log.has("name constraints"));
}

TEST(Interceptor, refuses_options_that_make_no_sense) {
  options.ca_key = ca.folder.file("none.key");
  refused("none.key");
  options = ca.options();
  options.cache_size = 0;
  refused("certCacheSize");
  options = ca.options();
  options.validity = 36h;
  refused("twice as long");
  options = ca.options();
  options.key_rotation = 1h;
  refused("at least as long");
  options = ca.options();
  options.burst = 0;
  refused("rates");
  options = ca.options();
  options.ticket_rotation = 1s;
  refused("tickets");
  options = ca.options();
  options.ciphers = "NO-SUCH-CIPHER";
  refused("no cipher");
}
