// Whether a database file is another one than before, or has been written, by its stamps and those of the log beside
// it.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace navajo::route {

struct FileIdentity {
  // device, inode, size, time; all 0 where there is no file
  std::array<uint64_t, 5> file{}, log{};

  static FileIdentity of(const std::string& path);
  bool same_inode(const FileIdentity& other) const { return file[0] == other.file[0] && file[1] == other.file[1]; }
  bool operator==(const FileIdentity&) const = default;
};

}  // namespace navajo::route
