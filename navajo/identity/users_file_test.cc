#include "navajo/identity/users_file.h"

#include <string>
#include <vector>

#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::identity;
using navajo::config::Diagnostics;
using std::chrono::seconds;

namespace {
const std::string kHash = "$2b$10$R25bxT7i3YeECUhljBrM6.H5SauyiyqXmibYRbWEHEB6x3vZoIAxu";
}

TEST_GROUP(UsersFile) {
  Diagnostics faults;
  Users parse(const std::string& text) { return parse_users(text, "users.txt", faults); }
  std::string fault(const std::string& text) {
    Diagnostics found;
    parse_users(text, "users.txt", found);
    return found.ok() ? "" : found.faults().front().line();
  }
};

TEST(UsersFile, name_hash_roles_and_attributes) {
  const Users users = parse("# people\n\n anna:" + kHash + ": clerk, admin :mail=a@b.example; lang = de\nbob:" + kHash);
  CHECK(faults.ok());
  CHECK_EQUAL(2u, users.size());
  const User& anna = users.find("anna")->second;
  CHECK(anna.roles == (std::vector<std::string>{"clerk", "admin"}));
  STRCMP_EQUAL("mail", anna.attributes[0].first.c_str());
  STRCMP_EQUAL("de", anna.attributes[1].second.c_str());
  CHECK(users.find("bob")->second.roles.empty());
}

TEST(UsersFile, every_fault_names_its_place_and_never_the_hash) {
  STRCMP_CONTAINS("users.txt:2:1:", fault("\n:" + kHash).c_str());
  STRCMP_CONTAINS("users.txt:1:6:", fault("anna:plain-secret").c_str());
  CHECK(fault("anna:plain-secret").find("plain-secret") == std::string::npos);
  STRCMP_CONTAINS("no password", fault("anna").c_str());
  STRCMP_CONTAINS("second time", fault("a:" + kHash + "\na:" + kHash).c_str());
  STRCMP_CONTAINS("attribute=value", fault("a:" + kHash + ":r:mail").c_str());
  STRCMP_CONTAINS("control", fault("a\x01:" + kHash).c_str());
}

TEST(UsersFile, is_read_again_when_it_has_changed_and_keeps_the_old_users_when_the_new_text_is_bad) {
  navajo::config::TemporaryFolder folder;
  const std::string path = folder.write("users.txt", "anna:" + kHash + "\n");
  navajo::base::ManualClock clock;
  UsersFile file(path, {}, faults);
  CHECK(faults.ok());
  CHECK_EQUAL(1u, file.users(clock.now(), seconds(1))->size());
  folder.write("users.txt", "anna:" + kHash + "\nbob:" + kHash + "\n");
  CHECK_EQUAL(1u, file.users(clock.now(), seconds(1))->size());  // not looked at yet
  clock.advance(seconds(1));
  CHECK_EQUAL(2u, file.users(clock.now(), seconds(1))->size());
  folder.write("users.txt", "anna\n");
  clock.advance(seconds(1));
  CHECK_EQUAL(2u, file.users(clock.now(), seconds(1))->size());
  CHECK_EQUAL(1u, file.refused_reloads());
}

TEST(UsersFile, a_file_that_is_not_there_is_a_fault_where_it_is_named) {
  UsersFile file("/nowhere/users.txt", {"web.xml", 7, 3}, faults);
  CHECK_FALSE(faults.ok());
  STRCMP_CONTAINS("web.xml:7:3:", faults.faults().front().line().c_str());
}
