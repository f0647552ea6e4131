#include "navajo/cli/run_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::cli;

TEST_GROUP(RunDirectory) {
  char folder[64] = "/tmp/navajo-rundir-XXXXXX";
  void setup() override { CHECK(mkdtemp(folder) != nullptr); }
  void teardown() override { std::filesystem::remove_all(folder); }
  std::string below(const char* name) { return std::string(folder) + "/" + name; }
  static std::string error(const navajo::base::Status<>& status) { return status ? "" : status.error().text; }
  static bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }
};

TEST(RunDirectory, root_uses_run_and_others_their_own_runtime_folder) {
  RunDirectoryQuery query;
  query.run = folder;
  query.temporary = "/tmp-x";
  query.user = 0;
  STRCMP_EQUAL(below("navajo").c_str(), run_directory_bases(query).front().c_str());
  query.user = geteuid() + 1000;
  query.xdg_runtime_dir = folder;  // not that user's
  STRCMP_EQUAL(("/tmp-x/navajo-" + std::to_string(query.user)).c_str(), run_directory_bases(query).front().c_str());
  LONGS_EQUAL(0, chown(folder, geteuid(), static_cast<gid_t>(-1)));
  if (geteuid() != 0) {
    query.user = geteuid();
    STRCMP_EQUAL(below("navajo").c_str(), run_directory_bases(query).front().c_str());
  }
}

TEST(RunDirectory, each_configuration_has_a_name_of_its_own_that_is_safe_in_a_path) {
  const std::string name = instance_name("/srv/my shop/../navajo.xml");
  CHECK(name != instance_name("/srv/my shop/navajo.xml"));
  CHECK_FALSE(has(name, "/"));
  CHECK_FALSE(has(name, "."));
  CHECK(has(instance_name("/srv/my shop/navajo.xml"), "my_shop-"));
  STRCMP_EQUAL(name.c_str(), instance_name("/srv/my shop/../navajo.xml").c_str());
  CHECK(instance_name("/" + std::string(1000, 'a') + "/navajo.xml").size() < 100);
}

TEST(RunDirectory, is_made_with_all_above_it_and_not_writable_by_others) {
  umask(0);
  STRCMP_EQUAL("", error(make_run_directory(below("navajo/a"))).c_str());
  struct stat about {};
  LONGS_EQUAL(0, stat(below("navajo/a").c_str(), &about));
  LONGS_EQUAL(0, about.st_mode & 022);
  LONGS_EQUAL(0, stat(below("navajo").c_str(), &about));
  LONGS_EQUAL(0, about.st_mode & 022);
  umask(022);
  STRCMP_EQUAL("", error(make_run_directory(below("navajo/a"))).c_str());
}

TEST(RunDirectory, refuses_one_that_others_can_write_to) {
  std::filesystem::create_directory(below("open"));
  chmod(below("open").c_str(), 0777);
  CHECK(has(error(make_run_directory(below("open"))), "can be written to by others"));
}

TEST(RunDirectory, refuses_a_link_and_a_file) {
  std::filesystem::create_directory(below("real"));
  std::filesystem::create_directory_symlink(below("real"), below("link"));
  CHECK(has(error(make_run_directory(below("link"))), "is a symbolic link"));
  std::filesystem::create_symlink("/dev/null", below("file"));
  CHECK(has(error(make_run_directory(below("file"))), "is a symbolic link"));
  CHECK(has(error(check_run_directory("/dev/null")), "is not a directory"));
}

TEST(RunDirectory, refuses_one_below_a_folder_of_ours_that_others_can_write_to) {
  std::filesystem::create_directory(below("navajo-0"));
  chmod(below("navajo-0").c_str(), 0777);
  std::filesystem::create_directory(below("navajo-0/a"));
  CHECK(has(error(make_run_directory(below("navajo-0/a"))), "can be written to by others"));
}

TEST(RunDirectory, refuses_one_of_another_user) {
  if (geteuid() != 0) return;  // nobody else can give a folder away
  std::filesystem::create_directory(below("theirs"));
  LONGS_EQUAL(0, chown(below("theirs").c_str(), 65534, 65534));
  CHECK(has(error(check_run_directory(below("theirs"))), "belongs to user 65534"));
}

TEST(RunDirectory, must_be_absolute) { CHECK(has(error(make_run_directory("a/b")), "not an absolute path")); }
