#include "navajo/session/key_table.h"

#include <unistd.h>

#include <string>

#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using session::KeyTable;

namespace {

std::string id_of(char c) { return std::string(session::SessionId::kLength, c); }
constexpr auto all_live = [](std::string_view) { return true; };
constexpr auto none_lives = [](std::string_view) { return false; };

}  // namespace

TEST_GROUP(KeyTable) {
  std::string name = "test-" + std::to_string(getpid());
  std::shared_ptr<KeyTable> table;
  void setup() override { open(8); }
  void teardown() override {
    table.reset();
    KeyTable::close_unused();
  }
  void open(uint32_t keys) {
    auto opened = KeyTable::open(name, keys);
    CHECK_TRUE(opened.ok());
    table = *opened;
  }
};

TEST(KeyTable, finds_the_session_a_key_was_bound_to) {
  const auto key = table->digest("header", "abc");
  CHECK_FALSE(table->find(key).has_value());
  STRCMP_EQUAL(id_of('a').c_str(), table->bind(key, id_of('a'), all_live)->c_str());
  STRCMP_EQUAL(id_of('a').c_str(), table->find(key)->c_str());
}

TEST(KeyTable, equal_values_of_two_kinds_are_two_keys) {
  (void)table->bind(table->digest("header", "abc"), id_of('a'), all_live);
  CHECK_FALSE(table->find(table->digest("tls", "abc")).has_value());
  CHECK_FALSE(table->find(table->digest("heade", "rabc")).has_value());
}

TEST(KeyTable, who_was_first_counts_while_that_session_lives) {
  const auto key = table->digest("header", "abc");
  (void)table->bind(key, id_of('a'), all_live);
  STRCMP_EQUAL(id_of('a').c_str(), table->bind(key, id_of('b'), all_live)->c_str());
  STRCMP_EQUAL(id_of('b').c_str(), table->bind(key, id_of('b'), none_lives)->c_str());
  STRCMP_EQUAL(id_of('b').c_str(), table->find(key)->c_str());
}

TEST(KeyTable, a_full_row_gives_up_keys_of_ended_sessions_only) {
  for (char c = 'a'; c < 'i'; c++)  // one row of eight
    CHECK_TRUE(table->bind(table->digest("k", std::string(1, c)), id_of(c), all_live).has_value());
  CHECK_FALSE(table->bind(table->digest("k", "x"), id_of('x'), all_live).has_value());
  LONGS_EQUAL(1, table->refused());
  const auto all_but_c = [](std::string_view id) { return id[0] != 'c'; };
  CHECK_TRUE(table->bind(table->digest("k", "x"), id_of('x'), all_but_c).has_value());
  CHECK_FALSE(table->find(table->digest("k", "c")).has_value());
  CHECK_TRUE(table->find(table->digest("k", "d")).has_value());
}

TEST(KeyTable, is_found_again_by_the_next_configuration_with_its_keys) {
  const auto key = table->digest("header", "abc");
  (void)table->bind(key, id_of('a'), all_live);
  table.reset();
  open(800);
  STRCMP_EQUAL(id_of('a').c_str(), table->find(table->digest("header", "abc"))->c_str());
  LONGS_EQUAL(8, table->capacity());
}

TEST(KeyTable, goes_when_no_configuration_uses_it) {
  (void)table->bind(table->digest("header", "abc"), id_of('a'), all_live);
  table.reset();
  KeyTable::close_unused();
  open(8);
  CHECK_FALSE(table->find(table->digest("header", "abc")).has_value());
}

TEST(KeyTable, processes_see_each_others_keys) {
  const auto key = table->digest("header", "abc");
  shm::Forked child([&] { return table->bind(key, id_of('a'), all_live).has_value(); });
  CHECK_TRUE(child.succeeded());
  STRCMP_EQUAL(id_of('a').c_str(), table->find(key)->c_str());
}

TEST(KeyTable, a_child_killed_inside_a_row_costs_that_row_only) {
  const auto key = table->digest("header", "abc");
  (void)table->bind(key, id_of('a'), all_live);
  // It binds without end; wherever it is killed, what is found afterwards is whole.
  for (int round = 0; round < 50; round++) {
    shm::Forked child([&] {
      for (unsigned i = 0;; i++) (void)table->bind(key, id_of(static_cast<char>('a' + i % 26)), none_lives);
      return true;
    });
    const std::string before = table->find(key).value_or("");
    while (table->find(key).value_or("") == before) {
    }
    child.kill_and_wait();
    const auto found = table->find(key);
    if (found) STRCMP_EQUAL(id_of((*found)[0]).c_str(), found->c_str());
    CHECK_TRUE(table->bind(key, id_of('z'), none_lives).has_value());
  }
}
