#include "navajo/rules/shared_rule_store.h"

#include <malloc.h>

#include <atomic>
#include <random>
#include <thread>

#include "navajo/rules/rule_store_fixture.h"
#include "navajo/shm/arena.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::rules;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// What the processes of a test tell one another.
struct SharedShm {
  std::atomic<uint32_t> stop, ready, number, seen;
};

}  // namespace

TEST_GROUP_BASE(SharedRuleStore, Utest), public RuleStoreFixture {
  shm::Arena arena = std::move(*shm::Arena::create(4096));
  SharedShm& shared = *arena.make<SharedShm>("test");
};

TEST(SharedRuleStore, has_what_the_file_says_at_once) {
  const auto store = open();
  CHECK(store != nullptr);
  CHECK(faults.ok());
  LONGS_EQUAL(1, store->current()->number());
  STRCMP_EQUAL("a\nb\n", text_of(*store).c_str());
  LONGS_EQUAL(1, log.of(observe::id::rules_loaded).size());
  CHECK(contains(log.of(observe::id::rules_loaded)[0], "rules main: generation 1 is at work, 2 rules in 1 sets"));
}

TEST(SharedRuleStore, tells_some_of_what_is_suspicious_whenever_rules_are_put_to_work) {
  write("a\n?odd\n");
  const auto store = open();
  CHECK(store != nullptr);
  LONGS_EQUAL(2, log.of(observe::id::rules_loaded).size());
  STRCMP_EQUAL("rules main: odd", log.of(observe::id::rules_loaded)[1].c_str());
  std::string many = "a\n";
  for (int i = 0; i < 15; i++) many += "?odd " + std::to_string(i) + "\n";
  write(many);
  CHECK(reload(*store));
  LONGS_EQUAL(2 + 12, log.of(observe::id::rules_loaded).size());
  STRCMP_EQUAL("rules main: odd 9", log.of(observe::id::rules_loaded)[12].c_str());
  STRCMP_EQUAL("rules main: and 5 more warnings, see navajo rules lint", log.of(observe::id::rules_loaded)[13].c_str());
}

TEST(SharedRuleStore, is_not_made_of_a_file_with_faults) {
  write("a\n!first\nb\n!second\n");
  CHECK(!open());
  LONGS_EQUAL(2, faults.count());
  LONGS_EQUAL(4, faults.faults()[1].where.line);
}

TEST(SharedRuleStore, a_reload_is_the_next_generation_and_requests_keep_theirs) {
  const auto store = open();
  const auto first = store->current();
  write("a\nc\n");
  CHECK(reload(*store));
  const auto second = store->current();
  LONGS_EQUAL(2, second->number());
  STRCMP_EQUAL("a\nc\n", text_of(*second).c_str());
  write("d\n");
  CHECK(reload(*store));
  STRCMP_EQUAL("a\nb\n", text_of(*first).c_str());
  STRCMP_EQUAL("a\nc\n", text_of(*second).c_str());
  STRCMP_EQUAL("d\n", text_of(*store).c_str());
}

TEST(SharedRuleStore, a_changed_file_is_noticed) {
  const auto store = open();
  LONGS_EQUAL(1, store->look_at_files().count());  // the list of files comes first
  store->look_at_files();
  LONGS_EQUAL(1, store->current()->number());
  write("a\nnew\n");
  store->look_at_files();
  LONGS_EQUAL(2, store->current()->number());
  store->look_at_files();
  LONGS_EQUAL(2, store->current()->number());
  LONGS_EQUAL(2, log.of(observe::id::rules_loaded).size());
}

TEST(SharedRuleStore, a_file_that_was_only_touched_is_no_news) {
  const auto store = open();
  store->look_at_files();
  write("a\nb\n");
  store->look_at_files();
  LONGS_EQUAL(1, store->current()->number());
}

TEST(SharedRuleStore, a_file_that_is_being_written_is_left_alone_for_a_moment) {
  const auto store = open();
  store->look_at_files();
  std::ofstream(options.file) << "a\nhalf";
  LONGS_EQUAL(kQuietMilliseconds, store->look_at_files().count());
  LONGS_EQUAL(1, store->current()->number());
}

TEST(SharedRuleStore, faults_change_nothing_and_are_said_once) {
  const auto store = open();
  store->look_at_files();
  write("a\n!what is this\n!and that\n");
  store->look_at_files();
  store->look_at_files();
  const auto said = log.of(observe::id::rules_refused);
  LONGS_EQUAL(3, said.size());
  STRCMP_EQUAL((options.file + ":2:1: what is this").c_str(), said[0].c_str());
  STRCMP_EQUAL((options.file + ":3:1: and that").c_str(), said[1].c_str());
  STRCMP_EQUAL("rules main: 2 faults, named above: generation 1 stays at work", said[2].c_str());
  LONGS_EQUAL(1, store->current()->number());
  write("a\n!what is this\n!and another\n");
  store->look_at_files();
  LONGS_EQUAL(6, log.of(observe::id::rules_refused).size());
  write("good\n");
  store->look_at_files();
  STRCMP_EQUAL("good\n", text_of(*store).c_str());
}

TEST(SharedRuleStore, a_reload_that_is_asked_for_says_all_faults) {
  const auto store = open();
  write("!one\n!two\n");
  config::Diagnostics found;
  const auto result = store->reload(found);
  CHECK(!result.ok());
  LONGS_EQUAL(2, found.count());
  STRCMP_EQUAL("the rules have faults: generation 1 stays at work", result.error().text.c_str());
}

TEST(SharedRuleStore, included_files_are_looked_at_as_well) {
  const std::string other = folder.path() + "/other.xml";
  write(other, "x\n");
  write("include " + other + "\n");
  const auto store = open();
  store->look_at_files();
  write(other, "y\n");
  store->look_at_files();
  STRCMP_EQUAL("y\n", text_of(*store).c_str());
}

TEST(SharedRuleStore, a_file_that_was_missing_is_noticed_when_it_comes) {
  const auto store = open();
  store->look_at_files();
  const std::string other = folder.path() + "/other.xml";
  write("include " + other + "\n");
  store->look_at_files();
  LONGS_EQUAL(2, log.of(observe::id::rules_refused).size());
  store->look_at_files();  // takes the list
  write(other, "late\n");
  store->look_at_files();
  STRCMP_EQUAL("late\n", text_of(*store).c_str());
}

TEST(SharedRuleStore, an_image_that_is_too_large_is_a_fault_that_says_what_to_set) {
  const auto store = open();
  write("a\nsize 100000\n");
  config::Diagnostics found;
  CHECK(!store->reload(found).ok());
  LONGS_EQUAL(1, found.count());
  STRCMP_EQUAL("Rules 'main' take 100000 bytes, more than the 65536 of memory: set memory to 150000 or more",
               found.faults()[0].text.c_str());
  write("size 65536\n");
  CHECK(reload(*store));
}

TEST(SharedRuleStore, three_places_and_then_it_waits_and_says_who_has_them) {
  patience.for_place = std::chrono::milliseconds(0);
  const auto store = open();
  write("second\n");
  CHECK(reload(*store));
  const auto second = store->current();
  write("third\n");
  CHECK(reload(*store));
  auto third = store->current();
  write("fourth\n");
  CHECK(reload(*store));
  write("fifth\n");
  config::Diagnostics found;
  const auto refused = store->reload(found);
  CHECK(!refused.ok());
  const std::string self = "process " + std::to_string(getpid());
  CHECK(contains(refused.error().text, "generation 2 by " + self));
  CHECK(contains(refused.error().text, "generation 3 by " + self));
  CHECK(contains(refused.error().text, "generation 4 stays at work"));
  STRCMP_EQUAL("fourth\n", text_of(*store).c_str());
  third.reset();
  store->look_at_files();  // takes the list
  store->look_at_files();  // it is not forgotten
  STRCMP_EQUAL("fifth\n", text_of(*store).c_str());
  STRCMP_EQUAL("second\n", text_of(*second).c_str());
}

TEST(SharedRuleStore, a_killed_reader_holds_no_place) {
  patience.for_place = std::chrono::milliseconds(0);
  const auto store = open();
  for (int i = 0; i < 6; i++) {
    write("n" + std::to_string(i) + "\n");
    CHECK(reload(*store));
    shared.ready.store(0);
    shm::Forked reader([&] {
      // As if it had only just come: adopts from the place.
      store->take_over();
      auto other = SharedRuleStore::open(options, compiler, faults, patience);
      other->take_over();
      shared.ready.store(1);
      for (;;) pause();
      return false;
    });
    while (shared.ready.load() == 0) sched_yield();
    reader.kill_and_wait();
  }
}

TEST(SharedRuleStore, a_forked_child_has_the_generation_of_its_parent_and_no_place) {
  const auto store = open();
  shm::Forked child([&] {
    store->take_over();
    return store->current()->number() == 1 && text_of(*store) == "a\nb\n" &&
           static_cast<const SharedGeneration&>(*store->current()).parts().own_image;
  });
  CHECK(child.succeeded());
}

TEST(SharedRuleStore, readers_of_all_processes_see_whole_generations_only) {
  const auto store = open();
  const auto look = [&](RuleStore& at) {
    const auto generation = at.current();
    return text_of(*generation) != "damaged";
  };
  std::vector<shm::Forked> children;
  for (int i = 0; i < 2; i++)
    children.emplace_back([&] {
      uint32_t last = 0;
      while (shared.stop.load() == 0) {
        store->take_over();
        const uint32_t number = store->current()->number();
        if (number < last || !look(*store)) return false;
        last = number;
        store->drain();
        sched_yield();
      }
      store->take_over();
      return store->current()->number() == shared.number.load();
    });
  std::atomic<bool> failed{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; i++)
    threads.emplace_back([&] {
      while (shared.stop.load() == 0) {
        if (!look(*store)) failed.store(true);
        sched_yield();
      }
    });
  uint32_t refused = 0;
  for (int i = 0; i < 1000; i++) {
    write("version-" + std::to_string(i % 50) + "\nsize " + std::to_string(200 + i) + "\n");
    if (!reload(*store)) refused++;
  }
  shared.number.store(store->current()->number());
  shared.stop.store(1);
  for (std::thread& thread : threads) thread.join();
  for (shm::Forked& child : children) CHECK(child.succeeded());
  CHECK(!failed.load());
  LONGS_EQUAL(0, refused);
  LONGS_EQUAL(1001, store->current()->number());
}

TEST(SharedRuleStore, a_writer_that_is_killed_harms_nobody) {
  const auto store = open();
  std::mt19937 random(20261128);
  // Whether one of them is hit while it writes is a matter of luck and of the machine.
  for (int i = 0; i < 60; i++) {
    shared.ready.store(0);
    shm::Forked writer([&] {
      for (int n = 0;; n++) {
        write(folder.path() + "/child.xml", "w" + std::to_string(n % 20) + "\nsize 60000\n");
        write("include " + folder.path() + "/child.xml\n");
        (void)reload(*store);
        shared.ready.store(1);
      }
      return false;
    });
    while (shared.ready.load() == 0) sched_yield();
    for (volatile uint32_t spin = random() % 400'000; spin > 0;) spin = spin - 1;
    writer.kill_and_wait();
    store->take_over();
    CHECK(text_of(*store) != "damaged");
    write("after\n");
    CHECK(reload(*store));
    STRCMP_EQUAL("after\n", text_of(*store).c_str());
  }
}

TEST(SharedRuleStore, counters_are_exact_over_processes_and_reloads) {
  const auto store = open();
  const auto count = [&] {
    for (int n = 0; n < 20'000; n++) {
      if (n % 100 == 0) store->take_over();
      store->current()->counters(0).hits.fetch_add(1, std::memory_order_relaxed);
    }
    return true;
  };
  std::vector<shm::Forked> children;
  for (int i = 0; i < 2; i++) children.emplace_back(count);
  std::thread thread([&] { count(); });
  for (int i = 0; i < 50; i++) {
    write("a\nother-" + std::to_string(i) + "\n");
    CHECK(reload(*store));
  }
  thread.join();
  for (shm::Forked& child : children) CHECK(child.succeeded());
  LONGS_EQUAL(60'000, store->current()->counters(0).hits.load());
}

TEST(SharedRuleStore, counters_go_with_the_id_wherever_the_rule_stands) {
  const auto store = open();
  store->current()->counters(1).hits.store(7);  // b
  write("x\ny\n");
  CHECK(reload(*store));
  LONGS_EQUAL(0, store->current()->counters(1).hits.load());
  write("b\nx\n");
  CHECK(reload(*store));
  LONGS_EQUAL(7, store->current()->counters(0).hits.load());
}

TEST(SharedRuleStore, a_graceful_restart_finds_generation_and_counters) {
  {
    const auto store = open();
    write("a\nc\n");
    CHECK(reload(*store));
    store->current()->counters(0).refused.store(5);
  }
  const auto store = open();
  LONGS_EQUAL(2, store->current()->number());
  LONGS_EQUAL(5, store->current()->counters(0).refused.load());
  STRCMP_EQUAL("a\nc\n", text_of(*store).c_str());
}

TEST(SharedRuleStore, another_size_is_made_anew) {
  {
    const auto store = open();
    CHECK(reload(*store));
  }
  options.memory *= 2;
  const auto store = open();
  LONGS_EQUAL(1, store->current()->number());
}

TEST(SharedRuleStore, children_of_before_get_what_a_new_configuration_has_read_when_it_is_put_to_work) {
  const auto before = open();
  write("new\n");
  const auto after = SharedRuleStore::open(options, compiler, faults, patience);
  before->take_over();
  STRCMP_EQUAL("a\nb\n", text_of(*before).c_str());
  after->put_to_work();
  before->take_over();
  STRCMP_EQUAL("new\n", text_of(*before).c_str());
  LONGS_EQUAL(2, after->current()->number());
  after->look_at_files();
  after->look_at_files();
  LONGS_EQUAL(2, after->current()->number());
}

TEST(SharedRuleStore, a_recorded_configuration_does_not_bring_old_rules_back) {
  config::FileTexts recorded;
  std::shared_ptr<SharedRuleStore> before;
  {
    const config::ReadingScope reading(&recorded, nullptr);
    before = open();
  }
  write("changed while it ran\n");
  CHECK(reload(*before));
  std::shared_ptr<SharedRuleStore> after;
  {
    const config::ReadingScope reading(nullptr, &recorded);
    after = open();
  }
  STRCMP_EQUAL("changed while it ran\n", text_of(*after).c_str());
  LONGS_EQUAL(2, after->current()->number());
}

TEST(SharedRuleStore, the_watchers_of_all_children_switch_by_themselves) {
  options.poll = std::chrono::milliseconds(20);
  const auto store = open();
  std::vector<shm::Forked> children;
  for (int i = 0; i < 3; i++)
    children.emplace_back([&] {
      store->start_child();
      shared.ready.fetch_add(1);
      while (text_of(*store) != "watched\n") sched_yield();
      shared.seen.fetch_add(1);
      while (shared.stop.load() == 0) sched_yield();
      store->stop_child();
      return store->current()->number() == 2;
    });
  while (shared.ready.load() < 3) sched_yield();
  write("watched\n");
  while (shared.seen.load() < 3) sched_yield();
  shared.stop.store(1);
  for (shm::Forked& child : children) CHECK(child.succeeded());
}

TEST(SharedRuleStore, without_poll_watchers_follow_a_command) {
  options.poll = std::chrono::milliseconds(0);
  const auto store = open();
  shm::Forked child([&] {
    store->start_child();
    shared.ready.store(1);
    while (store->current()->number() != 2) sched_yield();
    store->stop_child();
    return true;
  });
  while (shared.ready.load() == 0) sched_yield();
  write("by command\n");
  CHECK(reload(*store));
  CHECK(child.succeeded());
}

TEST(SharedRuleStore, memory_stays_flat) {
  const auto store = open();
  const auto reload_often = [&](int times) {
    for (int i = 0; i < times; i++) {
      write("r" + std::to_string(i % 7) + "\nsize 50000\n");
      CHECK(reload(*store));
    }
  };
  reload_often(50);
  const size_t before = mallinfo2().uordblks;
  reload_often(300);
  CHECK(mallinfo2().uordblks < before + 64 * 1024);
}

TEST(SharedRuleStore, what_a_child_cannot_adopt_is_said_and_it_goes_on) {
  const auto store = open();
  auto other = SharedRuleStore::open(options, compiler, faults, patience);
  write("x\n");
  CHECK(reload(*store));
  // Somebody wrote where nobody may.
  auto segment = std::move(*StoreSegment::open(options));
  *segment->image(GenerationWord(segment->head().current.load()).place) ^= std::byte{1};
  other->take_over();
  other->take_over();
  LONGS_EQUAL(1, log.of(observe::id::rules_not_adopted).size());
  STRCMP_EQUAL("a\nb\n", text_of(*other).c_str());
}
