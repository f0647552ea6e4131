// A file below a folder, opened so that nothing can lead out of the folder: no "..", no symbolic link that leaves it,
// no WEB-INF or META-INF in any case, no name with a leading dot but .well-known. The kernel enforces it while it
// resolves the path (openat2 with RESOLVE_BENEATH); where it cannot (before Linux 5.6), every symbolic link is refused.
//
// What is in the kernel's caches is taken at once; only what would wait for a disk goes to a helper thread
// (reactor::offload), since a reactor thread that waits for a disk keeps every other connection waiting too.
// One fiber or thread per object.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace navajo::files {

enum class FileStatus : uint8_t {
  file,
  folder,
  none,       // no such file, or one that is not served
  forbidden,  // no permission
  escape,     // a symbolic link that leads out
  failed,     // the disk, or no descriptors left
  busy,       // too much waits for the disk already
};

enum class PathResolver : uint8_t { kernel, step_by_step };

class ServedFile {
 public:
  // path: decoded, starts with "/". base: absolute folder.
  ServedFile(const std::string& base, std::string_view path, PathResolver resolver = PathResolver::kernel);
  ~ServedFile();
  ServedFile(const ServedFile&) = delete;
  ServedFile& operator=(const ServedFile&) = delete;

  FileStatus status() const { return status_; }
  int error() const { return error_; }  // errno, for a log line
  uint64_t size() const { return static_cast<uint64_t>(stat_.st_size); }
  const struct stat& properties() const { return stat_; }

  // Bytes at offset; fewer than asked for only at the end of the file; -1: error() or busy.
  ssize_t read(std::span<char> into, uint64_t offset);

 private:
  int fd_ = -1;
  FileStatus status_ = FileStatus::none;
  int error_ = 0;
  struct stat stat_ {};
};

// Every segment of the path may be served.
bool is_served_path(std::string_view path);

}  // namespace navajo::files
