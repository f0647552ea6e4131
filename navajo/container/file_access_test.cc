#include "navajo/container/file_access.h"

#include <sys/stat.h>
#include <unistd.h>

#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::container;

TEST_GROUP(FileAccess) { config::TemporaryFolder folder; };

TEST(FileAccess, another_user_may_read_what_all_may) {
  if (geteuid() != 0) return;  // nobody can become somebody else
  chmod(folder.path().c_str(), 0755);
  const std::string file = folder.write("rules.xml", "<rules/>");
  chmod(file.c_str(), 0644);
  CHECK(may_read("nobody", file));
  CHECK(may_read("#65534", file));
  chmod(file.c_str(), 0600);
  CHECK(!may_read("nobody", file));
  chmod(file.c_str(), 0644);
  chmod(folder.path().c_str(), 0700);
  CHECK(!may_read("nobody", file));
}

TEST(FileAccess, who_writes_a_file_needs_its_folder_too) {
  const std::string file = folder.write("routing.db", "");
  CHECK(may_write("", file));
  CHECK(!may_write("", folder.file("none")));
  if (geteuid() != 0) return;
  chmod(folder.path().c_str(), 0755);
  chmod(file.c_str(), 0666);
  CHECK(!may_write("nobody", file));
  chmod(folder.path().c_str(), 0777);
  CHECK(may_write("nobody", file));
  chmod(file.c_str(), 0644);
  CHECK(!may_write("nobody", file));
}

TEST(FileAccess, who_is_not_known_is_not_judged) {
  CHECK(may_read("nobody-of-that-name", folder.file("x")));
}

TEST(FileAccess, the_user_is_that_of_server) {
  config::ServerElement server;
  STRCMP_EQUAL("", user_of_children(server).c_str());
  server.directives.push_back({"User", "www", {}, true});
  STRCMP_EQUAL(geteuid() == 0 ? "www" : "", user_of_children(server).c_str());
}
