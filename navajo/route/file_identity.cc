#include "navajo/route/file_identity.h"

#include <sys/stat.h>

namespace navajo::route {
namespace {

std::array<uint64_t, 5> stamps(const std::string& path) {
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) return {};
  return {static_cast<uint64_t>(found.st_dev), static_cast<uint64_t>(found.st_ino),
          static_cast<uint64_t>(found.st_size), static_cast<uint64_t>(found.st_mtim.tv_sec),
          static_cast<uint64_t>(found.st_mtim.tv_nsec)};
}

}  // namespace

FileIdentity FileIdentity::of(const std::string& path) { return {stamps(path), stamps(path + "-wal")}; }

}  // namespace navajo::route
