// navajo.log as one process writes it. All children of a server, and its parent, append to the same file and any of
// them rotates it: records go out in whole (O_APPEND, one write for as many as are there), under a shared lock on the
// file itself; who renames it holds the lock alone, and everybody looks after locking whether the path still names
// this file. So none is lost or torn, and no record reaches a file that is being compressed. A version chain (FILE.1
// is the newest) belongs to whoever holds FILE.lock; compressing goes on in a process of its own that inherits this
// lock.
//
// Nothing here throws or logs: what went wrong is in error(), for the caller to tell once. One thread at a time.
// An
// object belongs to one process: a lock would be shared with the process it was inherited from.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace navajo::observe {

struct TraceFileOptions {
  std::string path;
  uint64_t max_size = 10'000'000;
  int max_versions = 10;  // 0: the file is emptied instead
  mode_t access = 0640;
  bool append = true;  // false: the first open of a server's life empties it
  std::chrono::seconds close_when_idle{60};
  std::string compression;  // a program that reads stdin and writes stdout; empty: none
  // Of a new file, when this process is root: the user of the children has to be able to rotate it.
  uid_t owner = static_cast<uid_t>(-1);
  gid_t group = static_cast<gid_t>(-1);
};

class TraceFile {
 public:
  explicit TraceFile(TraceFileOptions options) : options_(std::move(options)) {}
  ~TraceFile() { close(); }
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;

  // Once, by the parent: makes the file, empties it if append is off.
  bool create();
  // Whole records. How many bytes of them, counted in whole records, are in the file; less than all: error() says why.
  // Rotates when the file has its size.
  size_t write(std::string_view records);
  // Renames the versions if the file has its size. For a process that does not write but may do what the others
  // may not.
  void rotate_if_full();
  void close();
  bool is_open() const { return fd_ >= 0; }

  // The last thing that failed, "cannot write logs/navajo.log: No space left on device"; empty when it went well.
  const std::string& error() const { return error_; }
  // Rotation failed while writing went well.
  const std::string& rotation_error() const { return rotation_error_; }

 private:
  bool open();
  bool lock_current();
  size_t append(std::string_view records);
  bool shift_versions();
  void compress(int lock);
  bool fail(const char* what);
  std::string version(int number) const;

  TraceFileOptions options_;
  int fd_ = -1;
  uint64_t size_ = 0;
  bool torn_ = false;  // the last write ended inside a record
  std::string error_, rotation_error_;
};

}  // namespace navajo::observe
