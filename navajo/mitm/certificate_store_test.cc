#include "navajo/mitm/certificate_store.h"

#include <sched.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "navajo/mitm/mitm_fixture.h"
#include "navajo/shm/arena.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::mitm;
using namespace std::chrono_literals;
using navajo::shm::Forked;
using Answer = CertificateStore::Answer;

namespace {
constexpr size_t kCapacity = 64, kSlot = 512;

// A certificate that tells whether it is whole.
std::string whole(uint64_t seed) { return std::string(1 + seed % 400, static_cast<char>('a' + seed % 26)); }
bool is_whole(const std::string& der) {
  return !der.empty() && der.find_first_not_of(der[0]) == std::string::npos;
}
}  // namespace

TEST_GROUP(CertificateStore) {
  navajo::base::ManualClock clock;
  navajo::shm::Arena arena = std::move(*navajo::shm::Arena::create(CertificateStore::bytes_needed(kCapacity, kSlot)));
  CertificateStore store{arena.allocate(CertificateStore::bytes_needed(kCapacity, kSlot), 64, "test"), kCapacity,
                         kSlot};
  void setup() override { CHECK(store.initialise()); }

  static CertificateId id(uint64_t number) { return {{number * 0x9e3779b97f4a7c15ull, number}}; }
  Answer ask(uint64_t number) {
    CertificateStore::Found found;
    const Answer answer = store.find_or_claim(id(number), clock.now(), found);
    if (answer == Answer::found && found.der != whole(number)) FAIL("another certificate");
    return answer;
  }
  void put(uint64_t number, navajo::base::Duration life = 1h) {
    if (ask(number) == Answer::claimed) store.publish(id(number), whole(number), 7, clock.now() + life, clock.now());
  }
};

TEST(CertificateStore, gives_the_first_a_claim_and_the_others_what_it_made_of_it) {
  CHECK(ask(1) == Answer::claimed);
  CHECK(ask(1) == Answer::busy);
  store.publish(id(1), whole(1), 7, clock.now() + 1h, clock.now());
  CertificateStore::Found found;
  CHECK(store.find_or_claim(id(1), clock.now(), found) == Answer::found);
  CHECK(found.der == whole(1));
  LONGS_EQUAL(7, found.key_generation);
  CHECK(found.expires == clock.now() + 1h);
  LONGS_EQUAL(1, store.used());
}

TEST(CertificateStore, is_the_same_for_all_children) {
  put(1);
  Forked reader([&] { return ask(1) == Answer::found; });
  CHECK(reader.succeeded());
  Forked writer([&] {
    put(2);
    return true;
  });
  CHECK(writer.succeeded());
  CHECK(ask(2) == Answer::found);
}

TEST(CertificateStore, passes_a_claim_on_when_it_is_abandoned_or_its_process_is_gone) {
  CHECK(ask(1) == Answer::claimed);
  store.abandon(id(1));
  CHECK(ask(1) == Answer::claimed);
  store.abandon(id(1));
  Forked child([&] { return ask(1) == Answer::claimed; });
  CHECK(child.succeeded());
  CHECK(ask(1) == Answer::claimed);
}

TEST(CertificateStore, passes_a_claim_on_when_it_takes_too_long) {
  CHECK(ask(1) == Answer::claimed);
  clock.advance(4s);
  CHECK(ask(1) == Answer::busy);
  clock.advance(1s);
  CHECK(ask(1) == Answer::claimed);
}

TEST(CertificateStore, forgets_what_has_expired_and_what_is_of_no_use) {
  put(1);
  clock.advance(1h);
  CHECK(ask(1) == Answer::claimed);
  store.publish(id(1), whole(1), 7, clock.now() + 1h, clock.now());
  store.forget(id(1));
  CHECK(ask(1) == Answer::claimed);
}

TEST(CertificateStore, does_not_keep_what_is_larger_than_a_slot) {
  CHECK(ask(1) == Answer::claimed);
  store.publish(id(1), std::string(kSlot, 'x'), 7, clock.now() + 1h, clock.now());
  CHECK(ask(1) == Answer::claimed);
  store.publish(id(1), std::string(store.largest_certificate(), 'x'), 7, clock.now() + 1h, clock.now());
  CertificateStore::Found found;
  CHECK(store.find_or_claim(id(1), clock.now(), found) == Answer::found);
}

TEST(CertificateStore, keeps_used_hosts_through_a_flood_and_never_grows) {
  for (uint64_t i = 0; i < 8; i++) {
    put(i);
    CHECK(ask(i) == Answer::found);
  }
  for (uint64_t i = 1000; i < 21000; i++) {
    put(i);
    clock.advance(1ms);
  }
  CHECK(store.used() <= kCapacity);
  int kept = 0;
  for (uint64_t i = 0; i < 8; i++) kept += ask(i) == Answer::found;
  LONGS_EQUAL(8, kept);
}

TEST(CertificateStore, says_so_when_everything_is_being_minted) {
  size_t claimed = 0;
  while (ask(claimed) == Answer::claimed) claimed++;
  CHECK(claimed >= CertificateStore::kWays);
  CHECK(ask(claimed) == Answer::full);
}

TEST(CertificateStore, drops_what_somebody_has_written_over) {
  put(1);
  CHECK(ask(1) == Answer::found);
  auto* bytes = reinterpret_cast<unsigned char*>(&store.lock_of(id(1)));
  const size_t row = CertificateStore::bytes_needed(1, kSlot);
  for (size_t i = sizeof(navajo::shm::RobustMutexShm); i < row; i++)
    if (bytes[i] == 'b') bytes[i] = 'c';
  CHECK(ask(1) == Answer::claimed);
}

TEST(CertificateStore, is_repaired_when_a_process_dies_with_its_lock) {
  const LogCatcher log;
  put(1);
  Forked child([&] {
    (void)store.lock_of(id(1)).lock();
    return true;
  });
  CHECK(child.succeeded());
  CHECK(ask(1) == Answer::found);
  CHECK(log.has("NVJ1808"));
}

TEST(CertificateStore, survives_150_processes_killed_at_work) {
  const LogCatcher log;
  navajo::shm::Arena shared = std::move(*navajo::shm::Arena::create(4096));
  auto* operations = shared.make<std::atomic<uint64_t>>("test");
  uint32_t random = 1;
  const auto start = [&] {
    random = random * 1664525 + 1013904223;
    return Forked([&, seed = random] {
      for (uint32_t next = seed;;) {
        next = next * 1664525 + 1013904223;
        CertificateStore::Found found;
        const uint64_t number = next >> 20;
        if (store.find_or_claim(id(number), clock.now(), found) == Answer::claimed) {
          if (next >> 8 & 1)
            store.publish(id(number), whole(number), 1, clock.now() + 1h, clock.now());
          else
            store.abandon(id(number));
        } else if (!found.der.empty() && !is_whole(found.der)) {
          return false;
        }
        operations->fetch_add(1, std::memory_order_relaxed);
      }
    });
  };
  std::vector<Forked> workers;
  for (int i = 0; i < 2; i++) workers.push_back(start());
  for (size_t kill = 0; kill < 150; kill++) {
    random = random * 1664525 + 1013904223;
    const uint64_t until = operations->load() + 1 + (random >> 24);
    while (operations->load(std::memory_order_relaxed) < until) sched_yield();
    workers[kill % 2].kill_and_wait();
    workers[kill % 2] = start();
  }
  workers.clear();
  // Every slot can still be used, and whatever is found is whole.
  for (uint64_t i = 0; i < 4096; i++) {
    const Answer answer = ask(i);
    CHECK(answer == Answer::found || answer == Answer::claimed);
    store.abandon(id(i));
  }
}
