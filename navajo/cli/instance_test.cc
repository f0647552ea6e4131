#include "navajo/cli/instance.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::cli;

TEST_GROUP(Instance) {
  char folder[64] = "/tmp/navajo-instance-XXXXXX";
  Instance instance;
  pid_t child = 0;
  int keep_open = -1;
  void setup() override {
    CHECK(mkdtemp(folder) != nullptr);
    instance = {folder, "/etc/a/navajo.xml", std::string(folder) + "/httpd.pid"};
  }
  void teardown() override {
    if (child > 0) {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
    if (keep_open >= 0) close(keep_open);
    std::filesystem::remove_all(folder);
  }
  // A process that has the word among its arguments, and waits to be killed. Back when it has been exec'ed.
  pid_t process_with_argument(const std::string& word) {
    int executed[2], never[2];
    CHECK_EQUAL(0, pipe2(executed, O_CLOEXEC));
    CHECK_EQUAL(0, pipe2(never, O_CLOEXEC));
    child = fork();
    if (child == 0) {
      dup2(never[0], STDIN_FILENO);
      execl("/bin/sh", "sh", "-c", "read line; :", "sh", word.c_str(), nullptr);
      _exit(127);
    }
    close(executed[1]);
    close(never[0]);
    keep_open = never[1];
    char none;
    CHECK_EQUAL(0, read(executed[0], &none, 1));  // closed by exec
    close(executed[0]);
    return child;
  }
};

TEST(Instance, is_read_back_as_it_was_written) {
  instance.mpm = "worker";
  instance.logs = "console";
  CHECK(write_instance(instance).ok());
  const auto read = read_instance(folder);
  CHECK(read.ok());
  STRCMP_EQUAL(instance.config.c_str(), read->config.c_str());
  STRCMP_EQUAL(instance.pid_file.c_str(), read->pid_file.c_str());
  STRCMP_EQUAL("worker", read->mpm.c_str());
  STRCMP_EQUAL("console", read->logs.c_str());
}

TEST(Instance, a_file_without_its_members_is_called_damaged) {
  CHECK(write_file(std::string(folder) + "/instance", "config=\n").ok());
  const auto read = read_instance(folder);
  CHECK_FALSE(read.ok());
  CHECK(read.error().text.find("damaged") != std::string::npos);
}

TEST(Instance, without_a_pid_file_nothing_runs) { CHECK_FALSE(instance.running().has_value()); }

TEST(Instance, a_pid_of_another_program_is_not_taken_for_the_server) {
  CHECK(write_file(instance.pid_file, std::to_string(getpid()) + "\n").ok());
  CHECK_FALSE(instance.running().has_value());
  CHECK(write_file(instance.pid_file, "1\n").ok());
  CHECK_FALSE(instance.running().has_value());
  CHECK(write_file(instance.pid_file, "nonsense\n").ok());
  CHECK_FALSE(instance.running().has_value());
}

TEST(Instance, a_process_started_with_our_httpd_conf_is_the_server) {
  const pid_t pid = process_with_argument(instance.stub());
  CHECK(write_file(instance.pid_file, std::to_string(pid) + "\n").ok());
  const auto running = instance.running();
  CHECK(running.has_value());
  LONGS_EQUAL(pid, *running);
}

TEST(Instance, a_file_is_replaced_as_a_whole_and_never_through_a_link) {
  const std::string path = std::string(folder) + "/file";
  const std::string victim = std::string(folder) + "/victim";
  CHECK(write_file(victim, "precious").ok());
  LONGS_EQUAL(0, symlink(victim.c_str(), path.c_str()));
  CHECK(write_file(path, "new").ok());
  STRCMP_EQUAL("precious", read_file(victim)->c_str());
  STRCMP_EQUAL("new", read_file(path)->c_str());
}
