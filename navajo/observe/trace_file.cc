#include "navajo/observe/trace_file.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

extern char** environ;

namespace navajo::observe {
namespace {

constexpr int kTurnsOfAPath = 100;  // rotations that may come between an open and a lock

// Runs in the background of the shell, which is gone at once: nobody has to wait for it. $1 the program, $2 the
// version, $3 its compressed name. A version that cannot be compressed stays as it is.
constexpr char kCompress[] =
    R"(($1 <"$2" >"$3.part" 2>/dev/null && mv -f "$3.part" "$3" && rm -f "$2" || rm -f "$3.part") &)";

constexpr const char* kSuffixes[] = {"", ".gz", ".bz2", ".xz", ".zst", ".z"};

const char* suffix_of(std::string_view program) {
  const std::string_view word = program.substr(0, program.find(' '));
  const std::string_view name = word.substr(word.rfind('/') + 1);
  if (name == "gzip" || name == "pigz") return ".gz";
  if (name == "bzip2") return ".bz2";
  if (name == "xz") return ".xz";
  if (name == "zstd") return ".zst";
  return ".z";
}

bool same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

}  // namespace

bool TraceFile::fail(const char* what) {
  error_ = std::string("cannot ") + what + " " + options_.path + ": " + strerror(errno);
  return false;
}

void TraceFile::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

bool TraceFile::open() {
  close();
  // Without waiting: in a folder of the children's there may be a FIFO by this name.
  fd_ = ::open(options_.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK,
               options_.access);
  if (fd_ < 0) return fail("open");
  struct stat file;
  if (fstat(fd_, &file) != 0) return fail("look at");
  if (!S_ISREG(file.st_mode)) {
    errno = EINVAL;
    close();
    return fail("write what is no regular file,");
  }
  const uid_t me = geteuid();
  if (file.st_uid == me && (file.st_mode & 07777) != options_.access) (void)fchmod(fd_, options_.access);
  // A second link to it would be somebody else's file.
  if (me == 0 && file.st_nlink == 1 && options_.owner != static_cast<uid_t>(-1) && file.st_uid != options_.owner &&
      fchown(fd_, options_.owner, options_.group) != 0)
    return fail("give away");
  return true;
}

bool TraceFile::create() {
  error_.clear();
  if (!open()) return false;
  if (!options_.append && ftruncate(fd_, 0) != 0) return fail("empty");
  return true;
}

// A shared lock on the file the path names now.
bool TraceFile::lock_current() {
  for (int turn = 0; turn < kTurnsOfAPath; turn++) {
    if (fd_ < 0 && !open()) return false;
    while (flock(fd_, LOCK_SH) != 0)
      if (errno != EINTR) return fail("lock");
    struct stat mine, named;
    if (fstat(fd_, &mine) == 0 && stat(options_.path.c_str(), &named) == 0 && same_file(mine, named)) {
      size_ = static_cast<uint64_t>(mine.st_size);
      return true;
    }
    close();
  }
  errno = EBUSY;
  return fail("keep hold of");
}

size_t TraceFile::append(std::string_view records) {
  size_t done = 0;
  while (done < records.size()) {
    // What a full disk left of a record is ended, so that the next one stands on a line of its own.
    if (torn_ && ::write(fd_, "\n", 1) != 1) break;
    torn_ = false;
    const ssize_t written = ::write(fd_, records.data() + done, records.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    const size_t reached = done + static_cast<size_t>(written);
    size_ += static_cast<uint64_t>(written);
    if (reached == records.size()) return reached;
    // Cut short: what is whole counts, the torn one is written again from its start.
    const size_t newline = records.substr(0, reached).rfind('\n');
    if (newline != std::string_view::npos && newline >= done) done = newline + 1;
    torn_ = done < reached;
  }
  fail("write");
  return done;
}

size_t TraceFile::write(std::string_view records) {
  error_.clear();
  if (!lock_current()) return 0;
  const size_t done = append(records);
  flock(fd_, LOCK_UN);
  if (size_ >= options_.max_size) rotate_if_full();
  // After a failure the file may have become another one (a new mount, a directory made anew).
  if (done < records.size()) close();
  return done;
}

// ---------------------------------------------------------------- rotation

std::string TraceFile::version(int number) const { return options_.path + "." + std::to_string(number); }

// With the lock of the chain: FILE.1 becomes FILE.2 and so on, compressed or not.
bool TraceFile::shift_versions() {
  for (const char* suffix : kSuffixes) {
    unlink((version(options_.max_versions) + suffix).c_str());
    for (int i = options_.max_versions - 1; i >= 1; i--)
      if (rename((version(i) + suffix).c_str(), (version(i + 1) + suffix).c_str()) != 0 && errno != ENOENT)
        return false;
  }
  return true;
}

void TraceFile::compress(int lock) {
  if (options_.compression.empty() || options_.max_versions < 1) return;
  const std::string from = version(1), to = from + suffix_of(options_.compression);
  const char* const arguments[] = {"sh",         "-c", kCompress, "sh", options_.compression.c_str(),
                                   from.c_str(), to.c_str(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // Not inherited otherwise; while the copies live, nobody renames what is being read.
  posix_spawn_file_actions_adddup2(&actions, lock, 3);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  pid_t shell;
  const int failed = posix_spawn(&shell, "/bin/sh", &actions, nullptr, const_cast<char* const*>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed) {
    rotation_error_ = "cannot start " + options_.compression + ": " + strerror(failed);
    return;
  }
  int status;
  while (waitpid(shell, &status, 0) < 0 && errno == EINTR) continue;
}

void TraceFile::rotate_if_full() {
  struct stat named;
  if (stat(options_.path.c_str(), &named) != 0 || static_cast<uint64_t>(named.st_size) < options_.max_size) return;
  rotation_error_.clear();
  const std::string lock_path = options_.path + ".lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0) {
    rotation_error_ = "cannot open " + lock_path + ": " + strerror(errno);
    return;
  }
  if (geteuid() == 0 && options_.owner != static_cast<uid_t>(-1)) (void)!fchown(lock, options_.owner, options_.group);
  const auto give_up = [&](const char* what) {
    rotation_error_ = std::string("cannot ") + what + " " + options_.path + ": " + strerror(errno);
    ::close(lock);
  };
  // Somebody else is at it, or still compresses: the file grows a little over its size meanwhile.
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) return static_cast<void>(::close(lock));
  const int file = ::open(options_.path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return give_up("open");
  struct stat mine;
  flock(file, LOCK_EX);
  const bool still_full = fstat(file, &mine) == 0 && stat(options_.path.c_str(), &named) == 0 &&
                          same_file(mine, named) && static_cast<uint64_t>(mine.st_size) >= options_.max_size;
  bool rotated = false;
  if (still_full) {
    rotated = options_.max_versions > 0
                  ? shift_versions() && rename(options_.path.c_str(), version(1).c_str()) == 0
                  : ftruncate(file, 0) == 0;
    if (!rotated) give_up("rotate");
  }
  const bool compresses = rotated && options_.max_versions > 0;
  if (compresses) (void)open();  // with owner and mode, for those who may not make it
  ::close(file);
  if (compresses) compress(lock);
  if (!still_full || rotated) ::close(lock);
}

}  // namespace navajo::observe
