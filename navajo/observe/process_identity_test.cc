#include "navajo/observe/process_identity.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CppUTest/TestHarness.h"

using navajo::observe::ProcessIdentity;

TEST_GROUP(ProcessIdentity){};

TEST(ProcessIdentity, names_this_process_and_knows_it_alive) {
  const ProcessIdentity self = ProcessIdentity::self();
  LONGS_EQUAL(getpid(), self.pid());
  CHECK(self.mark() != 0);
  CHECK(self.alive());
  CHECK(ProcessIdentity(self.word()).alive());
}

TEST(ProcessIdentity, is_not_alive_when_the_pid_belongs_to_a_process_started_at_another_time) {
  const uint64_t other = ProcessIdentity::self().word() ^ 1;
  CHECK_FALSE(ProcessIdentity(other).alive());
}

TEST(ProcessIdentity, trusts_the_pid_where_no_mark_could_be_read) {
  CHECK(ProcessIdentity(static_cast<uint64_t>(getpid()) << 32).alive());
}

TEST(ProcessIdentity, of_nobody_is_not_alive) { CHECK_FALSE(ProcessIdentity().alive()); }

TEST(ProcessIdentity, takes_a_zombie_for_dead) {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  const ProcessIdentity identity = ProcessIdentity::of(child);
  CHECK(identity.alive());
  kill(child, SIGKILL);
  siginfo_t gone;
  LONGS_EQUAL(0, waitid(P_PID, child, &gone, WEXITED | WNOWAIT));
  CHECK_FALSE(identity.alive());
  waitpid(child, nullptr, 0);
  CHECK_FALSE(identity.alive());
}
