#include <utility>
#include <vector>

#include "navajo/connector/buffer_pool.h"
#include "navajo/connector/reactor_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::connector;

TEST_GROUP(BufferPool){};

TEST(BufferPool, the_last_one_given_back_is_the_next_one_taken) {
  BufferLease first, second;
  first.take();
  second.take();
  CHECK_TRUE(first.bytes().data() != second.bytes().data());
  CHECK_EQUAL(65536u, first.bytes().size());
  const char* place = first.bytes().data();
  first.give_back();
  CHECK_FALSE(static_cast<bool>(first));
  BufferLease third;
  third.take();
  POINTERS_EQUAL(place, third.bytes().data());
  third.take();
  POINTERS_EQUAL(place, third.bytes().data());
}

TEST(BufferPool, a_lease_moves_and_gives_back_once) {
  const size_t before = buffer_pool_stats().in_use;
  {
    BufferLease first;
    first.take();
    BufferLease second = std::move(first);
    CHECK_TRUE(static_cast<bool>(second));
    CHECK_EQUAL(before + 1, buffer_pool_stats().in_use);
    BufferLease third;
    third.take();
    third = std::move(second);
    CHECK_EQUAL(before + 1, buffer_pool_stats().in_use);
  }
  CHECK_EQUAL(before, buffer_pool_stats().in_use);
}

TEST(BufferPool, keeps_a_bounded_number) {
  size_t idle[2];
  for (size_t round = 0; round < 2; round++) {
    std::vector<BufferLease> leases(100 * (round + 1));
    for (BufferLease& lease : leases) lease.take();
    leases.clear();
    idle[round] = buffer_pool_stats().idle;
  }
  CHECK_TRUE(idle[0] >= 64);
  CHECK_EQUAL(idle[0], idle[1]);
}

TEST(BufferPool, a_reactor_has_buffers_of_its_own) {
  BufferLease here;
  here.take();
  const char* place = here.bytes().data();
  here.give_back();
  const char* other = nullptr;
  ReactorFixture reactor;
  reactor.run([&] {
    BufferLease there;
    there.take();
    other = there.bytes().data();
  });
  CHECK_TRUE(other != nullptr && other != place);
}
