#include "navajo/shm/arena.h"

#include <atomic>
#include <cstring>
#include <vector>

#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using navajo::shm::Arena;
using navajo::shm::Forked;

namespace {

struct PlainShm {
  std::atomic<uint32_t> hits;
  int32_t weight = 7;
};

Arena arena_of(size_t size) {
  auto made = Arena::create(size);
  CHECK(made.ok());
  return std::move(*made);
}

}  // namespace

TEST_GROUP(Arena){};

TEST(Arena, gives_zeroed_memory_aligned_as_asked) {
  Arena arena = arena_of(10000);
  const char* odd = static_cast<const char*>(arena.allocate(3, 1, "test"));
  CHECK(odd != nullptr);
  for (const size_t alignment : {2u, 8u, 64u, 1024u}) {
    const void* place = arena.allocate(1, alignment, "test");
    LONGS_EQUAL(0, reinterpret_cast<uintptr_t>(place) % alignment);
  }
  LONGS_EQUAL(0, odd[0] + odd[1] + odd[2]);
}

TEST(Arena, holds_at_least_what_was_asked_for_and_refuses_more) {
  Arena arena = arena_of(8192);
  CHECK(arena.size() >= 8192);
  CHECK(arena.allocate(arena.available(), 1, "first") != nullptr);
  LONGS_EQUAL(0, arena.available());
  POINTERS_EQUAL(nullptr, arena.allocate(1, 1, "second"));
  POINTERS_EQUAL(nullptr, arena.allocate(10, 1, "third"));
  LONGS_EQUAL(11, arena.refused_bytes());
  STRCMP_EQUAL("second", arena.refused_owner().c_str());
  LONGS_EQUAL(arena.size(), arena.used());
}

TEST(Arena, refuses_what_would_wrap_around) {
  Arena arena = arena_of(4096);
  POINTERS_EQUAL(nullptr, arena.allocate(SIZE_MAX, 1, "huge"));
  POINTERS_EQUAL(nullptr, arena.allocate(SIZE_MAX - 64, 64, "huge"));
  POINTERS_EQUAL(nullptr, arena.make_array<uint64_t>("huge", SIZE_MAX / 4));
  LONGS_EQUAL(0, arena.used());
}

TEST(Arena, says_why_there_is_none_of_an_impossible_size) {
  const auto made = Arena::create(SIZE_MAX / 2);
  CHECK_FALSE(made.ok());
  CHECK(made.error().text.find("no shared memory") != std::string::npos);
}

TEST(Arena, makes_objects_with_their_initial_values) {
  Arena arena = arena_of(4096);
  const PlainShm* one = arena.make<PlainShm>("test");
  LONGS_EQUAL(7, one->weight);
  LONGS_EQUAL(0, one->hits.load());
  const PlainShm* many = arena.make_array<PlainShm>("test", 10);
  LONGS_EQUAL(7, many[9].weight);
}

TEST(Arena, is_seen_by_all_children_and_written_by_each) {
  Arena arena = arena_of(4096);
  PlainShm* shared = arena.make<PlainShm>("test");
  std::vector<Forked> children;
  for (int i = 0; i < 4; i++) {
    children.emplace_back([shared] {
      for (int n = 0; n < 1000; n++) shared->hits.fetch_add(1);
      return true;
    });
  }
  for (Forked& child : children) CHECK(child.succeeded());
  LONGS_EQUAL(4000, shared->hits.load());
}

TEST(Arena, never_gives_two_processes_the_same_piece) {
  Arena arena = arena_of(64 * 1024);
  {
    std::vector<Forked> children;
    for (int i = 1; i <= 4; i++) {
      children.emplace_back([&arena, i] {
        std::vector<unsigned char*> mine;
        for (int n = 0; n < 100; n++) {
          auto* piece = static_cast<unsigned char*>(arena.allocate(32, 8, "test"));
          if (!piece) return false;
          memset(piece, i, 32);
          mine.push_back(piece);
        }
        for (const unsigned char* piece : mine)
          for (int n = 0; n < 32; n++)
            if (piece[n] != i) return false;
        return true;
      });
    }
    for (Forked& child : children) CHECK(child.succeeded());
  }
  LONGS_EQUAL(4 * 100 * 32, arena.used());
}

TEST(Arena, moves_without_its_memory_moving) {
  Arena first = arena_of(4096);
  PlainShm* kept = first.make<PlainShm>("test");
  Arena second = std::move(first);
  kept->hits.store(5);
  first = arena_of(4096);
  LONGS_EQUAL(5, kept->hits.load());
  LONGS_EQUAL(0, first.used());
}
