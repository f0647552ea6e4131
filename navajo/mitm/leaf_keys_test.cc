#include "navajo/mitm/leaf_keys.h"

#include <string>
#include <thread>
#include <vector>

#include "navajo/mitm/mitm_fixture.h"
#include "navajo/shm/arena.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::mitm;
using namespace std::chrono_literals;
using navajo::reactor::Deadline;
using navajo::shm::Forked;

TEST_GROUP(LeafKeys) {
  navajo::base::ManualClock clock;
  navajo::shm::Arena arena = std::move(*navajo::shm::Arena::create(sizeof(LeafKeyRingShm)));
  LeafKeyRingShm* memory = arena.make<LeafKeyRingShm>("test");
  LeafKeys keys{KeyType::ecdsa, *memory, 24h};
  void setup() override { CHECK(keys.initialise()); }
  LeafKeyPointer current(LeafKeys & of) { return of.current(clock.now(), Deadline::never()); }
};

TEST(LeafKeys, are_made_once_and_kept) {
  const LeafKeyPointer one = current(keys);
  CHECK(one != nullptr);
  clock.advance(23h);
  CHECK(current(keys) == one);
  CHECK(keys.of_generation(one->generation) == one);
  CHECK(keys.of_generation(0) == nullptr);
  CHECK(keys.of_generation(99) == nullptr);
}

TEST(LeafKeys, are_the_same_for_all_children) {
  const LeafKeyPointer mine = current(keys);
  Forked child([&] {
    LeafKeys theirs(KeyType::ecdsa, *memory, 24h);
    const LeafKeyPointer key = current(theirs);
    return key && key->generation == mine->generation && EVP_PKEY_eq(key->key.get(), mine->key.get()) == 1;
  });
  CHECK(child.succeeded());
}

TEST(LeafKeys, of_a_child_are_found_by_its_parent) {
  Forked child([&] { return current(keys) != nullptr; });
  CHECK(child.succeeded());
  const LeafKeyPointer mine = current(keys);
  LONGS_EQUAL(1, mine->generation);
}

TEST(LeafKeys, are_replaced_by_time_and_the_one_before_stays_good) {
  const LeafKeyPointer first = current(keys);
  clock.advance(24h);
  const LeafKeyPointer second = current(keys);
  LONGS_EQUAL(first->generation + 1, second->generation);
  CHECK(EVP_PKEY_eq(first->key.get(), second->key.get()) != 1);
  CHECK(keys.of_generation(first->generation) == first);
  clock.advance(24h);
  CHECK(current(keys)->generation == 3);
  CHECK(keys.of_generation(first->generation) == nullptr);
  // Nowhere in shared memory either.
  LeafKeys others(KeyType::ecdsa, *memory, 24h);
  CHECK(others.of_generation(first->generation) == nullptr);
  CHECK(others.of_generation(2) != nullptr);
}

TEST(LeafKeys, are_made_once_by_many_threads) {
  std::vector<std::thread> threads;
  std::vector<LeafKeyPointer> found(8);
  LeafKeyRingShm* rsa = memory;
  LeafKeys slow(KeyType::rsa, *rsa, 24h);
  for (size_t i = 0; i < found.size(); i++) threads.emplace_back([&, i] { found[i] = current(slow); });
  for (auto& thread : threads) thread.join();
  for (const auto& one : found) CHECK(one == found[0]);
  LONGS_EQUAL(2048, EVP_PKEY_get_bits(found[0]->key.get()));
}

TEST(LeafKeys, survive_a_process_that_dies_while_it_writes_one) {
  const LogCatcher log;
  CHECK(current(keys) != nullptr);
  Forked child([&] {
    (void)memory->lock.lock();
    memory->slots[1].der[5] ^= 1;
    return true;
  });
  CHECK(child.succeeded());
  LeafKeys others(KeyType::ecdsa, *memory, 24h);
  const LeafKeyPointer fresh = current(others);
  LONGS_EQUAL(2, fresh->generation);
  CHECK(log.has("NVJ1808"));
}
