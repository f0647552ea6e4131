#include "navajo/container/file_access.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "navajo/base/function_ref.h"

namespace navajo::container {
namespace {

constexpr int kUnknown = 2;
constexpr size_t kNamesRoom = 1 << 16;

// Whether `may` answers true in a process that is this user. True where that cannot be found out.
bool as_user(const std::string& user, base::FunctionRef<bool()> may) {
  std::vector<char> memory(kNamesRoom);
  passwd entry{}, *found = nullptr;
  const bool number = user.starts_with("#");
  if (number) {
    const auto id = static_cast<uid_t>(strtoul(user.c_str() + 1, nullptr, 10));
    getpwuid_r(id, &entry, memory.data(), memory.size(), &found);
  } else {
    getpwnam_r(user.c_str(), &entry, memory.data(), memory.size(), &found);
  }
  if (!found) return true;
  const pid_t child = fork();
  if (child < 0) return true;
  if (child == 0) {
    if (initgroups(found->pw_name, found->pw_gid) != 0 || setgid(found->pw_gid) != 0 || setuid(found->pw_uid) != 0)
      _exit(kUnknown);
    _exit(may() ? 0 : 1);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return !WIFEXITED(status) || WEXITSTATUS(status) != 1;
}

}  // namespace

std::string user_of_children(const config::ServerElement& server) {
  std::string user;
  if (geteuid() != 0) return user;
  for (const config::Directive& directive : server.directives)
    if (directive.name == "User") user = directive.value;
  return user;
}

bool may_read(const std::string& user, const std::string& path) {
  return as_user(user, [&] {
    return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) >= 0 || errno != EACCES;
  });
}

bool may_write(const std::string& user, const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const auto may = [&] {
    return faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) == 0 &&
           faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
  };
  return user.empty() ? may() : as_user(user, may);
}

}  // namespace navajo::container
