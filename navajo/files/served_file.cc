#include "navajo/files/served_file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "navajo/base/ascii.h"
#include "navajo/reactor/offload.h"

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20  // Linux 5.12: fail with EAGAIN instead of asking the disk
#endif

namespace navajo::files {
namespace {

// A FIFO must not hold the thread, a terminal not become ours.
constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

int open_with_kernel(int base, const char* path, int flags, uint64_t resolve) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags);
  how.resolve = resolve;
  return static_cast<int>(syscall(SYS_openat2, base, path, &how, sizeof how));
}

int open_step_by_step(int base, std::string path) {
  int folder = fcntl(base, F_DUPFD_CLOEXEC, 0);
  size_t from = 0;
  for (size_t slash; folder >= 0 && (slash = path.find('/', from)) != std::string::npos; from = slash + 1) {
    path[slash] = '\0';
    const int next = openat(folder, path.c_str() + from, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const int error = errno;
    close(folder);
    errno = error;
    folder = next;
  }
  if (folder < 0) return -1;
  const char* const last = from < path.size() ? path.c_str() + from : ".";
  const int file = openat(folder, last, kOpenFlags | O_NOFOLLOW);
  const int error = errno;
  close(folder);
  errno = error;
  return file;
}

// One descriptor, or -1 and errno. EAGAIN with `resolve` RESOLVE_CACHED: the disk has to be asked.
int open_below(const std::string& base, const std::string& path, PathResolver resolver, uint64_t cached) {
  int folder = -1;
  if (resolver == PathResolver::kernel)
    folder = open_with_kernel(AT_FDCWD, base.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC, cached);
  if (resolver == PathResolver::step_by_step) folder = open(base.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return -1;
  const int file = resolver == PathResolver::kernel
                       ? open_with_kernel(folder, path.c_str(), kOpenFlags,
                                          RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | cached)
                       : open_step_by_step(folder, path);
  const int error = errno;
  close(folder);
  errno = error;
  return file;
}

FileStatus status_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ENXIO:  // a socket
    case ENODEV: return FileStatus::none;
    case EACCES:
    case EPERM: return FileStatus::forbidden;
    case EXDEV:
    case ELOOP: return FileStatus::escape;
    default: return FileStatus::failed;
  }
}

}  // namespace

bool is_served_path(std::string_view path) {
  if (path.empty() || path[0] != '/' || path.find('\0') != std::string_view::npos) return false;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (base::same_ignoring_case(segment, "WEB-INF") || base::same_ignoring_case(segment, "META-INF")) return false;
    if (!segment.empty() && segment[0] == '.' && segment != ".well-known") return false;
    path.remove_prefix(segment.size());
    if (segment.empty() && !path.empty()) return false;  // "//"
  }
  return true;
}

ServedFile::ServedFile(const std::string& base, std::string_view path, PathResolver resolver) {
  if (!is_served_path(path)) return;
  const std::string relative(path.size() > 1 ? path.substr(1) : std::string_view("."));
  if (resolver == PathResolver::kernel) {
    fd_ = open_below(base, relative, PathResolver::kernel, RESOLVE_CACHED);
    error_ = fd_ < 0 ? errno : 0;
    // An old kernel, or a container's system call filter; a file without permission is EACCES.
    if (error_ == ENOSYS || error_ == EPERM) resolver = PathResolver::step_by_step;
  }
  if (fd_ < 0 && (resolver == PathResolver::step_by_step || error_ == EAGAIN || error_ == EINVAL)) {
    const bool ran = reactor::offload([&] {
      fd_ = open_below(base, relative, resolver, 0);
      error_ = fd_ < 0 ? errno : 0;
    });
    if (!ran) {
      status_ = FileStatus::busy;
      return;
    }
  }
  if (fd_ < 0 || fstat(fd_, &stat_) != 0) {
    if (fd_ >= 0) error_ = errno;
    status_ = status_of(error_);
  } else if (S_ISDIR(stat_.st_mode)) {
    status_ = FileStatus::folder;
  } else {
    status_ = S_ISREG(stat_.st_mode) ? FileStatus::file : FileStatus::none;
  }
}

ServedFile::~ServedFile() {
  if (fd_ >= 0) close(fd_);
}

ssize_t ServedFile::read(std::span<char> into, uint64_t offset) {
  size_t done = 0;
  while (done < into.size()) {
    const iovec part{into.data() + done, into.size() - done};
    const off_t at = static_cast<off_t>(offset + done);
    // Only what is in the page cache; a file system that cannot say so answers EOPNOTSUPP.
    ssize_t got = preadv2(fd_, &part, 1, at, RWF_NOWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EOPNOTSUPP || errno == ENOSYS)) {
      const bool ran = reactor::offload([&] {
        got = pread(fd_, part.iov_base, part.iov_len, at);
        error_ = got < 0 ? errno : 0;
      });
      if (!ran) {
        status_ = FileStatus::busy;
        return -1;
      }
      errno = error_;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      error_ = errno;
      status_ = FileStatus::failed;
      return -1;
    }
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return static_cast<ssize_t>(done);
}

}  // namespace navajo::files
