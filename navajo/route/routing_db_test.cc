#include "navajo/route/routing_db.h"

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "navajo/base/build_config.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/route/backend_columns.h"
#include "navajo/route/backend_table.h"

#include "CppUTest/TestHarness.h"

#if NAVAJO_HAVE_SQLITE

using namespace navajo;
using namespace navajo::route;

namespace {

// As edgeProxy makes it, without and with the column country.
constexpr const char* kEdgeProxy =
    "CREATE TABLE backends (id TEXT PRIMARY KEY, app TEXT, region TEXT, wg_ip TEXT, port INTEGER, healthy INTEGER, "
    "weight INTEGER, soft_limit INTEGER, hard_limit INTEGER, deleted INTEGER DEFAULT 0);";
constexpr const char* kWithCountry =
    "CREATE TABLE backends (id TEXT PRIMARY KEY, app TEXT, region TEXT, country TEXT, wg_ip TEXT, port INTEGER, "
    "healthy INTEGER, weight INTEGER, soft_limit INTEGER, hard_limit INTEGER, deleted INTEGER DEFAULT 0);";

BackendRow row(const char* id, const char* host = "10.0.0.1") {
  BackendRow out;
  out.id = id;
  out.app = "shop";
  out.host = host;
  out.port = 8080;
  return out;
}

}  // namespace

TEST_GROUP(RoutingDb) {
  config::TemporaryFolder folder;
  config::Diagnostics faults;
  std::vector<BackendRow> rows;
  std::string path = folder.file("routing.db");
  static constexpr int64_t kNow = 1'800'000'000;

  void run(const std::string& sql) {
    auto file = SqliteFile::open(path, SqliteFile::Access::create, std::chrono::milliseconds(100));
    CHECK_TRUE(file.ok());
    const auto done = file->run(sql);
    STRCMP_EQUAL("", done.ok() ? "" : done.error().text.c_str());
  }
  DbRead read() {
    faults = {};
    return read_backends(path, std::chrono::milliseconds(1), kNow, rows, faults);
  }
  std::string all() const {
    std::string out;
    for (const config::Fault& fault : faults.faults()) out += fault.line() + "\n";
    return out;
  }
  void told(const char* text) { STRCMP_CONTAINS(text, all().c_str()); }
  RoutingDb opened() {
    auto db = RoutingDb::open(path, RoutingDb::Missing::create);
    if (!db.ok()) FAIL(db.error().text.c_str());
    return std::move(*db);
  }
  static std::string why(const base::Status<>& done) { return done.ok() ? "" : done.error().text; }
};

TEST(RoutingDb, edgeproxys_file_loads_as_it_is) {
  run(std::string(kEdgeProxy) +
      "INSERT INTO backends VALUES ('sa-1', 'myapp', 'sa', '10.10.1.1', 8080, 1, 2, 50, 100, 0),"
      "('us-1', 'myapp', 'us', '10.10.2.1', 8080, 0, 0, 0, 0, 0), ('gone', 'myapp', 'us', 'x y', 0, 1, 1, 1, 1, 1);");
  CHECK_TRUE(read() == DbRead::good);
  STRCMP_EQUAL("", all().c_str());
  LONGS_EQUAL(2, rows.size());
  STRCMP_EQUAL("sa-1", rows[0].id.c_str());
  STRCMP_EQUAL("10.10.1.1", rows[0].host.c_str());
  LONGS_EQUAL(2, rows[0].weight);
  LONGS_EQUAL(50, rows[0].soft_limit);
  LONGS_EQUAL(100, rows[0].hard_limit);
  CHECK_TRUE(rows[0].healthy && rows[0].country.empty());
  CHECK_FALSE(rows[1].healthy);
  LONGS_EQUAL(1, rows[1].weight);
  LONGS_EQUAL(1, rows[1].soft_limit);
  LONGS_EQUAL(0, rows[1].hard_limit);
}

TEST(RoutingDb, with_the_column_country_as_well) {
  run(std::string(kWithCountry) +
      "INSERT INTO backends VALUES ('de', 'a', 'eu', 'de', '10.0.0.1', 80, 1, 1, 1, 0, NULL),"
      "('nn', 'a', NULL, NULL, '10.0.0.2', 80, 1, NULL, NULL, NULL, 0);");
  CHECK_TRUE(read() == DbRead::good);
  LONGS_EQUAL(2, rows.size());
  STRCMP_EQUAL("DE", rows[0].country.c_str());
  LONGS_EQUAL(1, rows[1].weight);
}

TEST(RoutingDb, every_fault_of_the_whole_table_is_told_at_once) {
  run(std::string(kEdgeProxy) +
      "INSERT INTO backends VALUES ('a', 'x', 'eu', '10.0.0.300', 0, 1, 1, 1, 0, 0),"
      "('b', 'x', 'eu', '10.0.0.1', 'http', 7, -1, 5, 3, 0), ('c', NULL, 'eu', '10.0.0.1', 80, 1, 1, 5, 3, 0),"
      "('d' || char(10), 'x', 'eu', x'00ff', 80, 1, 1, 1, 0, 0), ('e', 'x', 'eu', '10.0.0.1', 80, 1, 1, 5, 3, 0);");
  CHECK_TRUE(read() == DbRead::faulty);
  told("NVJ2000 backend 'a' (row 1): wg_ip '10.0.0.300' is neither");
  told("backend 'b' (row 2): port 'http' is no port");
  told("backend 'b' (row 2): healthy '7' is neither 0 nor 1");
  told("backend 'b' (row 2): weight '-1' is no weight");
  told("backend 'c' (row 3): app is NULL");
  told("backend 'd\\x0a' (row 4): id 'd\\x0a' has a blank");
  told("(row 4): wg_ip");
  told("backend 'e' (row 5): hard_limit '3' is lower than soft_limit (5)");
  CHECK_TRUE(all().find(path) == 0);
}

TEST(RoutingDb, ids_that_stand_twice_are_a_fault_where_the_table_has_no_key) {
  run("CREATE TABLE backends (id, app, region, wg_ip, port, healthy, weight, soft_limit, hard_limit);"
      "INSERT INTO backends VALUES ('a', 'x', '', '10.0.0.1', 80, 1, 1, 1, 0),"
      "('a', 'x', '', '10.0.0.2', 80, 1, 1, 1, 0)");
  CHECK_TRUE(read() == DbRead::faulty);
  told("backend 'a' (row 2): id stands in the table twice");
}

TEST(RoutingDb, files_of_another_kind_are_named_clearly) {
  CHECK_TRUE(read() == DbRead::faulty);
  told("cannot be read: No such file");
  run("CREATE TABLE songs (name); CREATE TABLE albums (name)");
  CHECK_TRUE(read() == DbRead::faulty);
  told("has no table 'backends': it is no routing.db (it has the tables albums, songs)");
  run("CREATE TABLE backends (id, wg_ip)");
  CHECK_TRUE(read() == DbRead::faulty);
  told("its table 'backends' has no column app, region, port, healthy, weight, soft_limit, hard_limit");
  folder.write("routing.db", "this is a text that is long enough to be no SQLite file, whatever else it may be. " +
                                 std::string(1000, '.'));
  CHECK_TRUE(read() == DbRead::faulty);
  told("is no SQLite file, or damaged");
}

TEST(RoutingDb, a_table_has_a_limit_and_deleted_or_expired_rows_do_not_count) {
  RoutingDb db = opened();
  run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4097) "
      "INSERT INTO backends (id, app, wg_ip, port) SELECT 'b' || i, 'a', '10.0.0.1', 80 FROM n");
  CHECK_TRUE(read() == DbRead::faulty);
  told("has 4097 backends; 4096 are the limit");
  run("UPDATE backends SET expires = 1800000000 WHERE id = 'b1'");
  CHECK_TRUE(read() == DbRead::good);
  LONGS_EQUAL(kMaxBackends, rows.size());
  run("UPDATE backends SET deleted = 1 WHERE id <> 'b7'");
  CHECK_TRUE(read() == DbRead::good);
  LONGS_EQUAL(1, rows.size());
}

TEST(RoutingDb, what_is_written_is_read) {
  BackendRow whole = row("a", "fd00::7");
  whole.region = "eu";
  whole.country = "CH";
  whole.healthy = false;
  whole.weight = 3;
  whole.soft_limit = 10;
  whole.hard_limit = 20;
  whole.zone = "z1";
  whole.priority = 2;
  whole.draining = whole.tls = true;
  whole.sni = "web.example.org";
  whole.send_proxy = SendProxy::v2;
  whole.source_address = "fd00::1";
  whole.bind_device = "wg0";
  whole.check = "http:/up=204";
  whole.expires = kNow + 60;
  STRCMP_EQUAL("", why(opened().add(whole)).c_str());
  CHECK_TRUE(read() == DbRead::good);
  LONGS_EQUAL(1, rows.size());
  CHECK_TRUE(rows[0] == whole);
}

TEST(RoutingDb, what_is_added_stands_there_once) {
  RoutingDb db = opened();
  STRCMP_EQUAL("", why(db.add(row("a"))).c_str());
  STRCMP_EQUAL("there is a backend 'a' already", why(db.add(row("a"))).c_str());
  run("UPDATE backends SET deleted = 1");
  STRCMP_EQUAL("", why(db.add(row("a"))).c_str());
  BackendRow bad = row("b");
  bad.soft_limit = 2;
  bad.hard_limit = 1;
  STRCMP_CONTAINS("hard_limit '1' is lower", why(db.add(bad)).c_str());
  LONGS_EQUAL(1, db.rows()->size());
}

TEST(RoutingDb, a_file_of_edgeproxy_gets_the_columns_it_lacks_and_keeps_those_of_others) {
  run(std::string(kEdgeProxy) + "ALTER TABLE backends ADD COLUMN rack TEXT;"
      "INSERT INTO backends VALUES ('a', 'x', 'eu', '10.0.0.1', 80, 1, 2, 50, 100, 0, 'r7');");
  RoutingDb db = opened();
  const std::vector<RoutingDb::Change> changes = {{"zone", "z1"}, {"hard_limit", "200"}};
  const auto changed = db.change("a", changes);
  CHECK_TRUE(changed.ok());
  CHECK_TRUE(read() == DbRead::good);
  CHECK_TRUE(rows[0] == *changed);
  STRCMP_EQUAL("z1", rows[0].zone.c_str());
  LONGS_EQUAL(200, rows[0].hard_limit);
  LONGS_EQUAL(2, rows[0].weight);
  auto file = SqliteFile::open(path, SqliteFile::Access::read, std::chrono::milliseconds(1));
  auto statement = file->prepare("SELECT rack FROM backends");
  CHECK_TRUE(*statement->step());
  STRCMP_EQUAL("r7", statement->text(0)->c_str());
}

TEST(RoutingDb, a_change_with_a_fault_changes_nothing) {
  RoutingDb db = opened();
  STRCMP_EQUAL("", why(db.add(row("a"))).c_str());
  const auto fails = [&](const char* id, const char* column, const char* text) {
    const std::vector<RoutingDb::Change> changes = {{"zone", "new"}, {column, text}};
    const auto done = db.change(id, changes);
    return done.ok() ? std::string() : done.error().text;
  };
  STRCMP_EQUAL("there is no backend 'b'", fails("b", "zone", "x").c_str());
  STRCMP_CONTAINS("port '0' is no port", fails("a", "port", "0").c_str());
  STRCMP_CONTAINS("there is no column 'prt', did you mean 'port'?", fails("a", "prt", "0").c_str());
  STRCMP_EQUAL("an id cannot be changed", fails("a", "id", "c").c_str());
  STRCMP_EQUAL("", (*db.rows())[0].zone.c_str());
}

TEST(RoutingDb, a_faulty_row_can_be_mended_and_removed) {
  run(std::string(kEdgeProxy) + "INSERT INTO backends VALUES ('a', 'x', 'eu', '10.0.0.1', 80, 1, 2, 50, 10, 0),"
                                "('b', 'x', 'eu', 'no where', 80, 1, 2, 50, 100, 0);");
  CHECK_TRUE(read() == DbRead::faulty);
  RoutingDb db = opened();
  const std::vector<RoutingDb::Change> changes = {{"hard_limit", "0"}};
  CHECK_TRUE(db.change("a", changes).ok());
  STRCMP_EQUAL("", why(db.remove("b")).c_str());
  STRCMP_EQUAL("there is no backend 'b'", why(db.remove("b")).c_str());
  CHECK_TRUE(read() == DbRead::good);
}

TEST(RoutingDb, nothing_is_written_into_a_file_of_another_program) {
  run("CREATE TABLE songs (name)");
  const auto db = RoutingDb::open(path, RoutingDb::Missing::create);
  CHECK_FALSE(db.ok());
  STRCMP_CONTAINS("it is no routing.db", db.error().text.c_str());
  run("CREATE TABLE backends (id)");
  CHECK_FALSE(RoutingDb::open(path, RoutingDb::Missing::create).ok());
  CHECK_FALSE(RoutingDb::open(folder.file("none.db"), RoutingDb::Missing::fault).ok());
}

TEST(RoutingDb, an_import_is_whole_or_not_at_all) {
  RoutingDb db = opened();
  STRCMP_EQUAL("", why(db.add(row("a"))).c_str());
  std::vector<BackendRow> some = {row("a", "10.0.0.9"), row("b"), row("c")};
  LONGS_EQUAL(1, *db.import(some, RoutingDb::Others::keep));
  LONGS_EQUAL(3, db.rows()->size());
  some = {row("d"), row("e")};
  some[1].port = 0;
  CHECK_FALSE(db.import(some, RoutingDb::Others::remove).ok());
  LONGS_EQUAL(3, db.rows()->size());
  some[1].port = 1;
  LONGS_EQUAL(0, *db.import(some, RoutingDb::Others::remove));
  LONGS_EQUAL(2, db.rows()->size());
  std::vector<BackendRow> many;
  for (size_t i = 0; i <= kMaxBackends; i++) many.push_back(row(("m" + std::to_string(i)).c_str()));
  CHECK_FALSE(db.import(many, RoutingDb::Others::remove).ok());
  LONGS_EQUAL(2, db.rows()->size());
}

TEST(RoutingDb, registered_backends_live_from_heartbeat_to_heartbeat) {
  using Registered = RoutingDb::Registered;
  RoutingDb db = opened();
  STRCMP_EQUAL("", why(db.add(row("static"))).c_str());
  BackendRow one = row("r1");
  one.expires = kNow + 60;
  CHECK_TRUE(*db.register_row(one, kNow, 1) == Registered::yes);
  one.weight = 5;
  CHECK_TRUE(*db.register_row(one, kNow + 1, 1) == Registered::yes);
  BackendRow two = row("r2");
  two.expires = kNow + 60;
  CHECK_TRUE(*db.register_row(two, kNow + 1, 1) == Registered::too_many);
  BackendRow thief = row("static");
  thief.expires = kNow + 60;
  CHECK_TRUE(*db.register_row(thief, kNow, 10) == Registered::not_registered);
  CHECK_TRUE(*db.prolong("r1", kNow + 59, kNow + 119));
  CHECK_FALSE(*db.prolong("r1", kNow + 119, kNow + 179));
  CHECK_FALSE(*db.prolong("static", kNow, kNow + 60));
  CHECK_FALSE(*db.prolong("none", kNow, kNow + 60));
  // What has expired makes room.
  two.expires = kNow + 200;
  CHECK_TRUE(*db.register_row(two, kNow + 120, 1) == Registered::yes);
  LONGS_EQUAL(2, db.rows()->size());
  CHECK_FALSE(*db.remove_registered("static"));
  CHECK_TRUE(*db.remove_registered("r2"));
  LONGS_EQUAL(1, db.rows()->size());
}

TEST(RoutingDb, who_may_only_read_reads_a_file_in_wal_mode_that_nobody_has_open) {
  if (geteuid() != 0) return;  // there is nobody else to become
  STRCMP_EQUAL("", why(opened().add(row("a"))).c_str());
  chmod(folder.path().c_str(), 0755);
  chmod(path.c_str(), 0644);
  const pid_t child = fork();
  if (child == 0) {
    if (setgroups(0, nullptr) != 0 || setgid(65534) != 0 || setuid(65534) != 0) _exit(2);
    config::Diagnostics told;
    std::vector<BackendRow> read;
    const bool good = read_backends(path, std::chrono::milliseconds(1), kNow, read, told) == DbRead::good;
    if (!told.faults().empty()) fprintf(stderr, "%s\n", told.faults()[0].line().c_str());
    _exit(good && read.size() == 1 ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  LONGS_EQUAL(0, status);
}

TEST(RoutingDb, a_file_that_another_program_has_locked_is_busy_and_no_fault) {
  run(std::string(kEdgeProxy));  // no WAL: readers and writers exclude each other
  auto other = SqliteFile::open(path, SqliteFile::Access::write, std::chrono::milliseconds(1));
  CHECK_TRUE(other->run("BEGIN EXCLUSIVE").ok());
  CHECK_TRUE(read() == DbRead::busy);
  STRCMP_EQUAL("", all().c_str());
  CHECK_TRUE(other->run("COMMIT").ok());
  CHECK_TRUE(read() == DbRead::good);
}

#endif
