#include "navajo/route/backend_table.h"

#include <stdexcept>

#include "CppUTest/TestHarness.h"

using namespace navajo::route;

namespace {

BackendRow row(const char* app, const char* id, const char* host = "10.0.0.1") {
  BackendRow out;
  out.app = app;
  out.id = id;
  out.host = host;
  out.port = 8080;
  return out;
}

}  // namespace

TEST_GROUP(BackendTable) {};

TEST(BackendTable, an_empty_one_has_no_apps) {
  const BackendTable table({}, 1);
  CHECK_TRUE(table.rows().empty());
  CHECK_TRUE(table.apps().empty());
  CHECK_TRUE(table.app("default").empty());
  CHECK_TRUE(table.find("x") == nullptr);
}

TEST(BackendTable, backends_of_one_app_stand_together_by_id) {
  const BackendTable table({row("shop", "b"), row("api", "z"), row("shop", "a"), row("api", "y")}, 7);
  LONGS_EQUAL(7, table.generation());
  LONGS_EQUAL(2, table.apps().size());
  CHECK_TRUE(table.apps()[0] == "api" && table.apps()[1] == "shop");
  const auto shop = table.app("shop");
  LONGS_EQUAL(2, shop.size());
  STRCMP_EQUAL("a", shop[0].id.c_str());
  STRCMP_EQUAL("b", shop[1].id.c_str());
  LONGS_EQUAL(3, table.index_of(shop[1]));
}

TEST(BackendTable, a_backend_is_found_by_its_id_and_keeps_what_the_file_called_it) {
  const BackendTable table({row("shop", "a"), row("shop", "b")}, 1);
  CHECK_TRUE(table.find("b") == &table.rows()[1]);
  STRCMP_EQUAL("b", table.find("b")->table_id.c_str());
  CHECK_TRUE(table.find("c") == nullptr);
}

TEST(BackendTable, an_id_stands_once_in_all_apps_together) {
  CHECK_THROWS(std::invalid_argument, BackendTable({row("shop", "a"), row("api", "a")}, 1));
}

TEST(BackendTable, is_not_larger_than_its_limit) {
  std::vector<BackendRow> rows(kMaxBackends + 1, row("a", ""));
  for (size_t i = 0; i < rows.size(); i++) rows[i].id = std::to_string(i);
  CHECK_THROWS(std::length_error, BackendTable(rows, 1));
  rows.pop_back();
  LONGS_EQUAL(kMaxBackends, BackendTable(rows, 1).app("a").size());
}

TEST(BackendTable, addresses_have_brackets_where_they_need_them) {
  STRCMP_EQUAL("10.0.0.1:8080", address_text(row("a", "b")).c_str());
  STRCMP_EQUAL("[fd00::7]:8080", address_text(row("a", "b", "fd00::7")).c_str());
}
