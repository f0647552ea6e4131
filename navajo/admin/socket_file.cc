#include "navajo/admin/socket_file.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace navajo::admin {
namespace {

constexpr int kBacklog = 32;

base::Failed<base::Error> failed(const std::string& path, const char* what) {
  return {base::Error{path + " " + what + ": " + strerror(errno)}};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    const int kept = errno;
    if (fd_ >= 0) close(fd_);
    errno = kept;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

// The folder, and the name in it as an address: "/proc/self/fd/7/admin.sock".
struct Address {
  explicit Address(const std::string& path)
      : folder(open(std::filesystem::path(path).parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    const std::string name = std::filesystem::path(path).filename().string();
    address.sun_family = AF_UNIX;
    const int length = snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder.get(),
                                name.c_str());
    fits = !name.empty() && length > 0 && static_cast<size_t>(length) < sizeof address.sun_path;
    if (!fits) errno = ENAMETOOLONG;
  }
  bool ok() const { return fits && folder.get() >= 0; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }

  Descriptor folder;
  sockaddr_un address{};
  bool fits = false;
};

}  // namespace

base::Result<ListeningSocket> listen_at(const std::string& path, std::optional<gid_t> group) {
  const std::string made = path + ".new";
  const Address address(made);
  if (!address.ok()) return failed(path, "cannot be made");
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // The file gets the mode that the socket has: there is no moment at which others could connect.
  if (socket.get() < 0 || fchmod(socket.get(), 0600) != 0) return failed(path, "cannot be made");
  unlink(made.c_str());
  if (bind(socket.get(), address.get(), sizeof address.address) != 0) return failed(path, "cannot be made");
  ListeningSocket out;
  struct stat about {};
  base::Status<> access = set_access(made, group);
  if (access.ok() && (listen(socket.get(), kBacklog) != 0 || lstat(made.c_str(), &about) != 0 ||
                      rename(made.c_str(), path.c_str()) != 0))
    access = failed(path, "cannot be made");
  if (!access.ok()) {
    unlink(made.c_str());
    return base::Failed{access.error()};
  }
  out.inode = about.st_ino;
  out.fd = socket.release();
  return out;
}

base::Status<> set_access(const std::string& path, std::optional<gid_t> group) {
  struct stat about {};
  if (lstat(path.c_str(), &about) != 0) return failed(path, "cannot be looked at");
  const gid_t wanted = group.value_or(getegid());
  const mode_t mode = group ? 0660 : 0600;
  if (about.st_gid == wanted && (about.st_mode & 07777) == mode) return base::Done{};
  // Closed to everybody's group first: the one it had must not keep what the new one gets.
  if (chmod(path.c_str(), 0600) != 0 || lchown(path.c_str(), static_cast<uid_t>(-1), wanted) != 0 ||
      chmod(path.c_str(), mode) != 0)
    return failed(path, "cannot be given to its group");
  return base::Done{};
}

bool leads_to(const std::string& path, ino_t inode) {
  struct stat about {};
  return lstat(path.c_str(), &about) == 0 && S_ISSOCK(about.st_mode) && about.st_ino == inode;
}

void remove_socket(const std::string& path, ino_t inode) {
  if (leads_to(path, inode)) unlink(path.c_str());
}

base::Result<int> connect_to(const std::string& path) {
  const Address address(path);
  if (!address.ok()) return failed(path, "cannot be reached");
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0 || connect(socket.get(), address.get(), sizeof address.address) != 0)
    return failed(path, "cannot be reached");
  return socket.release();
}

}  // namespace navajo::admin
