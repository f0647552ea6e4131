// `navajo admin-token`: makes a token for the admin API and console, prints it once, and the line for TokenFile, which
// has its SHA-256 alone.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "navajo/cli/admin_token.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/launch.h"

namespace navajo::cli {
namespace {

bool is_token_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return isalnum(c) || std::string_view("._-@+").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

// Behind what is there; a new file is its owner's alone.
bool append_line(const std::string& path, const std::string& line) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  const bool written = write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  return close(fd) == 0 && written;
}

}  // namespace

int admin_token_command(const Arguments& arguments) {
  const std::string role = arguments.has("--role") ? arguments.value("--role") : "viewer";
  if (arguments.operands.size() != 1 || !is_token_name(arguments.operands[0])) {
    fputs("navajo: 'admin-token' takes one name: letters, digits and . _ - @ +\n", stderr);
    return kUsage;
  }
  const auto made = make_admin_token(role, arguments.operands[0]);
  if (!made.ok()) return complain(made.error().text);
  if (arguments.has("--file")) {
    const std::string path = arguments.value("--file");
    if (!append_line(path, made->line)) return complain(path + ": " + strerror(errno));
    fprintf(stderr, "%s has the token's line; the token itself, which is shown nowhere else:\n", path.c_str());
  } else {
    fprintf(stderr, "line for TokenFile: %sthe token itself, which is shown nowhere else:\n", made->line.c_str());
  }
  printf("%s\n", made->token.c_str());
  return kOk;
}

}  // namespace navajo::cli
