#include "navajo/admin/socket_file.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::admin;

TEST_GROUP(SocketFile) {
  std::string folder, path;
  int open_fd = -1;

  void setup() override {
    folder = (std::filesystem::temp_directory_path() / "navajo-admin-test-XXXXXX").string();
    CHECK(mkdtemp(folder.data()) != nullptr);
    path = folder + "/admin.sock";
  }
  void teardown() override {
    if (open_fd >= 0) close(open_fd);
    std::filesystem::remove_all(folder);
  }
  ListeningSocket listening(std::optional<gid_t> group = std::nullopt) {
    const auto made = listen_at(path, group);
    CHECK(made.ok());
    if (open_fd >= 0) close(open_fd);
    open_fd = made->fd;
    return *made;
  }
  bool connects() {
    const auto fd = connect_to(path);
    if (fd.ok()) close(*fd);
    return fd.ok();
  }
  mode_t mode() {
    struct stat about {};
    CHECK_EQUAL(0, lstat(path.c_str(), &about));
    return about.st_mode & 07777;
  }
};

TEST(SocketFile, is_for_its_owner_alone_whatever_the_umask) {
  const mode_t before = umask(0);
  listening();
  umask(before);
  LONGS_EQUAL(0600, mode());
  CHECK(connects());
}

TEST(SocketFile, is_given_to_a_group_and_taken_back) {
  const ListeningSocket made = listening(getegid());
  LONGS_EQUAL(0660, mode());
  CHECK(set_access(path, std::nullopt).ok());
  LONGS_EQUAL(0600, mode());
  CHECK(leads_to(path, made.inode));
}

TEST(SocketFile, replaces_what_a_killed_server_left) {
  const ListeningSocket old = listening();
  close(open_fd);
  open_fd = -1;
  CHECK_FALSE(connects());
  CHECK(leads_to(path, old.inode));
  listening();
  CHECK(connects());
  remove_socket(path, old.inode);
  CHECK(connects());
}

TEST(SocketFile, replaces_a_file_that_is_no_socket) {
  std::ofstream(path) << "text";
  std::ofstream(path + ".new") << "text";
  listening();
  CHECK(connects());
}

TEST(SocketFile, is_removed_by_who_made_it) {
  const ListeningSocket made = listening();
  remove_socket(path, made.inode);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST(SocketFile, may_lie_deeper_than_an_address_can_say) {
  std::string deep = folder;
  for (int i = 0; i < 4; i++) deep += "/" + std::string(60, 'd');
  std::filesystem::create_directories(deep);
  path = deep + "/admin.sock";
  listening();
  CHECK(connects());
}

TEST(SocketFile, says_why_there_is_none) {
  path = folder + "/nowhere/admin.sock";
  const auto made = listen_at(path, std::nullopt);
  CHECK_FALSE(made.ok());
  CHECK(made.error().text.find("No such file") != std::string::npos);
  CHECK(connect_to(path).error().text.find("No such file") != std::string::npos);
}
