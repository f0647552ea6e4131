#include "navajo/limits/refused_names.h"

#include <memory>
#include <string>

#include "navajo/limits/way_mark.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::limits;

TEST_GROUP(RefusedNames) {
  RefusedNames::Layout layout{};
  RefusedNames names{layout};
  static uint64_t id(uint64_t number) { return kKeyBit | number; }
};

TEST(RefusedNames, are_known_by_the_id_of_their_key) {
  names.put(id(1), "api 192.0.2.1");
  names.put(id(2), std::string(100, 'x'));
  STRCMP_EQUAL("api 192.0.2.1", names.get(id(1)).c_str());
  LONGS_EQUAL(64, names.get(id(2)).size());
  STRCMP_EQUAL("", names.get(id(3)).c_str());
  STRCMP_EQUAL("", names.get(0).c_str());
}

TEST(RefusedNames, give_way_to_another_of_their_place) {
  const uint64_t first = id(5), second = id(5 + RefusedNames::kNames);
  names.put(first, "first");
  names.put(second, "second");
  STRCMP_EQUAL("", names.get(first).c_str());
  STRCMP_EQUAL("second", names.get(second).c_str());
}

TEST(RefusedNames, are_free_again_when_the_process_that_wrote_one_is_dead) {
  // The mark of a process that cannot be: pids end at 4194304.
  layout.entries[id(7) % RefusedNames::kNames].id.store(uint64_t{0x7ffffff0} << 32 | 1);
  names.put(id(7), "late");
  STRCMP_EQUAL("", names.get(id(7)).c_str());
  names.repair();
  names.put(id(7), "late");
  STRCMP_EQUAL("late", names.get(id(7)).c_str());
}
