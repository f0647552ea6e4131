#include "navajo/shm/segment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::shm;

namespace {
constexpr uint64_t kSize = 1 << 20;
}

TEST_GROUP(Segment) {
  // A name of this process and test: runs in parallel do not meet anyway, each has its own descriptors.
  std::string name = "navajo-test-" + std::to_string(getpid());
  void teardown() override {
    Segment::close_unwanted("navajo-test-", [](std::string_view) { return false; });
  }
  Segment create(const std::string& of, uint64_t size = kSize) {
    auto made = Segment::create(of, size);
    CHECK(made.ok());
    return std::move(*made);
  }
};

TEST(Segment, is_found_again_with_its_content_after_its_object_is_gone) {
  {
    const Segment first = create(name);
    strcpy(reinterpret_cast<char*>(first.data()), "kept");
  }
  const auto again = Segment::find(name);
  CHECK(again.has_value());
  LONGS_EQUAL(kSize, again->size());
  STRCMP_EQUAL("kept", reinterpret_cast<const char*>(again->data()));
}

TEST(Segment, is_not_found_under_another_name) {
  const Segment made = create(name);
  CHECK_FALSE(Segment::find(name + "x").has_value());
  CHECK_FALSE(Segment::find(name.substr(0, name.size() - 1)).has_value());
}

TEST(Segment, is_closed_when_nobody_wants_it_and_only_then) {
  (void)create(name + "-a");
  (void)create(name + "-b");
  const std::string kept = name + "-b";
  LONGS_EQUAL(1, Segment::close_unwanted("navajo-test-", [&kept](std::string_view n) { return n == kept; }));
  CHECK_FALSE(Segment::find(name + "-a").has_value());
  CHECK(Segment::find(kept).has_value());
}

TEST(Segment, is_shared_with_a_child) {
  const Segment made = create(name);
  Forked child([&made] {
    made.data()[5] = std::byte{42};
    return true;
  });
  CHECK(child.succeeded());
  LONGS_EQUAL(42, static_cast<int>(made.data()[5]));
}

TEST(Segment, may_be_larger_than_four_gigabytes_and_uses_what_is_committed) {
  constexpr uint64_t huge = 5ull << 30;
  const Segment made = create(name, huge);
  CHECK(made.commit(huge - 4096, 4096).ok());
  made.data()[huge - 1] = std::byte{1};
  LONGS_EQUAL(1, static_cast<int>(made.data()[huge - 1]));
}

// Never asked of the kernel: it would kill half the machine before it refused.
TEST(Segment, refuses_to_commit_what_the_machine_does_not_have_without_touching_it) {
  constexpr uint64_t too_much = 1ull << 40;
  CHECK(memory_available() < too_much);
  const Segment made = create(name, too_much);
  const auto refused = made.commit(0, too_much);
  CHECK_FALSE(refused.ok());
  CHECK(refused.error().text.find("no memory for") != std::string::npos);
}

TEST(Segment, commits_nothing_beyond_its_end) {
  const Segment made = create(name);
  CHECK_FALSE(made.commit(0, kSize + 1).ok());
  CHECK_FALSE(made.commit(kSize + 1, 0).ok());
  CHECK_FALSE(made.commit(UINT64_MAX, UINT64_MAX).ok());
}

TEST(Segment, of_an_impossible_size_is_refused_with_the_reason) {
  const auto made = Segment::create(name, UINT64_MAX);
  CHECK_FALSE(made.ok());
  CHECK(made.error().text.find(name) != std::string::npos);
  CHECK_FALSE(Segment::find(name).has_value());
}

TEST(Segment, is_not_handed_to_programs_that_are_executed) {
  const Segment made = create(name);
  for (int descriptor = 3; descriptor < 100; descriptor++) {
    char link[64], target[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t length = readlink(link, target, sizeof target);
    if (length <= 0 || std::string(target, static_cast<size_t>(length)).find(name) == std::string::npos) continue;
    CHECK(fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
    return;
  }
  FAIL("the segment has no descriptor");
}

TEST(Segment, limit_is_at_most_the_machines_memory) {
  const auto machine = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  CHECK(memory_limit() <= machine);
  CHECK(memory_limit() > 0);
  CHECK(memory_available() <= machine);
  CHECK(memory_available() > 0);
}
