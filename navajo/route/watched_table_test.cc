#include "navajo/route/watched_table.h"

#include <unistd.h>

#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "navajo/base/build_config.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/observe/log.h"
#include "navajo/route/routing_db.h"

#include "CppUTest/TestHarness.h"

#if NAVAJO_HAVE_SQLITE

using namespace navajo;
using namespace navajo::route;
using namespace std::chrono_literals;

namespace {

std::vector<std::pair<int, std::string>>* g_lines = nullptr;
std::mutex g_lines_mutex;
void keep_line(observe::LogId id, std::string_view text) {
  const std::lock_guard lock(g_lines_mutex);
  if (g_lines) g_lines->emplace_back(id.number, text);
}

int64_t g_time = 0;

BackendRow row(const std::string& id, const char* host = "10.0.0.1", int64_t expires = 0) {
  BackendRow out;
  out.id = id;
  out.app = "shop";
  out.host = host;
  out.port = 80;
  out.expires = expires;
  return out;
}

}  // namespace

TEST_GROUP(WatchedTable) {
  config::TemporaryFolder folder;
  config::Diagnostics faults;
  std::string path = folder.file("routing.db");
  base::ManualClock clock;
  std::map<std::string, NameAnswer> dns;
  std::vector<std::pair<int, std::string>> lines;

  void setup() override {
    g_lines = &lines;
    g_time = 1'800'000'000;
    observe::set_log_sink(keep_line, [](observe::Level) { return true; });
  }
  void teardown() override {
    g_lines = nullptr;
    observe::set_log_sink(nullptr, nullptr);
  }
  RoutingDb db() {
    auto out = RoutingDb::open(path, RoutingDb::Missing::create);
    if (!out.ok()) FAIL(out.error().text.c_str());
    return std::move(*out);
  }
  void add(const BackendRow& one) {
    RoutingDb file = db();
    const auto done = file.add(one);
    STRCMP_EQUAL("", done.ok() ? "" : done.error().text.c_str());
  }
  WatchedWorld world() {
    return {[this](const std::string& name, const reactor::LookupOptions&) {
              const auto found = dns.find(name);
              NameAnswer none;
              none.error = "no such name";
              return found == dns.end() ? none : found->second;
            },
            &clock, [] { return g_time; }};
  }
  std::unique_ptr<WatchedTable> open() {
    DatabaseOptions options;
    options.name = "edge";
    options.file = path;
    auto table = std::make_unique<WatchedTable>(options, world());
    if (!table->read_first({"navajo.xml", 7, 3}, faults)) return nullptr;
    return table;
  }
  size_t told(int number) const {
    size_t out = 0;
    for (const auto& line : lines) out += line.first == number;
    return out;
  }
  static std::string ids(const WatchedTable& table) {
    std::string out;
    for (const BackendRow& one : table.current()->rows()) out += (out.empty() ? "" : " ") + one.id;
    return out;
  }
};

TEST(WatchedTable, is_not_made_of_a_file_with_faults) {
  CHECK_TRUE(open() == nullptr);
  STRCMP_CONTAINS("routing.db: NVJ2000 cannot be read: No such file", faults.faults()[0].line().c_str());
  STRCMP_CONTAINS("navajo.xml:7:3: NVJ2000 Routing 'edge' cannot use its database", faults.faults()[1].line().c_str());
}

TEST(WatchedTable, a_change_makes_a_new_table_and_who_has_the_old_one_keeps_it) {
  add(row("a"));
  const auto table = open();
  CHECK_TRUE(table != nullptr);
  const auto before = table->current();
  LONGS_EQUAL(1, before->generation());
  table->look_at_file();
  CHECK_TRUE(table->current()->generation() == 1);
  add(row("b"));
  table->look_at_file();
  STRCMP_EQUAL("a b", ids(*table).c_str());
  LONGS_EQUAL(2, table->current()->generation());
  LONGS_EQUAL(1, before->rows().size());
  LONGS_EQUAL(1, told(2001));
  table->look_at_file();
  LONGS_EQUAL(2, table->current()->generation());
  LONGS_EQUAL(1, told(2001));
}

TEST(WatchedTable, a_change_in_a_file_without_wal_is_seen_too) {
  {
    auto file = SqliteFile::open(path, SqliteFile::Access::create, 10ms);
    CHECK_TRUE(file->run("CREATE TABLE backends (id TEXT PRIMARY KEY, app TEXT, region TEXT, wg_ip TEXT, port INTEGER, "
                         "healthy INTEGER, weight INTEGER, soft_limit INTEGER, hard_limit INTEGER, deleted INTEGER);"
                         "INSERT INTO backends VALUES ('a', 'x', '', '10.0.0.1', 80, 1, 1, 1, 0, 0)")
                   .ok());
  }
  const auto table = open();
  table->look_at_file();
  auto file = SqliteFile::open(path, SqliteFile::Access::write, 10ms);
  CHECK_TRUE(file->run("UPDATE backends SET healthy = 0").ok());
  table->look_at_file();
  CHECK_FALSE(table->current()->rows()[0].healthy);
}

TEST(WatchedTable, a_file_put_in_its_place_is_seen) {
  add(row("a"));
  const auto table = open();
  table->look_at_file();
  const std::string kept = path;
  path = folder.file("other.db");
  add(row("c"));
  rename(path.c_str(), kept.c_str());
  path = kept;
  table->look_at_file();
  STRCMP_EQUAL("c", ids(*table).c_str());
}

TEST(WatchedTable, a_broken_file_keeps_the_old_table_and_is_told_once) {
  add(row("a"));
  const auto table = open();
  table->look_at_file();
  const auto set = [&](const char* sql) {
    auto file = SqliteFile::open(path, SqliteFile::Access::write, 10ms);
    CHECK_TRUE(file->run(sql).ok());
    table->look_at_file();
  };
  set("UPDATE backends SET port = 0, wg_ip = 'no where'");
  LONGS_EQUAL(2, told(2000));  // the fault, and what is done about it
  STRCMP_EQUAL("a", ids(*table).c_str());
  table->look_at_file();
  set("UPDATE backends SET zone = 'z'");
  LONGS_EQUAL(2, told(2000));
  set("UPDATE backends SET port = 80, wg_ip = '10.0.0.1', zone = ''");
  LONGS_EQUAL(1, told(2001));
  set("UPDATE backends SET port = 0, wg_ip = 'no where'");
  LONGS_EQUAL(4, told(2000));
  unlink(path.c_str());
  table->look_at_file();
  LONGS_EQUAL(6, told(2000));
  STRCMP_EQUAL("a", ids(*table).c_str());
}

TEST(WatchedTable, a_locked_file_is_looked_at_again) {
  {
    auto file = SqliteFile::open(path, SqliteFile::Access::create, 10ms);
    CHECK_TRUE(file->run("CREATE TABLE backends (id TEXT PRIMARY KEY, app TEXT, region TEXT, wg_ip TEXT, port INTEGER, "
                         "healthy INTEGER, weight INTEGER, soft_limit INTEGER, hard_limit INTEGER)").ok());
  }
  const auto table = open();
  table->look_at_file();
  auto file = SqliteFile::open(path, SqliteFile::Access::write, 10ms);
  CHECK_TRUE(file->run("INSERT INTO backends VALUES ('a', 'x', '', '10.0.0.1', 80, 1, 1, 1, 0)").ok());
  CHECK_TRUE(file->run("BEGIN EXCLUSIVE").ok());
  table->look_at_file();
  STRCMP_EQUAL("", ids(*table).c_str());
  CHECK_TRUE(file->run("COMMIT").ok());
  table->look_at_file();
  STRCMP_EQUAL("a", ids(*table).c_str());
  LONGS_EQUAL(0, told(2000));
}

TEST(WatchedTable, a_registered_backend_goes_without_a_change_of_the_file) {
  add(row("a"));
  add(row("r", "10.0.0.2", g_time + 60));
  const auto table = open();
  STRCMP_EQUAL("a r", ids(*table).c_str());
  g_time += 59;
  table->drop_expired();
  STRCMP_EQUAL("a r", ids(*table).c_str());
  g_time += 1;
  table->drop_expired();
  STRCMP_EQUAL("a", ids(*table).c_str());
  LONGS_EQUAL(1, told(2015));
  table->look_at_file();
  STRCMP_EQUAL("a", ids(*table).c_str());
  LONGS_EQUAL(1, told(2015));
  LONGS_EQUAL(0, told(2001));
}

TEST(WatchedTable, a_heartbeat_makes_no_new_table) {
  add(row("r", "10.0.0.2", g_time + 60));
  const auto table = open();
  table->look_at_file();
  CHECK_TRUE(*db().prolong("r", g_time, g_time + 120));
  table->look_at_file();
  LONGS_EQUAL(1, table->current()->generation());
  g_time += 61;
  table->drop_expired();
  STRCMP_EQUAL("r", ids(*table).c_str());
  g_time += 60;
  table->drop_expired();
  STRCMP_EQUAL("", ids(*table).c_str());
}

TEST(WatchedTable, who_is_heard_of_at_the_last_moment_is_not_told_as_gone) {
  add(row("r", "10.0.0.2", g_time + 60));
  const auto table = open();
  table->look_at_file();
  CHECK_TRUE(*db().prolong("r", g_time + 59, g_time + 119));
  g_time += 61;
  table->look_at_file();
  table->drop_expired();
  STRCMP_EQUAL("r", ids(*table).c_str());
  LONGS_EQUAL(0, told(2015));
}

TEST(WatchedTable, names_become_their_addresses_and_are_told_when_they_do_not) {
  add(row("web", "web.internal"));
  add(row("none", "none.internal"));
  NameAnswer::Target target;
  target.address = "10.0.0.1";
  dns["web.internal"].targets = {target};
  dns["web.internal"].ttl = 10s;
  const auto table = open();
  STRCMP_EQUAL("", ids(*table).c_str());
  CHECK_TRUE(table->resolve_one() && table->resolve_one());
  CHECK_FALSE(table->resolve_one());
  STRCMP_EQUAL("web@10.0.0.1:80", ids(*table).c_str());
  LONGS_EQUAL(1, told(2012));
  STRCMP_CONTAINS("routing edge: none.internal does not resolve (no such name): it has no backends",
                  lines.back().second.c_str());
  dns.clear();
  clock.advance(10s);
  while (table->resolve_one()) {
  }
  LONGS_EQUAL(2, told(2012));
  STRCMP_CONTAINS("its last addresses stay", lines.back().second.c_str());
  STRCMP_EQUAL("web@10.0.0.1:80", ids(*table).c_str());
}

TEST(WatchedTable, a_table_of_the_configuration_resolves_names_as_well) {
  WatchedTable table({}, world());
  table.take_fixed({row("a", "10.0.0.1"), row("web", "web.internal")});
  STRCMP_EQUAL("a", ids(table).c_str());
  NameAnswer::Target target;
  target.address = "10.0.0.9";
  dns["web.internal"].targets = {target};
  CHECK_TRUE(table.resolve_one());
  STRCMP_EQUAL("a web@10.0.0.9:80", ids(table).c_str());
  STRCMP_EQUAL("", table.database().c_str());
}

TEST(WatchedTable, the_threads_of_a_child_find_what_changed_since_the_parent_read) {
  add(row("web", "web.internal"));
  NameAnswer::Target target;
  target.address = "10.0.0.9";
  dns["web.internal"].targets = {target};
  dns["web.internal"].ttl = 60s;
  DatabaseOptions options;
  options.file = path;
  options.poll = 1ms;
  WatchedTable table(options, world());
  CHECK_TRUE(table.read_first({}, faults));
  add(row("b"));
  table.start_child();
  STRCMP_EQUAL("b web@10.0.0.9:80", ids(table).c_str());
  add(row("c"));
  while (table.current()->find("c") == nullptr) usleep(200);
  table.stop_child();
  STRCMP_EQUAL("b c web@10.0.0.9:80", ids(table).c_str());
}

TEST(WatchedTable, what_one_child_has_told_another_does_not) {
  ToldOnce told;
  CHECK_TRUE(told.is_news("a", 1));
  CHECK_FALSE(told.is_news("a", 1));
  CHECK_TRUE(told.is_news("a", 2));
  CHECK_TRUE(told.is_news("a", 1));
}

TEST(WatchedTable, a_source_is_made_of_a_database_or_of_rows) {
  add(row("a"));
  DatabaseOptions options;
  options.file = path;
  const auto watched = watch_database(options, {}, faults);
  LONGS_EQUAL(1, watched->current()->rows().size());
  STRCMP_EQUAL(path.c_str(), watched->database().c_str());
  options.file = folder.file("none.db");
  CHECK_TRUE(watch_database(options, {}, faults) == nullptr);
  const auto fixed = fixed_table({row("x"), row("y")});
  LONGS_EQUAL(2, fixed->current()->rows().size());
  fixed->start_child();
  fixed->stop_child();
}

#endif
