#include "navajo/session/reaper.h"

#include <string>
#include <utility>
#include <vector>

#include "navajo/observe/trace.h"
#include "navajo/session/store_fixture.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::session;
namespace id = navajo::observe::id;

namespace {
std::string* g_last_record = nullptr;
void keep_record(std::string_view record) { g_last_record->assign(record); }

struct ReaperTest : Utest, StoreFixture {};
constexpr auto kGoOn = [] { return false; };
}  // namespace

TEST_GROUP_BASE(Reaper, ReaperTest) {
  ReaperOptions reaping{10s, 120s};
  std::string last_record;
  void setup() override {
    g_last_record = &last_record;
    navajo::observe::set_trace_sink(keep_record);
    navajo::observe::TraceLevels levels;
    levels.profile[static_cast<size_t>(navajo::observe::TraceGroup::NPReaperOp)] = 1;
    navajo::observe::set_trace_levels(levels);
    CHECK(open() != nullptr);
  }
  void teardown() override {
    navajo::observe::set_trace_sink(nullptr);
    navajo::observe::set_trace_levels({});
  }
  bool record_says(const std::string& text) const { return last_record.find(text) != std::string::npos; }
  Reaper::Run pass() { return Reaper(*store, reaping).run(kGoOn); }
  void create(int count, SessionLimits limits = kLimits) {
    for (int i = 0; i < count; i++) CHECK(store->create(limits).ok());
  }
};

TEST(Reaper, ends_what_timed_out_and_leaves_the_rest) {
  const uint64_t empty = store->numbers().memory_used;
  create(1000, {86400s, 100s});
  create(10);
  clock.advance(100s);
  CHECK(pass() == Reaper::Run::pass_ended);
  LONGS_EQUAL(10, store->numbers().active);
  LONGS_EQUAL(1000, store->numbers().expired_idle);
  LONGS_EQUAL(empty + 10 * kBlockSize, store->numbers().memory_used);
}

TEST(Reaper, tells_its_numbers_after_each_pass) {
  create(3, {86400s, 100s});
  create(1);
  clock.advance(100s);
  CHECK(pass() == Reaper::Run::pass_ended);
  const StoreNumbers n = store->numbers();
  const std::string expected = ": LocalCacheTable statistics for " + name +
                               ": used session: 1, timed out sessions: 3, Used memory: " +
                               std::to_string(n.memory_used) + " (" +
                               std::to_string(n.memory_used * 100 / n.memory_size) +
                               "%), available Memory: " + std::to_string(n.memory_size - n.memory_used) + "\n";
  STRCMP_CONTAINS(expected.c_str(), last_record.c_str());
  STRCMP_CONTAINS("NPReaperOp", last_record.c_str());
  clock.advance(10s);
  CHECK(pass() == Reaper::Run::pass_ended);
  CHECK(record_says("timed out sessions: 0"));
}

TEST(Reaper, runs_once_per_interval_whoever_asks) {
  CHECK(pass() == Reaper::Run::pass_ended);
  CHECK(pass() == Reaper::Run::not_due);
  navajo::shm::Forked child([this] { return pass() == Reaper::Run::not_due; });
  CHECK(child.succeeded());
  clock.advance(10s);
  CHECK(pass() == Reaper::Run::pass_ended);
}

TEST(Reaper, that_is_stopped_goes_on_where_it_was) {
  store.reset();
  forget_segments();
  CHECK(open(options(16 << 20)) != nullptr);
  create(30000, {86400s, 100s});
  clock.advance(100s);
  Reaper reaper(*store, reaping);
  CHECK(reaper.run([] { return true; }) == Reaper::Run::stopped);
  const uint64_t left = store->numbers().active;
  CHECK(left > 0 && left < 30000);
  CHECK(pass() == Reaper::Run::pass_ended);
  LONGS_EQUAL(0, store->numbers().active);
  CHECK(record_says("timed out sessions: 30000"));
}

TEST(Reaper, that_takes_longer_than_its_timeout_says_so_and_goes_on_later) {
  store.reset();
  forget_segments();
  CHECK(open(options(16 << 20)) != nullptr);
  create(30000, {86400s, 100s});
  clock.advance(100s);
  bool first = true;
  const auto result = Reaper(*store, reaping).run([&] {
    if (std::exchange(first, false)) clock.advance(121s);
    return false;
  });
  CHECK(result == Reaper::Run::timed_out);
  LONGS_EQUAL(1, count_of(id::session_reaper_slow));
  CHECK(pass() == Reaper::Run::pass_ended);
  LONGS_EQUAL(0, store->numbers().active);
}

TEST(Reaper, leaves_the_work_to_who_has_the_lease_until_it_runs_out) {
  HeaderShm& header = store->core().memory().header();
  header.lease_holder.store(1);  // a process that is not us, and died
  header.lease_until.store(store->core().now_ms() + Reaper::kLeaseMs);
  CHECK(pass() == Reaper::Run::held_by_another);
  clock.advance(std::chrono::milliseconds(Reaper::kLeaseMs));
  CHECK(pass() == Reaper::Run::pass_ended);
}

TEST(Reaper, puts_right_what_a_process_left_that_died_inside) {
  const auto session = store->create(kLimits);
  CHECK(stored(store->set(session->session, "a", AttributeType::text, "kept")));
  navajo::shm::Forked child([&] {
    // With the lock, and a block in its hands.
    StripeGuard guard(store->core().memory(), session->session.index);
    (void)store->core().heap().take_any(session->session.index, 0);
    _exit(0);
    return true;
  });
  CHECK(child.succeeded());
  LONGS_EQUAL(1, store->core().memory().header().used.load() - 2);
  CHECK(pass() == Reaper::Run::pass_ended);
  LONGS_EQUAL(1, count_of(id::session_store_repaired));
  LONGS_EQUAL(1, store->numbers().orphans);
  STRCMP_EQUAL("kept", text_of(*store, session->session, "a").c_str());
  CHECK(store->validate().clean());
}

TEST(Reaper, forecasts_when_the_store_is_nearly_full) {
  CHECK(pass() == Reaper::Run::pass_ended);
  CHECK_FALSE(store->numbers().full_in.has_value());
  for (int i = 0; i < 60; i++) {
    create(10, {86400s, 86400s});
    clock.advance(10s);
    CHECK(pass() == Reaper::Run::pass_ended);
  }
  // 128 bytes a second; the smoothed rate is near it by now.
  const StoreNumbers n = store->numbers();
  const auto exact = static_cast<int64_t>((n.memory_size / 10 * 9 - n.memory_used) / 128);
  CHECK(n.full_in->count() > exact * 95 / 100);
  CHECK(n.full_in->count() < exact * 105 / 100);
}
