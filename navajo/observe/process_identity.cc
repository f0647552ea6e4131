#include "navajo/observe/process_identity.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace navajo::observe {
namespace {

struct Stat {
  bool read = false;
  char state = 0;
  uint32_t mark = 0;
};

Stat stat_of(pid_t pid) {
  Stat found;
  char path[40];
  snprintf(path, sizeof path, "/proc/%ld/stat", static_cast<long>(pid));
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return found;
  char line[1024];
  const ssize_t length = read(fd, line, sizeof line - 1);
  close(fd);
  if (length <= 0) return found;
  line[length] = 0;
  // The name in field 2 may hold blanks and brackets: what follows the last ')' is field 3.
  const char* at = strrchr(line, ')');
  if (!at || at[1] != ' ') return found;
  at += 2;
  found.state = *at;
  for (int field = 3; field < 22; field++) {
    at = strchr(at, ' ');
    if (!at) return found;
    at++;
  }
  found.mark = static_cast<uint32_t>(strtoull(at, nullptr, 10));
  found.read = true;
  return found;
}

}  // namespace

ProcessIdentity ProcessIdentity::of(pid_t pid) {
  const Stat found = stat_of(pid);
  return ProcessIdentity(static_cast<uint64_t>(static_cast<uint32_t>(pid)) << 32 | (found.read ? found.mark : 0));
}

ProcessIdentity ProcessIdentity::self() { return of(getpid()); }

bool ProcessIdentity::alive() const {
  if (pid() <= 0) return false;
  if (kill(pid(), 0) != 0 && errno == ESRCH) return false;
  const Stat found = stat_of(pid());
  if (!found.read) return true;  // it exists and is not ours to look at
  if (found.state == 'Z' || found.state == 'X') return false;
  return mark() == 0 || found.mark == mark();
}

}  // namespace navajo::observe
