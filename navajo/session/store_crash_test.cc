// A process that is killed, at any instruction of any operation, leaves a store whose structure is whole, in which
// every attribute has a value somebody stored, and from which a repair gets back all memory.
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "navajo/session/attribute_chain.h"
#include "navajo/session/store_fixture.h"
#include "navajo/shm/arena.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::session;
using navajo::shm::Forked;

namespace {

bool long_form() { return getenv("NAVAJO_TEST_LONG") != nullptr; }

// A value that tells whether it is whole: one letter, and its length is one that letter has.
std::string whole_value(uint32_t seed) { return std::string(1 + seed % 23 * 29, static_cast<char>('a' + seed % 23)); }
bool is_whole(std::string_view value) {
  return !value.empty() && value.find_first_not_of(value[0]) == std::string_view::npos &&
         value.size() == 1 + static_cast<size_t>(value[0] - 'a') * 29;
}

struct CrashTest : Utest, StoreFixture {
  // After a repair all is as if the dead had never begun what it was doing.
  void check_repaired() {
    const WalkReport before = store->validate();
    if (!before.structure_ok()) FAIL(before.text().c_str());
    (void)store->repair();
    const WalkReport after = store->validate();
    if (!after.clean()) FAIL(after.text().c_str());
  }
  void check_values() {
    store->visit([this](const SessionView& view) {
      for (const Attribute& one : store->attributes(view.session, *std::pmr::new_delete_resource()))
        if (!is_whole(one.value.bytes)) FAIL("a value nobody stored");
      return true;
    });
  }
};

}  // namespace

TEST_GROUP_BASE(StoreCrash, CrashTest) {
  void setup() override { CHECK(open(options(1 << 20, 16)) != nullptr); }
};

namespace {

// What the workers of the storm share with their killer.
struct StormShm {
  std::atomic<uint64_t> operations;
};

void work(LocalSessionStore& store, std::vector<std::string> ids, uint32_t random, StormShm& storm) {
  for (;;) {
    random = random * 1664525 + 1013904223;
    const uint32_t seed = random >> 9;
    std::string& id = ids[seed % ids.size()];
    const std::string name = "a" + std::to_string(seed / 7 % 5);
    const auto found = store.find(id, 0ms);
    switch (found ? seed / 64 % 8 : 8) {
      case 0:
      case 1:
      case 2: (void)store.set(*found, name, AttributeType::text, whole_value(seed)); break;
      case 3: (void)store.remove(*found, name); break;
      case 4:
        if (const auto renewed = store.renew(*found, 0ms); renewed.ok()) id = *renewed;
        break;
      case 5: (void)store.invalidate(*found); break;
      case 6: (void)store.attributes(*found, *std::pmr::new_delete_resource()); break;
      case 7: break;
      default:
        if (const auto made = store.create(StoreFixture::kLimits); made.ok()) id = made->id;
    }
    storm.operations.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace

TEST(StoreCrash, store_survives_500_killed_processes_under_load) {
  const int kills = long_form() ? 20'000 : 500;
  navajo::shm::Arena arena = std::move(*navajo::shm::Arena::create(4096));
  StormShm* storm = arena.make<StormShm>("test");
  // Sessions of users who are not in the dead processes: nothing of theirs may be lost.
  std::vector<CreatedSession> bystanders;
  for (int i = 0; i < 20; i++) {
    bystanders.push_back(*store->create(kLimits));
    CHECK(stored(store->set(bystanders.back().session, "mine", AttributeType::text, whole_value(22))));
  }
  uint32_t random = 1;
  const auto start = [&] {
    random = random * 1664525 + 1013904223;
    std::vector<std::string> ids(8);
    return Forked([&, seed = random] {
      work(*store, ids, seed, *storm);
      return false;
    });
  };
  int with_a_lock = 0;
  uint64_t orphans = 0;
  std::vector<Forked> workers;
  for (int i = 0; i < 2; i++) workers.push_back(start());
  for (int kill = 0; kill < kills; kill++) {
    random = random * 1664525 + 1013904223;
    const uint64_t until = storm->operations.load() + 1 + (random >> 24);
    while (storm->operations.load(std::memory_order_relaxed) < until) sched_yield();
    for (volatile uint32_t spin = random >> 20; spin > 0;) spin = spin - 1;
    Forked& victim = workers[static_cast<size_t>(kill) % workers.size()];
    victim.kill_and_wait();
    // The other worker goes on: validation and repair happen under load, as in life.
    const WalkReport seen = store->validate();
    if (!seen.structure_ok()) FAIL(seen.text().c_str());
    with_a_lock += store->core().memory().header().repair_wanted.load() != 0;
    orphans += store->repair().orphans;
    victim = start();
  }
  workers.clear();
  check_repaired();
  check_values();
  for (const CreatedSession& one : bystanders) CHECK(is_whole(text_of(*store, one.session, "mine")));
  // It means something only if the dead were met at work; how many of them were is up to the machine's load.
  CHECK(with_a_lock > 0 || orphans > 0);
  store->visit([this](const SessionView& view) { return store->invalidate(view.session) || true; });
  LONGS_EQUAL(0, store->core().memory().header().used.load());
}

namespace {

// One operation, and how the session's attribute "a" may look afterwards.
struct Step {
  const char* name;
  std::function<void(LocalSessionStore&, const CreatedSession&)> run;
};

const Step kSteps[] = {
    {"create", [](auto& store, const auto&) { (void)store.create(StoreFixture::kLimits); }},
    {"find", [](auto& store, const auto& one) { (void)store.find(one.id, 0ms); }},
    {"set new", [](auto& store, const auto& one) {
       (void)store.set(one.session, "new", AttributeType::text, whole_value(9));
     }},
    {"replace", [](auto& store, const auto& one) {
       (void)store.set(one.session, "a", AttributeType::text, whole_value(6));
     }},
    {"remove", [](auto& store, const auto& one) { (void)store.remove(one.session, "a"); }},
    {"renew", [](auto& store, const auto& one) { (void)store.renew(one.session, 1000ms); }},
    {"invalidate", [](auto& store, const auto& one) { (void)store.invalidate(one.session); }},
};

// The store as it would be if its user had been killed now: a copy of its memory, looked at and repaired apart from it.
struct Snapshot {
  explicit Snapshot(const StoreMemory& of)
      : geometry(of.geometry()),
        used_bytes(geometry.blocks_at + uint64_t{of.committed()} * kBlockSize),
        bytes(static_cast<std::byte*>(
            mmap(nullptr, used_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {}
  ~Snapshot() { munmap(bytes, used_bytes); }
  void take(const StoreMemory& of) { memcpy(bytes, static_cast<const void*>(&of.header()), used_bytes); }
  StoreMemory memory() const { return StoreMemory(bytes, geometry); }

  Geometry geometry;
  uint64_t used_bytes;
  std::byte* bytes;
};

}  // namespace

// Every single instruction of every operation: the operation runs in a child one instruction at a time, and after each
// the memory is what a kill would leave.
TEST(StoreCrash, every_instruction_of_every_operation_leaves_a_store_that_can_be_repaired) {
  navajo::shm::Arena arena = std::move(*navajo::shm::Arena::create(4096));
  auto* begun = arena.make<std::atomic<int>>("test");
  for (const Step& step : kSteps) {
    store.reset();
    forget_segments();
    LocalStoreOptions small = options(256 * 1024, 4);
    CHECK(open(small) != nullptr);
    const CreatedSession one = *store->create(kLimits), other = *store->create(kLimits);
    CHECK(stored(store->set(one.session, "a", AttributeType::text, whole_value(5))));
    CHECK(stored(store->set(one.session, "b", AttributeType::text, whole_value(7))));
    CHECK(stored(store->set(other.session, "a", AttributeType::text, whole_value(8))));
    begun->store(0);
    const pid_t child = fork();
    if (child == 0) {
      // Everything bound and allocated once before.
      (void)store->find(one.id, 0ms);
      if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(2);
      raise(SIGSTOP);
      step.run(*store, one);
      begun->store(1);
      _exit(0);
    }
    int status = 0;
    CHECK_EQUAL(child, waitpid(child, &status, 0));
    CHECK(WIFSTOPPED(status));
    Snapshot snapshot(store->core().memory()), before(store->core().memory());
    before.take(store->core().memory());
    int instructions = 0, states = 0, with_orphans = 0;
    while (begun->load() == 0) {
      CHECK_EQUAL(0, ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr));
      waitpid(child, &status, 0);
      if (!WIFSTOPPED(status)) break;
      instructions++;
      // Only where memory changed is there anything new to see.
      if (memcmp(before.bytes, static_cast<const void*>(&store->core().memory().header()), before.used_bytes) == 0)
        continue;
      before.take(store->core().memory());
      states++;
      snapshot.take(store->core().memory());
      const StoreMemory copy = snapshot.memory();
      const WalkReport killed = walk(copy, WalkMode::repair);
      if (!killed.structure_ok())
        FAIL((std::string(step.name) + ", instruction " + std::to_string(instructions) + ": " + killed.text()).c_str());
      with_orphans += killed.orphans > 0;
      const WalkReport repaired = walk(copy, WalkMode::look);
      if (!repaired.clean()) FAIL((std::string(step.name) + ": " + repaired.text()).c_str());
      BlockHeap heap(copy, nullptr);
      for (uint32_t block = 0; block < copy.committed(); block++) {
        if (!copy.is_head(block)) continue;
        std::pmr::vector<Attribute> all;
        CHECK(AttributeChain(copy, heap, block).read_all(all));
        for (const Attribute& attribute : all) CHECK(is_whole(attribute.value.bytes));
        if (block == other.session.index) LONGS_EQUAL(1, all.size());
      }
    }
    if (WIFSTOPPED(status)) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
    }
    LONGS_EQUAL(1, begun->load());
    CHECK(instructions > 100);
    CHECK(states > 2);
    if (std::string_view(step.name) == "replace") CHECK(with_orphans > 20);
  }
}
