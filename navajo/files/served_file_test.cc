#include "navajo/files/served_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::files;

TEST_GROUP(ServedFile) {
  config::TemporaryFolder outside, base;

  void setup() override {
    base.write("a/b.txt", "hello");
    base.write("WEB-INF/web.xml", "secret");
    base.write("a/Meta-Inf/x", "secret");
    base.write(".git/config", "secret");
    base.write(".well-known/x", "public");
    outside.write("passwd", "secret");
    link(outside.file("passwd"), "absolute");
    link("a/b.txt", "inside");
    link("../" + outside.path().substr(outside.path().rfind('/') + 1) + "/passwd", "upwards");
    link(outside.path(), "folder");
    link("loop", "loop");
    LONGS_EQUAL(0, mkfifo(base.file("fifo").c_str(), 0600));
  }
  void link(const std::string& to, const std::string& name) {
    LONGS_EQUAL(0, symlink(to.c_str(), base.file(name).c_str()));
  }
  FileStatus status(std::string_view path, PathResolver resolver = PathResolver::kernel) {
    return ServedFile(base.path(), path, resolver).status();
  }
};

TEST(ServedFile, opens_files_and_folders) {
  for (const PathResolver resolver : {PathResolver::kernel, PathResolver::step_by_step}) {
    CHECK_TRUE(status("/a/b.txt", resolver) == FileStatus::file);
    CHECK_TRUE(status("/", resolver) == FileStatus::folder);
    CHECK_TRUE(status("/a", resolver) == FileStatus::folder);
    CHECK_TRUE(status("/a/", resolver) == FileStatus::folder);
    CHECK_TRUE(status("/.well-known/x", resolver) == FileStatus::file);
    CHECK_TRUE(status("/none", resolver) == FileStatus::none);
    CHECK_TRUE(status("/a/b.txt/", resolver) == FileStatus::none);
    CHECK_TRUE(status("/a/b.txt/c", resolver) == FileStatus::none);
    CHECK_TRUE(status("/" + std::string(300, 'x'), resolver) == FileStatus::none);
    CHECK_TRUE(status("/fifo", resolver) == FileStatus::none);
  }
}

TEST(ServedFile, never_opens_what_is_not_public) {
  for (const char* path : {"/WEB-INF/web.xml", "/web-inf/web.xml", "/Web-Inf", "/a/Meta-Inf/x", "/a/META-INF/x",
                           "/.git/config", "/a/../WEB-INF/web.xml", "/./WEB-INF/web.xml", "//WEB-INF/web.xml",
                           "/a/..", "a/b.txt", ""})
    CHECK_TRUE_TEXT(status(path) == FileStatus::none, path);
  CHECK_TRUE(status(std::string_view("/a/b.txt\0.html", 14)) == FileStatus::none);
}

TEST(ServedFile, does_not_follow_a_link_out_of_the_folder) {
  for (const char* path : {"/absolute", "/upwards", "/folder/passwd", "/loop"})
    CHECK_TRUE_TEXT(status(path) == FileStatus::escape, path);
  CHECK_TRUE(status("/inside") == FileStatus::file);
}

TEST(ServedFile, without_help_of_the_kernel_follows_no_link_at_all) {
  for (const char* path : {"/absolute", "/upwards", "/inside", "/loop"})
    CHECK_TRUE_TEXT(status(path, PathResolver::step_by_step) == FileStatus::escape, path);
  CHECK_TRUE(status("/folder/passwd", PathResolver::step_by_step) != FileStatus::file);
}

TEST(ServedFile, reads_at_an_offset_up_to_the_end) {
  ServedFile file(base.path(), "/a/b.txt");
  char buffer[16];
  LONGS_EQUAL(5, file.size());
  LONGS_EQUAL(3, file.read(std::span<char>(buffer, 3), 1));
  STRNCMP_EQUAL("ell", buffer, 3);
  LONGS_EQUAL(2, file.read(std::span<char>(buffer, 16), 3));
  LONGS_EQUAL(0, file.read(std::span<char>(buffer, 16), 5));
}

TEST(ServedFile, says_when_there_is_no_permission) {
  if (geteuid() == 0) return;  // root has it
  base.write("locked", "x");
  LONGS_EQUAL(0, chmod(base.file("locked").c_str(), 0));
  CHECK_TRUE(status("/locked") == FileStatus::forbidden);
}

TEST(ServedFile, a_missing_base_has_no_files) {
  CHECK_TRUE(ServedFile(base.file("nowhere"), "/a").status() == FileStatus::none);
}
