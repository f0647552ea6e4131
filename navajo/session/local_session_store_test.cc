#include "navajo/session/local_session_store.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "navajo/session/store_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::session;

namespace {
struct StoreTest : Utest, StoreFixture {};
}  // namespace

TEST_GROUP_BASE(LocalSessionStore, StoreTest) {
  CreatedSession created() {
    auto made = store->create(kLimits);
    CHECK(made.ok());
    return *made;
  }
  std::string text(const SessionRef& session, std::string_view attribute) {
    return text_of(*store, session, attribute);
  }
  void check_clean() {
    const WalkReport report = store->validate();
    if (!report.clean()) FAIL(report.text().c_str());
  }
  void setup() override { CHECK(open() != nullptr); }
};

TEST(LocalSessionStore, finds_what_it_created_and_nothing_else) {
  const CreatedSession one = created(), other = created();
  const auto found = store->find(one.id, 0ms);
  CHECK(found.has_value());
  CHECK(found->serial == one.session.serial);
  CHECK_FALSE(found->by_previous_id);
  CHECK(store->find(other.id, 0ms)->serial == other.session.serial);
  std::string wrong = one.id;
  wrong[3] = wrong[3] == 'x' ? 'y' : 'x';
  CHECK_FALSE(store->find(wrong, 0ms).has_value());
  CHECK_FALSE(store->find("", 0ms).has_value());
  check_clean();
}

TEST(LocalSessionStore, keeps_values_of_every_length_and_type) {
  const CreatedSession one = created();
  std::map<std::string, std::string> expected;
  for (const size_t length : {0u, 1u, 90u, 100u, 101u, 102u, 103u, 104u, 228u, 229u, 5000u, 100000u}) {
    std::string value;
    for (size_t i = 0; i < length; i++) value += static_cast<char>(i * 7);
    const std::string name = "a" + std::to_string(length);
    expected[name] = value;
    CHECK(stored(store->set(one.session, name, AttributeType::bytes, value)));
  }
  const std::string long_name(300, 'n');
  expected[long_name] = "of a long name";
  CHECK(stored(store->set(one.session, long_name, AttributeType::bytes, expected[long_name])));
  for (const auto& [name, value] : expected) CHECK(text(one.session, name) == value);
  for (const Attribute& attribute : store->attributes(one.session, *std::pmr::new_delete_resource())) {
    CHECK(expected.at(std::string(attribute.name)) == std::string_view(attribute.value.bytes));
    CHECK(attribute.value.type == AttributeType::bytes);
    expected.erase(std::string(attribute.name));
  }
  LONGS_EQUAL(0, expected.size());
  check_clean();
}

TEST(LocalSessionStore, replaces_and_removes_one_attribute_and_leaves_the_others) {
  const CreatedSession one = created();
  for (const char* name : {"a", "b", "c"}) CHECK(stored(store->set(one.session, name, AttributeType::text, name)));
  CHECK(stored(store->set(one.session, "b", AttributeType::text, std::string(1000, 'B'))));
  CHECK(store->remove(one.session, "a"));
  CHECK_FALSE(store->remove(one.session, "a"));
  STRCMP_EQUAL("(none)", text(one.session, "a").c_str());
  CHECK(text(one.session, "b") == std::string(1000, 'B'));
  STRCMP_EQUAL("c", text(one.session, "c").c_str());
  check_clean();
}

TEST(LocalSessionStore, gives_all_memory_back_when_a_session_ends) {
  const uint64_t before = store->numbers().memory_used;
  const CreatedSession one = created();
  CHECK(stored(store->set(one.session, "big", AttributeType::text, std::string(10000, 'x'))));
  CHECK(store->numbers().memory_used > before + 10000);
  CHECK(store->invalidate(one.session));
  LONGS_EQUAL(before, store->numbers().memory_used);
  CHECK_FALSE(store->find(one.id, 0ms).has_value());
  CHECK_FALSE(store->invalidate(one.session));
  CHECK(store->set(one.session, "a", AttributeType::text, "b").error() == Refusal::no_session);
  check_clean();
}

TEST(LocalSessionStore, wipes_what_it_gives_back) {
  const CreatedSession one = created();
  const std::string secret = "a-password-nobody-may-find";
  CHECK(stored(store->set(one.session, "secret", AttributeType::text, secret)));
  const StoreMemory& memory = store->core().memory();
  const std::string_view all(reinterpret_cast<const char*>(memory.block(0)), memory.committed() * kBlockSize);
  CHECK(all.find(secret) != std::string_view::npos);
  CHECK(store->remove(one.session, "secret"));
  CHECK(all.find(secret) == std::string_view::npos);
}

TEST(LocalSessionStore, never_keeps_an_id_in_its_memory) {
  const CreatedSession one = created();
  const StoreMemory& memory = store->core().memory();
  const std::string_view all(reinterpret_cast<const char*>(&memory.header()), memory.geometry().blocks_at +
                                                                                memory.committed() * kBlockSize);
  CHECK(all.find(one.id) == std::string_view::npos);
  CHECK(one.id.find(log_id(one.session.serial)) == std::string::npos);
  LONGS_EQUAL(12, log_id(one.session.serial).size());
}

TEST(LocalSessionStore, keeps_what_a_faster_request_stored) {
  const CreatedSession one = created();
  const auto slow = store->find(one.id, 0ms), fast = store->find(one.id, 0ms);
  CHECK(stored(store->set(*fast, "a", AttributeType::text, "fast")));
  const auto late = store->set(*slow, "a", AttributeType::text, "slow");
  CHECK(late.ok() && *late == SetResult::kept_newer);
  STRCMP_EQUAL("fast", text(*slow, "a").c_str());
  CHECK(stored(store->set(*slow, "b", AttributeType::text, "slow")));
  CHECK(stored(store->set(*fast, "a", AttributeType::text, "again")));  // its own change is no obstacle
  CHECK(stored(store->set(*store->find(one.id, 0ms), "a", AttributeType::text, "next request")));
  LONGS_EQUAL(1, store->numbers().kept_newer);
}

TEST(LocalSessionStore, ends_a_session_at_its_idle_limit_and_not_before) {
  const CreatedSession one = created();
  for (int i = 0; i < 3; i++) {
    clock.advance(599s);
    CHECK(store->find(one.id, 0ms).has_value());
  }
  clock.advance(600s);
  CHECK_FALSE(store->find(one.id, 0ms).has_value());
  LONGS_EQUAL(1, store->numbers().expired_idle);
  LONGS_EQUAL(0, store->numbers().active);
}

TEST(LocalSessionStore, ends_a_session_at_its_lifetime_however_busy_it_is) {
  const auto one = store->create({1000s, 600s});
  clock.advance(500s);
  CHECK(store->find(one->id, 0ms).has_value());
  clock.advance(499s);
  CHECK(store->find(one->id, 0ms).has_value());
  clock.advance(1s);
  CHECK_FALSE(store->find(one->id, 0ms).has_value());
  LONGS_EQUAL(1, store->numbers().expired_lifetime);
}

TEST(LocalSessionStore, takes_limits_of_one_session) {
  const CreatedSession one = created();
  CHECK(store->set_limits(one.session, {86400s, 10s}));
  clock.advance(10s);
  CHECK_FALSE(store->find(one.id, 0ms).has_value());
}

TEST(LocalSessionStore, is_not_touched_by_a_look_or_within_the_interval) {
  const CreatedSession one = created();
  clock.advance(300s);
  CHECK(store->find(one.id, SessionStore::kNoTouch).has_value());
  CHECK(store->find(one.id, 301s).has_value());
  clock.advance(299s);
  CHECK(store->find(one.id, 599s).has_value());  // due again: touched
  clock.advance(599s);
  CHECK(store->find(one.id, SessionStore::kNoTouch).has_value());
  clock.advance(1s);
  CHECK_FALSE(store->find(one.id, 0ms).has_value());
}

// The intervals are of the monotonic clock; one that seems to run backwards ends nobody either.
TEST(LocalSessionStore, has_no_negative_ages) {
  const CreatedSession one = created();
  clock.advance(-30min);
  CHECK(store->find(one.id, 0ms).has_value());
  store->visit([](const SessionView& view) {
    CHECK(view.age >= 0ms && view.idle >= 0ms && view.age < 1h);
    return true;
  });
  clock.advance(30min);
  CHECK(store->find(one.id, 0ms).has_value());
}

TEST(LocalSessionStore, renews_an_id_and_keeps_the_old_one_for_the_grace_period) {
  const CreatedSession one = created();
  CHECK(stored(store->set(one.session, "a", AttributeType::text, "kept")));
  const auto second = store->renew(one.session, 5s);
  CHECK(second.ok() && *second != one.id);
  const auto by_old = store->find(one.id, 0ms), by_new = store->find(*second, 0ms);
  CHECK(by_old->by_previous_id);
  CHECK_FALSE(by_new->by_previous_id);
  STRCMP_EQUAL("kept", text(*by_new, "a").c_str());
  CHECK(log_id(by_new->serial) == log_id(one.session.serial));
  const auto third = store->renew(*by_new, 5s);
  CHECK(store->find(one.id, 0ms)->by_previous_id);  // steps of a login follow fast
  CHECK(store->find(*second, 0ms)->by_previous_id);
  clock.advance(5s);
  CHECK_FALSE(store->find(one.id, 0ms).has_value());
  CHECK_FALSE(store->find(*second, 0ms).has_value());
  CHECK(store->find(*third, 0ms).has_value());
  check_clean();
}

TEST(LocalSessionStore, forgets_the_old_id_at_once_without_grace) {
  const CreatedSession one = created();
  const auto second = store->renew(one.session, 0ms);
  CHECK_FALSE(store->find(one.id, 0ms).has_value());
  CHECK(store->find(*second, 0ms).has_value());
}

TEST(LocalSessionStore, limits_the_memory_of_one_session_and_harms_no_other) {
  LocalStoreOptions small = options();
  small.name += "-small";
  small.max_session_size = 4096;
  CHECK(open(small) != nullptr);
  const CreatedSession one = created(), other = created();
  CHECK(stored(store->set(one.session, "a", AttributeType::text, std::string(3000, 'a'))));
  CHECK(store->set(one.session, "b", AttributeType::text, std::string(1000, 'b')).error() == Refusal::too_large);
  CHECK(store->set(one.session, std::string(2000, 'n'), AttributeType::text, "").error() == Refusal::too_large);
  CHECK(stored(store->set(one.session, "a", AttributeType::text, std::string(3100, 'c'))));  // in place of the old
  CHECK(text(one.session, "a") == std::string(3100, 'c'));
  CHECK(stored(store->set(other.session, "b", AttributeType::text, std::string(1000, 'b'))));
  LONGS_EQUAL(2, store->numbers().refused_size);
  check_clean();
}

TEST(LocalSessionStore, shows_every_living_session_once) {
  std::vector<uint64_t> expected, seen;
  for (int i = 0; i < 100; i++) expected.push_back(created().session.serial);
  clock.advance(20s);
  store->visit([&](const SessionView& view) {
    seen.push_back(view.session.serial);
    CHECK(view.age == 20s);
    LONGS_EQUAL(kBlockSize, view.bytes);
    return true;
  });
  std::sort(seen.begin(), seen.end());
  std::sort(expected.begin(), expected.end());
  CHECK(seen == expected);
  size_t some = 0;
  store->visit([&](const SessionView&) { return ++some < 7; });
  LONGS_EQUAL(7, some);
}

TEST(LocalSessionStore, lets_an_administrator_end_the_sessions_of_one_user) {
  for (int i = 0; i < 10; i++)
    CHECK(stored(store->set(created().session, "user", AttributeType::text, i % 2 ? "alice" : "bob")));
  store->visit([this](const SessionView& view) {
    if (text(view.session, "user") == "bob") CHECK(store->invalidate(view.session));
    return true;
  });
  LONGS_EQUAL(5, store->numbers().active);
  LONGS_EQUAL(5, store->numbers().invalidated);
}

TEST(LocalSessionStore, survives_the_configuration_it_was_made_for) {
  const CreatedSession one = created();
  CHECK(stored(store->set(one.session, "a", AttributeType::text, "kept")));
  store.reset();
  CHECK(open() != nullptr);
  const auto again = store->find(one.id, 0ms);
  CHECK(again.has_value());
  STRCMP_EQUAL("kept", text(*again, "a").c_str());
  LONGS_EQUAL(0, lines.size());
}

TEST(LocalSessionStore, keeps_its_first_size_and_says_so) {
  const CreatedSession one = created();
  store.reset();
  CHECK(open(options(2 * kSize, 128)) != nullptr);
  LONGS_EQUAL(kSize, store->memory_size());
  CHECK(store->find(one.id, 0ms).has_value());
  LONGS_EQUAL(1, count_of(navajo::observe::id::session_store_size_kept));
}

TEST(LocalSessionStore, replaces_memory_that_is_not_a_store) {
  (void)created();
  memset(static_cast<void*>(&store->core().memory().header()), 0x5a, 64);
  store.reset();
  CHECK(open() != nullptr);
  LONGS_EQUAL(1, count_of(navajo::observe::id::session_store_replaced));
  LONGS_EQUAL(0, store->numbers().active);
  CHECK(store->find(created().id, 0ms).has_value());
}

TEST(LocalSessionStore, refuses_a_size_in_which_nothing_fits) {
  store.reset();
  StoreFixture::forget_segments();
  POINTERS_EQUAL(nullptr, open(options(100 * 1024)));
  CHECK(why.find("too small") != std::string::npos);
  CHECK(open(options(256 * 1024)) != nullptr);
}

// Row 43 of the failures a proxy is judged by: memory that another module wrote over never takes a child with it.
TEST(LocalSessionStore, drops_a_session_whose_memory_was_written_over) {
  const CreatedSession kept = created();
  CHECK(stored(store->set(kept.session, "a", AttributeType::text, std::string(1000, 'k'))));
  const StoreMemory& memory = store->core().memory();
  for (uint32_t seed = 1; seed < 400; seed++) {
    const CreatedSession hit = created();
    CHECK(stored(store->set(hit.session, "a", AttributeType::text, std::string(300, 'x'))));
    CHECK(stored(store->set(hit.session, "b", AttributeType::text, "y")));
    // One word of the head, or of what it leads to.
    const uint32_t chain[] = {hit.session.index,
                              memory.head(hit.session.index).attributes.load() - 1};
    reinterpret_cast<Word*>(memory.block(chain[seed & 1]))[(seed / 2) % 32].store(seed * 2654435761u);
    const auto found = store->find(hit.id, 0ms);
    if (found) {
      (void)text(*found, "a");
      (void)text(*found, "b");
      (void)store->set(*found, "b", AttributeType::text, std::string(200, 'z'));
      (void)store->attributes(*found, *std::pmr::new_delete_resource());
      (void)store->remove(*found, "a");
    }
    (void)store->invalidate(hit.session);
  }
  (void)store->repair();
  CHECK(store->numbers().damaged > 0);
  CHECK(text(kept.session, "a") == std::string(1000, 'k'));
  check_clean();
}
